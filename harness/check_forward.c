/* check_forward.c: the tensors of a subject's forward pass against the golden's: each op on the
 * golden's own tensors (local), and all of them one after the other (chain). Gradients are left
 * to check_gradients.c. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>

#include "diagnosis/diagnosis.h"
#include "die.h"
#include "judge.h"
#include "yardstick.h"

struct result *new_result(struct results *all, const struct reference *r, struct node node,
                          size_t place, const char *subject, enum mode mode,
                          const char *repeat)
{
    struct result *x = results_add(all);

    snprintf(x->model, sizeof x->model, "%s", r->model ? r->model->name : r->golden->model);
    snprintf(x->golden, sizeof x->golden, "%s", r->name);
    snprintf(x->subject, sizeof x->subject, "%s", subject);
    x->model_path = r->model_path;
    x->golden_path = r->golden_path;
    x->repeat = repeat;
    x->mode = mode;
    x->node = node;
    x->place = place;
    x->products = takes_products(r->graph, place, mode == CHAIN);
    x->precision = all->precision && all->precision->products_only && !x->products
                       ? precision_of_width(4) : all->precision;
    return x;
}

/* The failure that node i follows from, or NULL. root[] is by node. */
static const char *root_of(const struct graph *g, const char *const *root, size_t i)
{
    for (size_t k = 0; k < g->node[i].n_in; k++)
        if (root[g->node[i].in[k]])
            return root[g->node[i].in[k]];
    return NULL;
}

void mark_consequences(struct results *all, size_t first, const struct graph *g)
{
    const char **root = allocate(g->n_nodes, sizeof *root);
    size_t at = first;

    for (size_t i = 0; i < g->n_nodes; i++) {
        root[i] = root_of(g, root, i);
        while (at < all->count && all->item[at].place < i)
            at++;
        if (at == all->count || all->item[at].place != i || all->item[at].status != FAIL)
            continue;
        struct result *x = &all->item[at];
        if (!x->measured)
            continue;  /* what is missing follows from nothing, and nothing from it */
        if (!root[i]) {
            root[i] = g->node[i].name;
            continue;
        }
        x->status = SKIP;
        x->consequence = true;
        snprintf(x->reason, sizeof x->reason, "consequence of %s", root[i]);
    }
    free(root);
}

const char *cannot_compare(const struct reference *r, size_t i)
{
    if (r->graph->node[i].op == OP_LOSS && !r->golden->has_targets)
        return "the golden has no targets";
    return shelf_has(r->forward, i) ? NULL : "the golden has no such tensor";
}

bool follows_wrong(const struct graph *g, const bool *wrong, size_t i)
{
    for (size_t k = 0; k < g->node[i].n_in; k++)
        if (wrong[g->node[i].in[k]])
            return true;
    return false;
}

void judge_in_chain(struct result *x, const struct reference *r, const struct array *got,
                    size_t width, bool *wrong, size_t i)
{
    const char *why = cannot_compare(r, i);

    if (why) {
        x->status = SKIP;
        snprintf(x->reason, sizeof x->reason, "%s", why);
        return;
    }
    const struct array want = shelf_array(r->forward, i);
    x->consequence = wrong[i];
    judge_arrays(x, got, &want, width, &r->yard[CHAIN][i]);
    shelf_give(r->forward, i);
    wrong[i] |= x->status == FAIL;
    x->consequence = false;  /* mark_consequences says */
}

/* A forward pass that is being judged. */
struct chain {
    struct results *all;
    const struct reference *r;
    const struct subject *subject;
    const struct options *o;
    const char *repeat;
    double **got;  /* all tensors, where they fit in memory, or NULL */
    bool *wrong;   /* by node */
};

static void judge_made(void *context, const struct node *n, const void *tensor)
{
    const struct chain *c = context;
    const struct graph *g = c->r->graph;
    const size_t i = (size_t)(n - g->node), width = c->subject->width;
    double *x = allocate(n->count, sizeof *x);

    widen(x, tensor, width, n->count);
    c->wrong[i] = follows_wrong(g, c->wrong, i);
    if (selects(c->o, n)) {
        const struct array array = array_in_memory(n, x);
        judge_in_chain(new_result(c->all, c->r, *n, i, c->subject->name, CHAIN, c->repeat), c->r,
                       &array, width, c->wrong, i);
    }
    if (c->got)
        c->got[i] = x;
    else
        free(x);
}

