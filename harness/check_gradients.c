/* check_gradients.c: the gradients of a subject against the golden's. */
#include "check_gradients.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "yardstick.h"

static double *read_one(struct reference *r, const char *group, const char *name, size_t rank,
                        const size_t *dim, size_t count)
{
    double *data = allocate(count, sizeof *data);

    switch (trace_read(r->golden, group, name, rank, dim, data, NULL)) {
    case SEEN: break;
    case SEEN_MISSING: free(data); return NULL;
    case SEEN_WRONG_TYPE:
        die("%s: /%s/%s does not hold floating-point numbers", r->golden_path, group, name);
    case SEEN_WRONG_SHAPE:
        die("%s: /%s/%s has not the shape that the model and the input say", r->golden_path,
            group, name);
    }
    const size_t bad = first_nonfinite(data, 8, count);
    if (bad < count)
        die("%s: /%s/%s is not finite at element %zu: a golden must be numbers", r->golden_path,
            group, name, bad);
    return data;
}

void read_gradients(struct reference *r, const struct options *o)
{
    const struct graph *g = r->graph;

    r->dwant = allocate(g->n_nodes, sizeof *r->dwant);
    r->gwant = allocate(g->n_weights, sizeof *r->gwant);
    for (size_t i = 0; i < g->n_nodes; i++) {
        const struct node *n = &g->node[i];
        r->dwant[i] = n->op == OP_LOSS ? NULL : read_one(r, "backward", n->name, n->rank, n->dim,
                                                        n->count);
        r->has_gradients |= r->dwant[i] != NULL;
    }
    for (size_t i = 0; i < g->n_weights; i++) {
        const struct weight *w = &g->weight[i];
        r->gwant[i] = read_one(r, "grad", w->name, w->rank, w->dim, w->count);
        r->has_gradients |= r->gwant[i] != NULL;
    }
    if (o->direction && strcmp(o->direction, "backward") == 0 && !r->has_gradients)
        die("--direction backward: %s holds no gradients", r->golden_path);
    for (int mode = LOCAL; r->has_gradients && mode <= CHAIN; mode++)
        if (mode == LOCAL ? o->local && r->model : o->chain)
            r->dyard[mode] = gradient_yardsticks(r->golden, r->model, g, r->want, r->dwant,
                                                 r->gwant, mode == CHAIN);
}

/* What a gradient that is wrong in a chain follows from: the first failure of the
 * forward pass, or that of an op that was walked before. */
static const char *root_of(const struct graph *g, const char *const *root, size_t i,
                           const char *forward_failure)
{
    if (forward_failure)
        return forward_failure;
    for (size_t k = i + 1; k < g->n_nodes; k++)
        for (size_t j = 0; j < g->node[k].n_in; j++)
            if (g->node[k].in[j] == i && root[k])
                return root[k];
    return NULL;
}

/* The root of a weight's gradient: that of the outputs of the ops that read it. */
static const char *root_of_weight(const struct graph *g, const char *const *root, size_t w)
{
    for (size_t k = 0; k < g->n_nodes; k++)
        for (size_t j = 0; j < g->node[k].n_weight; j++)
            if (g->node[k].weight[j] == w && root[k])
                return root[k];
    return NULL;
}

static void follow(struct result *x, const char *root)
{
    if (x->status != FAIL || !x->measured || !root)
        return;
    x->status = SKIP;
    x->consequence = true;
    snprintf(x->reason, sizeof x->reason, "consequence of %s", root);
}

/* Judges gradient k: of a node, or after these of a weight. */
static void judge_one(struct result *x, const struct gradient_case *c, const double *got,
                      const double *want, const struct yardstick *y, size_t k)
{
    const char *absent = c->given ? c->given[k].absent : NULL;

    if (got && want) {
        judge(x, got, want, c->given ? c->given[k].width : c->width, y);
        return;
    }
    x->status = absent && c->given[k].fails ? FAIL : SKIP;
    snprintf(x->reason, sizeof x->reason, "%s",
             absent ? absent
             : want ? "what it is computed from is missing"
                    : "there is nothing to compare it with");
}

void judge_gradients(struct results *all, const struct reference *r,
                     const struct gradient_case *c, const struct options *o)
{
    const struct graph *g = r->graph;
    const char **root = allocate(g->n_nodes, sizeof *root);
    const struct yardstick *y = r->dyard[c->mode];
    const bool chain = c->mode == CHAIN;

    for (size_t i = g->n_nodes; i-- > 0;) {
        const struct node n = backward_node(g, i);
        const char *first = chain ? root_of(g, root, i, c->forward_failure) : NULL;

        root[i] = first;
        if (n.op == OP_LOSS || !selects(o, &n))
            continue;
        struct result *x = new_result(all, r, n, 2 * g->n_nodes - i, c->subject, c->mode,
                                      c->repeat);
        judge_one(x, c, c->got.tensor[i], c->want.tensor[i], &y[i], i);
        if (x->status == FAIL && x->measured && !first)
            root[i] = results_keep(all, n.name);
        follow(x, first);
    }
    for (size_t i = 0; i < g->n_weights; i++) {
        const struct node n = grad_node(g, i);
        if (!selects(o, &n))
            continue;
        struct result *x = new_result(all, r, n, 2 * g->n_nodes + 1 + i, c->subject, c->mode,
                                      c->repeat);
        judge_one(x, c, c->got.weight[i], c->want.weight[i], &y[g->n_nodes + i],
                  g->n_nodes + i);
        if (chain)
            follow(x, c->forward_failure ? c->forward_failure : root_of_weight(g, root, i));
    }
    free(root);
}

void check_gradients(struct results *all, const struct reference *r, const struct runner *run,
                     enum mode mode, const struct options *o, const char *repeat,
                     const char *forward_failure)
{
    const int *tokens = r->golden->tokens, *targets = r->golden->targets;
    struct gradient_case c = {
        .subject = run->subject->name, .repeat = repeat, .mode = mode,
        .want = {r->dwant, r->gwant}, .width = run->subject->width,
        .forward_failure = forward_failure,
    };

    if (!run->subject->backward || !run->subject->op_backward)
        return;
    c.got = mode == CHAIN ? gradients_chain(run, tokens, targets)
                          : gradients_by_op(run, r->want, r->dwant, tokens, targets, false);
    judge_gradients(all, r, &c, o);
    gradients_free(&c.got, r->graph);
}
