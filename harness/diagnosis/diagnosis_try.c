/* diagnosis_try.c: runs known mistakes on given tensors. Their weights are read when an op
 * first needs them, and given up again where they become many, so that one wrong tensor of
 * a large model does not bring the whole model into memory twice. */
#include "diagnosis_try.h"

#include <stdlib.h>
#include <string.h>

#include "die.h"

/* Elements of weights that are kept for the next trial: 256 MB in double. */
static const size_t most_held = (size_t)1 << 25;

static void **nothing(size_t n)
{
    void **list = allocate(n, sizeof *list);

    for (size_t i = 0; i < n; i++)
        list[i] = NULL;
    return list;
}

struct trials trials_begin(const struct reference *r)
{
    const size_t n = r->graph->n_weights;

    return (struct trials){r, {nothing(n), nothing(n)}, 0};
}

void trials_end(struct trials *t)
{
    for (int k = 0; k < 2; k++)
        free_all(t->weight[k], t->r->graph->n_weights);
}

static void give_up_weights(struct trials *t)
{
    for (int k = 0; k < 2; k++)
        for (size_t i = 0; i < t->r->graph->n_weights; i++) {
            free(t->weight[k][i]);
            t->weight[k][i] = NULL;
        }
    t->held = 0;
}

static void need_weight(struct trials *t, size_t width, size_t i)
{
    void **list = t->weight[width == 8];

    if (list[i])
        return;
    list[i] = model_weight(t->r->model, &t->r->graph->weight[i], width);
    t->held += t->r->graph->weight[i].count;
}

const double *trial_weight(struct trials *t, size_t i)
{
    need_weight(t, 8, i);
    return t->weight[1][i];
}

static struct runner runner_of(struct trials *t, const struct subject *s)
{
    return runner_with(s, t->r->graph, t->weight[s->width == 8]);
}

/* The weights that an op reads; those of others may be given up before. */
static void **weights_of_op(struct trials *t, size_t width, const struct node *n)
{
    if (t->held > most_held)
        give_up_weights(t);
    for (size_t k = 0; k < n->n_weight; k++)
        need_weight(t, width, n->weight[k]);
    return t->weight[width == 8];
}

void try_op(struct trials *t, const struct subject *s, size_t first, const double *const in[],
            double *const out[])
{
    const struct graph *g = t->r->graph;
    const struct runner run = runner_with(s, g, weights_of_op(t, s->width, &g->node[first]));

    run_local(&run, first, outputs_of(g, first), in, t->r->golden->tokens,
              t->r->golden->targets, out);
}

void try_op_with(struct trials *t, const struct subject *s, size_t first,
                 const double *const in[], size_t i, const double *weight, double *const out[])
{
    const struct graph *g = t->r->graph;
    void **list = weights_of_op(t, s->width, &g->node[first]), *own = list[i];
    void *other = allocate(g->weight[i].count, s->width);
    const struct runner run = runner_with(s, g, list);

    narrow(other, weight, s->width, g->weight[i].count);
    list[i] = other;
    run_local(&run, first, outputs_of(g, first), in, t->r->golden->tokens,
              t->r->golden->targets, out);
    list[i] = own;
    free(other);
}

/* ----------------------------------------------------------------------------- parts */

/* The layer whose part makes node i: what a block reads, the block before has made. */
static size_t layer_of(const struct node *n)
{
    return n->layer < 0 ? 0 : (size_t)n->layer - (n->op == OP_COPY);
}

/* Whether the part that makes node i may write node k. */
static bool is_of_part(const struct node *k, const struct node *i)
{
    return k->step == i->step && (k->layer < 0 || layer_of(k) == layer_of(i));
}

/* The weights that a layer's parts read. A mistake may read those of other layers: they are
 * there where the model is small, and elsewhere this layer's stand in for them. */
static void **weights_of_layer(struct trials *t, size_t width, int layer)
{
    const struct graph *g = t->r->graph;
    void **weight = nothing(g->n_weights);
    size_t all = 0;

    for (size_t k = 0; k < g->n_weights; k++)
        all += g->weight[k].count;
    for (size_t k = 0; k < g->n_weights; k++)
        if (all <= most_held || g->weight[k].layer < 0 || g->weight[k].layer == layer) {
            need_weight(t, width, k);
            weight[k] = t->weight[width == 8][k];
        }
    for (size_t k = 0; k < g->n_weights; k++)
        for (size_t j = 0; j < g->n_weights && !weight[k]; j++)
            if (g->weight[j].layer == layer && g->weight[j].offset == g->weight[k].offset)
                weight[k] = weight[j];
    return weight;
}

double *try_part(struct trials *t, const struct subject *s, double *const made[], size_t i)
{
    const struct graph *g = t->r->graph;
    const struct node *node = &g->node[i];
    const size_t width = s->width;
    double *x = NULL;

    if (!s->part)
        return NULL;
    if (t->held > most_held)
        give_up_weights(t);
    void **weight = weights_of_layer(t, width, (int)layer_of(node));
    void **tensor = nothing(g->n_nodes);
    for (size_t k = 0; k < g->n_nodes; k++) {
        const struct node *n = &g->node[k];
        tensor[k] = allocate(n->count, width);
        if (made[k] && !is_of_part(n, node))
            narrow(tensor[k], made[k], width, n->count);
        else
            memset(tensor[k], 0, n->count * width);
    }
    if (s->part(s, g, weight, t->r->golden->tokens, t->r->golden->targets, tensor, node->step,
                layer_of(node))) {
        x = allocate(node->count, sizeof *x);
        widen(x, tensor[i], width, node->count);
    }
    free_all(tensor, g->n_nodes);
    free(weight);
    return x;
}

/* ------------------------------------------------------------------------- the whole */

double *try_forward(struct trials *t, const struct subject *s, size_t i)
{
    const struct graph *g = t->r->graph;
    const struct runner run = runner_of(t, s);

    for (size_t k = 0; k < g->n_weights; k++)
        need_weight(t, s->width, k);
    double **tensor = run_chain(&run, t->r->golden->tokens, t->r->golden->targets), *x = tensor[i];
    tensor[i] = NULL;
    free_all((void **)tensor, g->n_nodes);
    return x;
}

struct gradients try_backward(struct trials *t, const struct subject *s, double *const made[],
                              double *const given[])
{
    const struct trace *golden = t->r->golden;
    const struct runner run = runner_of(t, s);

    for (size_t i = 0; i < t->r->graph->n_weights; i++)
        need_weight(t, s->width, i);
    return given ? gradients_by_op(&run, made, given, golden->tokens, golden->targets, false)
                 : gradients_after(&run, made, golden->tokens, golden->targets);
}

/* ------------------------------------------------------------------------------- cost */

double cost_of_op(const struct graph *g, size_t i)
{
    double cost = 0;

    i -= (size_t)g->node[i].out;
    for (size_t k = 0; k < outputs_of(g, i); k++)
        cost += (double)g->node[i + k].count * (double)g->node[i + k].depth;
    return cost;
}

double cost_of_part(const struct graph *g, size_t i)
{
    double cost = 0;

    for (size_t k = 0; k < g->n_nodes; k++)
        cost += is_of_part(&g->node[k], &g->node[i])
                    ? (double)g->node[k].count * (double)g->node[k].depth
                    : (double)g->node[k].count / 8;  /* it is copied */
    return cost;
}

double cost_of_backward(const struct graph *g)
{
    double cost = 0;

    for (size_t k = 0; k < g->n_nodes; k++)
        cost += 2 * (double)g->node[k].count * (double)g->node[k].depth;
    return cost;
}
