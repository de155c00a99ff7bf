/* backprop.c: gradients of a subject, for comparison in double. */
#include "backprop.h"

#include <stdlib.h>
#include <string.h>

#include "die.h"

static void *zeros(size_t count, size_t width)
{
    void *array = allocate(count, width);

    memset(array, 0, count * width);
    return array;
}

/* Room for all gradients of a subject's width, in two arrays. */
static void begin(const struct runner *r, void ***dtensor, void ***dweight)
{
    const struct graph *g = r->graph;
    const size_t width = r->subject->width;

    *dtensor = allocate(g->n_nodes, sizeof **dtensor);
    *dweight = allocate(g->n_weights, sizeof **dweight);
    for (size_t i = 0; i < g->n_nodes; i++)
        (*dtensor)[i] = zeros(g->node[i].count, width);
    for (size_t i = 0; i < g->n_weights; i++)
        (*dweight)[i] = zeros(g->weight[i].count, width);
}

static double *widened(void *raw, size_t width, size_t count)
{
    double *x = raw ? allocate(count, sizeof *x) : NULL;

    if (raw)
        widen(x, raw, width, count);
    return x;
}

/* Takes the raw arrays over. */
static struct gradients end(const struct runner *r, void **dtensor, void **dweight)
{
    const struct graph *g = r->graph;
    const size_t width = r->subject->width;
    struct gradients d = {allocate(g->n_nodes, sizeof *d.tensor),
                          allocate(g->n_weights, sizeof *d.weight)};

    for (size_t i = 0; i < g->n_nodes; i++) {
        const bool wanted = g->node[i].op != OP_LOSS;
        d.tensor[i] = widened(wanted ? dtensor[i] : NULL, width, g->node[i].count);
    }
    for (size_t i = 0; i < g->n_weights; i++)
        d.weight[i] = widened(dweight[i], width, g->weight[i].count);
    free_all(dtensor, g->n_nodes);
    free_all(dweight, g->n_weights);
    return d;
}

void gradients_free(struct gradients *d, const struct graph *g)
{
    free_all((void **)d->tensor, g->n_nodes);
    free_all((void **)d->weight, g->n_weights);
    *d = (struct gradients){0};
}

struct gradients gradients_chain(const struct runner *r, const int *tokens, const int *targets)
{
    void **tensor = run_raw(r, tokens, targets), **dtensor, **dweight;

    begin(r, &dtensor, &dweight);
    if (!r->subject->backward(r->graph, r->weight, tokens, targets, tensor, dtensor, dweight))
        die("subject %s: no memory: a smaller model or input is needed", r->subject->name);
    free_all(tensor, r->graph->n_nodes);
    return end(r, dtensor, dweight);
}

/* What an op reads, in the subject's width. */
static void *taken(const struct runner *r, const double *x, size_t count, bool rounded)
{
    void *copy = allocate(count, r->subject->width);

    narrow(copy, x, r->subject->width, count);
    for (size_t i = 0; rounded && i < count; i++)
        ((double *)copy)[i] = (float)((double *)copy)[i];
    return copy;
}

/* The gradient of an op's output: given, or computed by now, or 1 at the loss. */
static void *taken_gradient(const struct runner *r, size_t i, double *const given[],
                            void *const dtensor[], bool rounded)
{
    const struct node *n = &r->graph->node[i];
    const double one = 1;

    if (n->op == OP_LOSS)
        return taken(r, &one, 1, rounded);
    if (given)
        return given[i] ? taken(r, given[i], n->count, rounded) : NULL;
    if (!dtensor[i])
        return NULL;
    double *wide = widened(dtensor[i], r->subject->width, n->count);
    void *copy = taken(r, wide, n->count, rounded);
    free(wide);
    return copy;
}

/* What depends on an op that could not be run is not known. */
static void forget(const struct node *n, void **dtensor, void **dweight)
{
    for (size_t k = 0; k < n->n_in; k++) {
        free(dtensor[n->in[k]]);
        dtensor[n->in[k]] = NULL;
    }
    for (size_t k = 0; k < n->n_weight; k++) {
        free(dweight[n->weight[k]]);
        dweight[n->weight[k]] = NULL;
    }
}

struct gradients gradients_by_op(const struct runner *r, double *const made[],
                                 double *const given[], const int *tokens, const int *targets,
                                 bool rounded)
{
    const struct graph *g = r->graph;
    void **dtensor, **dweight;

    begin(r, &dtensor, &dweight);
    for (size_t i = g->n_nodes; i-- > 0;) {
        const struct node *n = &g->node[i];
        struct call call = {.graph = g, .first = n, .tokens = tokens, .targets = targets};
        void *owned[MAX_INPUTS + 2 * MAX_OUTPUTS] = {NULL};
        size_t n_owned = 0;
        bool ready = true;

        if (n->out != 0)
            continue;  /* done with the op's first output */
        for (size_t k = 0; k < outputs_of(g, i); k++) {
            call.dout[k] = owned[n_owned++] = taken_gradient(r, i + k, given, dtensor, rounded);
            call.made[k] = owned[n_owned++] =
                made[i + k] && n->op == OP_PATTERN  /* the only one that reads it */
                    ? taken(r, made[i + k], n[k].count, rounded) : NULL;
            ready &= call.dout[k] && (call.made[k] || n->op != OP_PATTERN);
        }
        for (size_t k = 0; k < n->n_in; k++) {
            const double *x = made[n->in[k]];
            call.in[k] = owned[n_owned++] =
                x ? taken(r, x, g->node[n->in[k]].count, rounded) : NULL;
            call.din[k] = dtensor[n->in[k]];
            ready &= call.in[k] && call.din[k];
        }
        for (size_t k = 0; k < n->n_weight; k++) {
            call.weight[k] = r->weight[n->weight[k]];
            call.dweight[k] = dweight[n->weight[k]];
            ready &= call.dweight[k] != NULL;
        }
        if (ready && !r->subject->op_backward(&call))
            die("subject %s: no memory: a smaller model is needed", r->subject->name);
        if (!ready)
            forget(n, dtensor, dweight);
        for (size_t k = 0; k < n_owned; k++)
            free(owned[k]);
    }
    return end(r, dtensor, dweight);
}