static void check_chain(struct results *all, const struct reference *r,
                        const struct runner *run, const struct options *o, const char *repeat)
{
    const size_t first = all->count, n = r->graph->n_nodes;
    struct chain c = {all, r, run->subject, o, repeat,
                      r->want ? allocate(n, sizeof *c.got) : NULL, allocate(n, sizeof *c.wrong)};

    run_and_visit(run, r->golden->tokens, r->golden->targets, judge_made, &c);
    mark_consequences(all, first, r->graph);
    if (c.got) {
        diagnose_chain(all, first, c.got);
        free_all((void **)c.got, n);
    }
    free(c.wrong);
}

const char *first_failure(struct results *all, size_t start)
{
    for (size_t i = start; i < all->count; i++)
        if (all->item[i].status == FAIL && all->item[i].measured)
            return results_keep(all, all->item[i].node.name);
    return NULL;
}

/* What is wrong with the outputs of an op, where any is. */
static void diagnose_outputs(struct results *all, const struct reference *r, size_t start,
                             size_t first, size_t n_out, const double *const in[],
                             double *const out[])
{
    double *want[MAX_OUTPUTS] = {NULL};

    if (!first_failure(all, start))
        return;
    for (size_t k = 0; k < n_out; k++) {
        shelf_take(r->forward, first + k);
        want[k] = r->forward->tensor[first + k].data;
    }
    for (size_t k = 0; k < n_out; k += outputs_of(r->graph, first + k)) {
        const double *const own[MAX_INPUTS] = {k ? out[k - 1] : NULL};  /* within mlp */
        diagnose_op(all, start, first + k, k ? own : in, out + k, want + k);
    }
    for (size_t k = 0; k < n_out; k++)
        shelf_give(r->forward, first + k);
}

/* One op on the golden's tensors: the verdicts on its outputs. */
static void check_op(struct results *all, const struct reference *r, const struct runner *run,
                     const struct options *o, size_t first, size_t n_out, const char *repeat)
{
    const struct graph *g = r->graph;
    const struct node *n = &g->node[first];
    const double *in[MAX_INPUTS] = {NULL};
    double *out[MAX_OUTPUTS];
    const char *missing = NULL;
    const size_t start = all->count;

    for (size_t k = 0; k < n->n_in; k++) {
        in[k] = shelf_take(r->forward, n->in[k]);
        if (!in[k])
            missing = g->node[n->in[k]].name;
    }
    for (size_t k = 0; k < n_out; k++)
        out[k] = allocate(n[k].count, sizeof(double));
    if (!missing)
        run_local(run, first, n_out, in, r->golden->tokens, r->golden->targets, out);
    for (size_t k = 0; k < n_out; k++) {
        if (!selects(o, &n[k]))
            continue;
        struct result *x = new_result(all, r, n[k], first + k, run->subject->name, LOCAL,
                                      repeat);
        const char *why = cannot_compare(r, first + k);
        if (why || missing) {
            x->status = SKIP;
            snprintf(x->reason, sizeof x->reason, "%s%s", why ? why : "the golden lacks its input ",
                     why ? "" : missing);
        } else {
            const struct array got = array_in_memory(&n[k], out[k]);
            const struct array want = shelf_array(r->forward, first + k);
            judge_arrays(x, &got, &want, run->subject->width, &r->yard[LOCAL][first + k]);
            shelf_give(r->forward, first + k);
        }
    }
    diagnose_outputs(all, r, start, first, n_out, in, out);
    for (size_t k = 0; k < n->n_in; k++)
        shelf_give(r->forward, n->in[k]);
    for (size_t k = 0; k < n_out; k++)
        free(out[k]);
}

static void check_local(struct results *all, const struct reference *r,
                        const struct runner *run, const struct options *o, const char *repeat)
{
    const struct graph *g = r->graph;
    size_t n_out;

    for (size_t i = 0; i < g->n_nodes; i += n_out) {
        bool any = false;

        n_out = made_at_once(run->subject, g, i);
        for (size_t k = 0; k < n_out; k++)
            any |= selects(o, &g->node[i + k]) && owns_node(run->subject, &g->node[i + k]);
        if (any)
            check_op(all, r, run, o, i, n_out, repeat);
    }
}

void check_forward(struct results *all, const struct reference *r, const struct runner *run,
                   enum mode mode, const struct options *o, const char *repeat)
{
    (mode == LOCAL ? check_local : check_chain)(all, r, run, o, repeat);
}
