/* execute.c: runs subjects. Everything that the checker compares is double; a
 * subject's own width is known here alone. */
#include "execute.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"

void narrow(void *to, const double *from, size_t width, size_t count)
{
    if (width == 8)
        memcpy(to, from, count * 8);
    else
        for (size_t i = 0; i < count; i++)
            ((float *)to)[i] = (float)from[i];
}

void widen(double *to, const void *from, size_t width, size_t count)
{
    if (width == 8)
        memcpy(to, from, count * 8);
    else
        for (size_t i = 0; i < count; i++)
            to[i] = ((const float *)from)[i];
}

static void *poisoned(size_t count, size_t width)
{
    void *array = allocate(count, width);

    for (size_t i = 0; i < count; i++)
        if (width == 8)
            ((double *)array)[i] = NAN;
        else
            ((float *)array)[i] = NAN;
    return array;
}

struct runner runner_make(const struct subject *s, struct model *m, const struct graph *g)
{
    return (struct runner){s, g, model_weights(m, g, s->width)};
}

void runner_free(struct runner *r)
{
    free_all(r->weight, r->graph->n_weights);
}

static void no_memory(const struct runner *r)
{
    die("subject %s: no memory: a smaller model or input is needed", r->subject->name);
}

void **run_raw(const struct runner *r, const int *tokens, const int *targets)
{
    const struct graph *g = r->graph;
    void **tensor = allocate(g->n_nodes, sizeof *tensor);

    for (size_t i = 0; i < g->n_nodes; i++)
        tensor[i] = poisoned(g->node[i].count, r->subject->width);
    if (!r->subject->forward(g, r->weight, tokens, targets, tensor))
        no_memory(r);
    return tensor;
}

double **run_chain(const struct runner *r, const int *tokens, const int *targets)
{
    const struct graph *g = r->graph;
    void **raw = run_raw(r, tokens, targets);
    double **tensor = allocate(g->n_nodes, sizeof *tensor);

    for (size_t i = 0; i < g->n_nodes; i++) {
        tensor[i] = allocate(g->node[i].count, sizeof(double));
        widen(tensor[i], raw[i], r->subject->width, g->node[i].count);
    }
    free_all(raw, g->n_nodes);
    return tensor;
}

size_t outputs_of(const struct graph *g, size_t first)
{
    size_t n = 1;
    while (first + n < g->n_nodes && g->node[first + n].out == (int)n)
        n++;
    return n;
}

void run_local(const struct runner *r, size_t first, size_t n_out, const double *const in[],
               const int *tokens, const int *targets, double *const out[])
{
    const struct graph *g = r->graph;
    const struct node *node = &g->node[first];
    const size_t width = r->subject->width;
    struct call call = {.graph = g, .first = node, .tokens = tokens, .targets = targets};
    void *owned[MAX_INPUTS] = {NULL};

    for (size_t i = 0; i < node->n_in; i++) {
        const size_t count = g->node[node->in[i]].count;
        owned[i] = allocate(count, width);
        narrow(owned[i], in[i], width, count);
        call.in[i] = owned[i];
    }
    for (size_t i = 0; i < node->n_weight; i++)
        call.weight[i] = r->weight[node->weight[i]];
    for (size_t k = 0; k < n_out; k++)
        call.out[k] = poisoned(node[k].count, width);
    if (!r->subject->op(&call))
        no_memory(r);
    for (size_t k = 0; k < n_out; k++) {
        widen(out[k], call.out[k], width, node[k].count);
        free(call.out[k]);
    }
    for (size_t i = 0; i < node->n_in; i++)
        free(owned[i]);
}
