/* backprop.c: gradients of a subject, for comparison in double. */
#include "backprop.h"

#include <stdlib.h>
#include <string.h>

#include "by_op.h"
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
    double *x = allocate(count, sizeof *x);

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
        d.tensor[i] = wanted ? widened(dtensor[i], width, g->node[i].count) : NULL;
        free(dtensor[i]);
    }
    for (size_t i = 0; i < g->n_weights; i++) {
        d.weight[i] = widened(dweight[i], width, g->weight[i].count);
        free(dweight[i]);
    }
    free(dtensor);
    free(dweight);
    return d;
}

void gradients_free(struct gradients *d, const struct graph *g)
{
    free_all((void **)d->tensor, g->n_nodes);
    free_all((void **)d->weight, g->n_weights);
    *d = (struct gradients){0};
}

/* Takes the tensors over. */
static struct gradients go_back(const struct runner *r, void **tensor, const int *tokens,
                                const int *targets)
{
    void **dtensor, **dweight;

    begin(r, &dtensor, &dweight);
    runner_load_all(r);
    if (!r->subject->backward(r->subject, r->graph, r->weight, tokens, targets, tensor, dtensor,
                              dweight))
        die("subject %s: no memory: a smaller model or input is needed", r->subject->name);
    runner_unload_all(r);
    free_all(tensor, r->graph->n_nodes);
    return end(r, dtensor, dweight);
}

struct gradients gradients_chain(const struct runner *r, const int *tokens, const int *targets)
{
    return go_back(r, run_raw(r, tokens, targets), tokens, targets);
}

struct gradients gradients_after(const struct runner *r, double *const made[],
                                 const int *tokens, const int *targets)
{
    const struct graph *g = r->graph;
    void **tensor = allocate(g->n_nodes, sizeof *tensor);

    for (size_t i = 0; i < g->n_nodes; i++) {
        tensor[i] = allocate(g->node[i].count, r->subject->width);
        narrow(tensor[i], made[i], r->subject->width, g->node[i].count);
    }
    return go_back(r, tensor, tokens, targets);
}

static double *copied(const double *x, size_t count)
{
    double *copy = x ? allocate(count, sizeof *copy) : NULL;

    if (x)
        memcpy(copy, x, count * sizeof *copy);
    return copy;
}

struct gradients gradients_by_op(const struct runner *r, double *const made[],
                                 double *const given[], const int *tokens, const int *targets,
                                 bool rounded)
{
    const struct graph *g = r->graph;
    struct gradients d = {allocate(g->n_nodes, sizeof *d.tensor),
                          allocate(g->n_weights, sizeof *d.weight)};
    struct by_op_input in = {shelf_of_nodes(g, made), given ? shelf_of_nodes(g, given) : NULL,
                             tokens, targets, rounded};
    struct by_op *w = by_op_begin(r, &in);

    for (size_t i = g->n_nodes; i-- > 0;) {
        d.tensor[i] = copied(by_op_node(w, i), g->node[i].count);
        by_op_step(w, i);
    }
    for (size_t i = 0; i < g->n_weights; i++)
        d.weight[i] = copied(by_op_weight(w, i), g->weight[i].count);
    by_op_end(w);
    shelf_free(in.made);
    shelf_free(in.given);
    return d;
}
