/* by_op.c: backpropagation, op by op, each given the forward tensors and the gradients of its
 * outputs. A gradient is the sum over the ops that read the tensor, so it is complete when
 * all nodes after its own are done; then it is handed out and forgotten. The gradients of
 * weights stay until the end. */
#include "by_op.h"

#include <stdlib.h>
#include <string.h>

#include "die.h"

struct by_op {
    const struct runner *run;
    struct by_op_input in;
    void **dtensor, **dweight;     /* of the subject's width; NULL: nothing added yet */
    bool *lost_tensor, *lost_weight;  /* what it is computed from was not there */
    double *wide;                  /* what was handed out last */
};

struct by_op *by_op_begin(const struct runner *r, const struct by_op_input *in)
{
    const size_t nodes = r->graph->n_nodes, weights = r->graph->n_weights;
    struct by_op *w = allocate(1, sizeof *w);

    *w = (struct by_op){.run = r, .in = *in, .dtensor = allocate(nodes, sizeof *w->dtensor),
                        .dweight = allocate(weights, sizeof *w->dweight),
                        .lost_tensor = allocate(nodes, sizeof *w->lost_tensor),
                        .lost_weight = allocate(weights, sizeof *w->lost_weight)};
    for (size_t i = 0; i < nodes; i++)
        w->dtensor[i] = NULL;
    for (size_t i = 0; i < weights; i++)
        w->dweight[i] = NULL;
    memset(w->lost_tensor, 0, nodes * sizeof *w->lost_tensor);
    memset(w->lost_weight, 0, weights * sizeof *w->lost_weight);
    return w;
}

void by_op_end(struct by_op *w)
{
    for (size_t i = 0; i < w->run->graph->n_nodes; i++)
        free(w->dtensor[i]);
    for (size_t i = 0; i < w->run->graph->n_weights; i++)
        free(w->dweight[i]);
    free(w->dtensor);
    free(w->dweight);
    free(w->lost_tensor);
    free(w->lost_weight);
    free(w->wide);
    free(w);
}

/* The array behind a place, begun with zeros where nothing was added yet. */
static void *sum_at(void **place, size_t count, size_t width)
{
    if (!*place) {
        *place = allocate(count, width);
        memset(*place, 0, count * width);
    }
    return *place;
}

static const double *hand_out(struct by_op *w, void **place, size_t count, bool lost)
{
    const size_t width = w->run->subject->width;

    free(w->wide);
    w->wide = NULL;
    if (lost)
        return NULL;
    w->wide = allocate(count, sizeof *w->wide);
    widen(w->wide, sum_at(place, count, width), width, count);
    return w->wide;
}

const double *by_op_node(struct by_op *w, size_t i)
{
    const struct node *n = &w->run->graph->node[i];

    return hand_out(w, &w->dtensor[i], n->count, w->lost_tensor[i] || n->op == OP_LOSS);
}

const double *by_op_weight(struct by_op *w, size_t i)
{
    return hand_out(w, &w->dweight[i], w->run->graph->weight[i].count, w->lost_weight[i]);
}

/* -------------------------------------------------------------------- one op */

/* What an op reads, in the subject's width. */
static void *taken(const struct by_op *w, const double *x, size_t count)
{
    const size_t width = w->run->subject->width;
    void *copy = allocate(count, width);

    narrow(copy, x, width, count);
    for (size_t i = 0; w->in.rounded && i < count; i++)
        ((double *)copy)[i] = (float)((double *)copy)[i];
    return copy;
}

static void *taken_from(const struct by_op *w, struct shelf *s, size_t i)
{
    const double *x = shelf_take(s, i);
    void *copy = x ? taken(w, x, w->run->graph->node[i].count) : NULL;

    shelf_give(s, i);
    return copy;
}

/* The gradient of an op's output: given, or computed by now, or 1 at the loss. */
static void *taken_gradient(struct by_op *w, size_t i)
{
    const struct node *n = &w->run->graph->node[i];
    const double one = 1;

    if (n->op == OP_LOSS)
        return taken(w, &one, 1);
    if (w->in.given)
        return taken_from(w, w->in.given, i);
    const double *wide = by_op_node(w, i);
    return wide ? taken(w, wide, n->count) : NULL;
}

/* What an op has been given. */
struct loan {
    struct call call;
    size_t n;
    void *owned[MAX_INPUTS + 2 * MAX_OUTPUTS];
};

static void *own(struct loan *l, void *array)
{
    return l->owned[l->n++] = array;
}

/* False where something is not there. */
static bool lend(struct loan *l, struct by_op *w, size_t i)
{
    const struct graph *g = w->run->graph;
    const struct node *n = &g->node[i];
    bool ready = true;

    for (size_t k = 0; k < outputs_of(g, i); k++) {
        l->call.dout[k] = own(l, taken_gradient(w, i + k));
        ready &= l->call.dout[k] != NULL;
        if (n->op == OP_PATTERN)  /* the only one that reads it */
            ready &= (l->call.made[k] = own(l, taken_from(w, w->in.made, i + k))) != NULL;
    }
    for (size_t k = 0; k < n->n_in; k++) {
        l->call.in[k] = own(l, taken_from(w, w->in.made, n->in[k]));
        ready &= l->call.in[k] && !w->lost_tensor[n->in[k]];
    }
    for (size_t k = 0; k < n->n_weight; k++)
        ready &= !w->lost_weight[n->weight[k]];
    return ready;
}

/* Where the op adds to. */
static void open_sums(struct call *call, struct by_op *w)
{
    const struct graph *g = w->run->graph;
    const struct node *n = call->first;
    const size_t width = w->run->subject->width;

    for (size_t k = 0; k < n->n_in; k++)
        call->din[k] = sum_at(&w->dtensor[n->in[k]], g->node[n->in[k]].count, width);
    for (size_t k = 0; k < n->n_weight; k++) {
        call->weight[k] = w->run->weight[n->weight[k]];
        call->dweight[k] = sum_at(&w->dweight[n->weight[k]], g->weight[n->weight[k]].count, width);
    }
}

/* What depends on an op that could not be run is not known. */
static void lose(struct by_op *w, const struct node *n)
{
    for (size_t k = 0; k < n->n_in; k++)
        w->lost_tensor[n->in[k]] = true;
    for (size_t k = 0; k < n->n_weight; k++)
        w->lost_weight[n->weight[k]] = true;
}

void by_op_step(struct by_op *w, size_t i)
{
    const struct graph *g = w->run->graph;
    const struct node *n = &g->node[i];
    struct loan l = {.call = {.graph = g, .first = n, .tokens = w->in.tokens,
                              .targets = w->in.targets}};

    if (n->out != 0)
        return;  /* done with the op's first output */
    runner_load(w->run, n);
    const bool ready = lend(&l, w, i);
    if (ready)
        open_sums(&l.call, w);
    if (ready && !w->run->subject->op_backward(w->run->subject, &l.call))
        die("subject %s: no memory: a smaller model is needed", w->run->subject->name);
    if (!ready)
        lose(w, n);
    for (size_t k = 0; k < l.n; k++)
        free(l.owned[k]);
    for (size_t k = 0; k < outputs_of(g, i); k++) {
        free(w->dtensor[i + k]);
        w->dtensor[i + k] = NULL;
    }
    runner_unload(w->run, n);
}
