/* check_gradients.c: the gradients of a subject against the golden's. */
#include "check_gradients.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backprop.h"
#include "diagnosis/diagnosis.h"
#include "die.h"
#include "judge.h"
#include "yardstick.h"

void read_gradients(struct reference *r, const struct options *o)
{
    const struct graph *g = r->graph;

    r->backward = shelf_make(r->golden, g, BACKWARD, true);
    r->grad = shelf_make(r->golden, g, GRAD, true);
    r->dwant = shelf_take_all(r->backward, r->model ? MOST_WITH_MODEL : MOST_OF_FILES);
    r->gwant = shelf_take_all(r->grad, r->model ? MOST_WITH_MODEL : MOST_OF_FILES);
    for (size_t i = 0; i < g->n_nodes; i++)
        r->has_gradients |= shelf_has(r->backward, i);
    for (size_t i = 0; i < g->n_weights; i++)
        r->has_gradients |= shelf_has(r->grad, i);
    if (o->direction && strcmp(o->direction, "backward") == 0 && !r->has_gradients)
        die("--direction backward: %s holds no gradients", r->golden_path);
    for (int mode = LOCAL; r->has_gradients && mode <= CHAIN; mode++)
        if (mode == LOCAL ? o->local && r->model : o->chain)
            r->dyard[mode] = gradient_yardsticks(r->golden, r->model, g, r->forward, r->backward,
                                                 r->grad, mode == CHAIN);
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

/* Gradient k of a side: of a node, or after these of a weight. False where there is none. */
static bool open_side(struct array *a, const struct gradient_side *s, const struct node *n,
                      size_t n_nodes, size_t k)
{
    const bool is_node = k < n_nodes;

    if (s->computed) {
        const double *data = is_node ? by_op_node(s->computed, k)
                                     : by_op_weight(s->computed, k - n_nodes);
        *a = array_in_memory(n, data);
        return data != NULL;
    }
    struct shelf *shelf = is_node ? s->tensor : s->weight;
    const size_t i = is_node ? k : k - n_nodes;
    if (!shelf_has(shelf, i))
        return false;
    *a = shelf_array(shelf, i);
    return true;
}

static void close_side(const struct gradient_side *s, size_t n_nodes, size_t k)
{
    if (!s->computed)
        shelf_give(k < n_nodes ? s->tensor : s->weight, k < n_nodes ? k : k - n_nodes);
}

/* Judges gradient k; `follows`: a failure follows from another. */
static void judge_one(struct result *x, const struct gradient_case *c, size_t n_nodes,
                      const struct yardstick *y, size_t k, bool follows)
{
    const char *absent = c->given ? c->given[k].absent : NULL;
    struct array got, want;
    const bool has_got = open_side(&got, &c->got_side, &x->node, n_nodes, k);
    const bool has_want = open_side(&want, &c->want_side, &x->node, n_nodes, k);

    x->consequence = follows;
    if (has_got && has_want)
        judge_arrays(x, &got, &want, c->given ? c->given[k].width : c->width, &y[k]);
    x->consequence = false;
    close_side(&c->got_side, n_nodes, k);
    close_side(&c->want_side, n_nodes, k);
    if (has_got && has_want)
        return;
    x->status = absent && c->given[k].fails ? FAIL : SKIP;
    snprintf(x->reason, sizeof x->reason, "%s",
             absent     ? absent
             : has_want ? "what it is computed from is missing"
                        : "there is nothing to compare it with");
}

/* Goes back through node i where one side is being computed. */
static void step_back(const struct gradient_case *c, size_t i)
{
    if (c->got_side.computed)
        by_op_step(c->got_side.computed, i);
    if (c->want_side.computed)
        by_op_step(c->want_side.computed, i);
}

static void judge_weights(struct results *all, const struct reference *r,
                          const struct gradient_case *c, const struct options *o,
                          const char *const *root)
{
    const struct graph *g = r->graph;

    for (size_t i = 0; i < g->n_weights; i++) {
        const struct node n = grad_node(g, i);
        if (!selects(o, &n) || (c->own && !owns_gradient(c->own, g, g->n_nodes + i)))
            continue;
        const char *first = c->mode != CHAIN        ? NULL
                            : c->forward_failure ? c->forward_failure
                                                 : root_of_weight(g, root, i);
        struct result *x = new_result(all, r, n, 2 * g->n_nodes + 1 + i, c->subject, c->mode,
                                      c->repeat);
        judge_one(x, c, g->n_nodes, r->dyard[c->mode], g->n_nodes + i, first != NULL);
        follow(x, first);
    }
}

void judge_gradients(struct results *all, const struct reference *r,
                     const struct gradient_case *c, const struct options *o)
{
    const struct graph *g = r->graph;
    const char **root = allocate(g->n_nodes, sizeof *root);
    const bool chain = c->mode == CHAIN;

    for (size_t i = g->n_nodes; i-- > 0; step_back(c, i)) {
        const struct node n = backward_node(g, i);
        const char *first = chain ? root_of(g, root, i, c->forward_failure) : NULL;

        root[i] = first;
        if (n.op == OP_LOSS || !selects(o, &n) || (c->own && !owns_gradient(c->own, g, i)))
            continue;
        struct result *x = new_result(all, r, n, 2 * g->n_nodes - i, c->subject, c->mode,
                                      c->repeat);
        judge_one(x, c, g->n_nodes, r->dyard[c->mode], i, first != NULL);
        if (x->status == FAIL && x->measured && !first)
            root[i] = results_keep(all, n.name);
        follow(x, first);
    }
    judge_weights(all, r, c, o, root);
    free(root);
}

/* Too many to be all in memory: each is judged as soon as it is there. */
static void check_as_computed(struct results *all, const struct reference *r,
                              const struct runner *run, struct gradient_case *c,
                              const struct options *o)
{
    const struct by_op_input in = {r->forward, r->backward, r->golden->tokens,
                                   r->golden->targets, false};

    c->got_side.computed = by_op_begin(run, &in);
    judge_gradients(all, r, c, o);
    by_op_end(c->got_side.computed);
}

/* What backpropagation starts from is the subject's own where that is wrong. */
static void diagnose(struct results *all, const struct reference *r, const struct runner *run,
                     const struct gradient_case *c, size_t start)
{
    double **own = all->diagnosis && c->mode == CHAIN && c->forward_failure
                       ? run_chain(run, r->golden->tokens, r->golden->targets) : NULL;

    diagnose_gradients(all, start, c, own ? own : r->want, r->dwant);
    if (own)
        free_all((void **)own, r->graph->n_nodes);
}

static void check_in_memory(struct results *all, const struct reference *r,
                            const struct runner *run, struct gradient_case *c,
                            const struct options *o)
{
    const int *tokens = r->golden->tokens, *targets = r->golden->targets;
    const size_t start = all->count;

    c->got = c->mode == CHAIN ? gradients_chain(run, tokens, targets)
                              : gradients_by_op(run, r->want, r->dwant, tokens, targets, false);
    c->want = (struct gradients){r->dwant, r->gwant};
    c->got_side.tensor = shelf_of_nodes(r->graph, c->got.tensor);
    c->got_side.weight = shelf_of_weights(r->graph, c->got.weight);
    judge_gradients(all, r, c, o);
    if (r->want && r->dwant && r->gwant)
        diagnose(all, r, run, c, start);
    shelf_free(c->got_side.tensor);
    shelf_free(c->got_side.weight);
    gradients_free(&c->got, r->graph);
}

void check_gradients(struct results *all, const struct reference *r, const struct runner *run,
                     enum mode mode, const struct options *o, const char *repeat,
                     const char *forward_failure)
{
    struct gradient_case c = {
        .subject = run->subject->name, .repeat = repeat, .mode = mode,
        .want_side = {r->backward, r->grad, NULL}, .width = run->subject->width,
        .forward_failure = forward_failure, .own = mode == LOCAL ? run->subject : NULL,
    };

    if (!run->subject->backward || !run->subject->op_backward)
        return;
    if (mode == CHAIN || (r->want && r->dwant && r->gwant))
        check_in_memory(all, r, run, &c, o);
    else
        check_as_computed(all, r, run, &c, o);
}
