/* 07_backprop: a full trace with targets -> the gradient at every tensor and of every
 * weight. Prints how large the gradients are, layer by layer. --polynomial is
 * program_polynomial.c's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tgmath.h>

#include "backward.h"
#include "die.h"
#include "files/store.h"
#include "program.h"
#include "program_polynomial.h"

/* The same arrays as weights and activations have, all 0. */
struct gradients {
    struct weights w;
    struct acts a;
    real **weight, **tensor;
};

static real *zeros(size_t count)
{
    real *array = allocate(count, sizeof *array);

    for (size_t i = 0; i < count; i++)
        array[i] = 0;
    return array;
}

static struct gradients make_room(const struct graph *g)
{
    const size_t L = g->cfg.n_layer;
    struct gradients d = {.weight = allocate(g->n_weights, sizeof *d.weight),
                          .tensor = allocate(g->n_nodes, sizeof *d.tensor)};

    for (size_t i = 0; i < g->n_weights; i++)
        d.weight[i] = zeros(g->weight[i].count);
    for (size_t i = 0; i < g->n_nodes; i++)
        d.tensor[i] = zeros(g->node[i].count);
    d.w.h = allocate(L, sizeof *d.w.h);
    d.a.h = allocate(L, sizeof *d.a.h);
    d.a.qkv = zeros(g->B * g->T * 3 * g->cfg.d_model);
    graph_bind_weights(&d.w, g, d.weight);
    graph_bind_acts(&d.a, g, d.tensor);
    return d;
}

static void give_back(struct gradients *d, const struct graph *g)
{
    for (size_t i = 0; i < g->n_weights; i++)
        free(d->weight[i]);
    for (size_t i = 0; i < g->n_nodes; i++)
        free(d->tensor[i]);
    free(d->weight);
    free(d->tensor);
    free(d->w.h);
    free(d->a.h);
    free(d->a.qkv);
}

static void store_gradients(const struct program *p, const struct gradients *d)
{
    const struct graph *g = p->graph;
    struct store *s = store_update(p->trace_path);

    for (size_t i = 0; i < g->n_nodes; i++)
        if (g->node[i].op != OP_LOSS)
            store_write(s, backward_node(g, i).name, sizeof(real), d->tensor[i],
                        g->node[i].rank, g->node[i].dim);
    for (size_t i = 0; i < g->n_weights; i++)
        store_write(s, grad_node(g, i).name, sizeof(real), d->weight[i], g->weight[i].rank,
                    g->weight[i].dim);
    store_commit(s);
}

static double squares(const real *x, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    return sum;
}

/* The gradient that reaches each layer's stream, and that of its weights. */
static void print_norms(const struct graph *g, const struct gradients *d)
{
    const size_t stream = g->B * g->T * g->cfg.d_model;
    double all = 0, layer;

    printf("%-12s %14s %14s\n", "gradient", "of the stream", "of the weights");
    for (size_t l = g->cfg.n_layer; l-- > 0;) {
        layer = 0;
        for (size_t i = 0; i < g->n_weights; i++)
            layer += g->weight[i].layer == (int)l ? squares(d->weight[i], g->weight[i].count) : 0;
        printf("layer %-6zu %14.6f %14.6f\n", l, sqrt(squares(d->a.h[l].resid_pre, stream)),
               sqrt(layer));
    }
    for (size_t i = 0; i < g->n_weights; i++) {
        const double own = squares(d->weight[i], g->weight[i].count);
        all += own;
        if (g->weight[i].layer < 0)
            printf("%-12s %14s %14.6f\n", g->weight[i].name, "", sqrt(own));
    }
    printf("%-12s %14s %14.6f\n", "all", "", sqrt(all));
}

int main(int argc, char **argv)
{
    if (wants_polynomial(argc, argv))
        return polynomial_main(argc, argv);
    struct program p = program_options("07_backprop", argc, argv, "");
    bool counted = false;

    program_open(&p);
    const struct graph *g = p.graph;
    for (size_t i = 0; i < g->B * g->T; i++)
        counted |= p.acts.targets[i] >= 0;
    if (!counted)
        die("%s: has no targets, so there is no loss to differentiate", p.trace_path);
    for (size_t i = 0; i < g->n_nodes; i++)
        program_need(&p, g->node[i].name);

    struct gradients d = make_room(g);
    backward(&g->cfg, &p.weights, &p.acts, &d.w, &d.a);
    store_gradients(&p, &d);
    print_norms(g, &d);
    give_back(&d, g);
    program_close(&p);
    return 0;
}
