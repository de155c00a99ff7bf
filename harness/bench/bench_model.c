/* bench_model.c: the model and the input that are timed.
 *
 * Random weights need not be those that training begins with, only of their size, so
 * that no number overflows or gets so small that a CPU slows down: 0.02 is the deviation
 * of the published models' initial weights (Radford and others (2018), section 4.1). A
 * uniform number of that deviation reaches 0.02 sqrt(3), and is made ten times as fast as
 * a normal one. The weights of layer norms lie around 1. No weight is 0 or 1 exactly, so
 * that a subject cannot be right without reading it. */
#include "bench_model.h"

#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "execute.h"

static const double reach = 0.02 * 1.7320508075688772;  /* sqrt(3) */

void fill_random(void *x, size_t width, size_t n, double middle, double by,
                 struct generator *random)
{
    const double low = middle - by, range = 2 * by;

    if (width == 4)
        for (size_t i = 0; i < n; i++)
            ((float *)x)[i] = (float)(low + range * generator_uniform(random));
    else
        for (size_t i = 0; i < n; i++)
            ((double *)x)[i] = low + range * generator_uniform(random);
}

float **bench_weights(const struct graph *g, struct model *model, struct generator *random)
{
    float **weight = allocate(g->n_weights, sizeof *weight);

    for (size_t i = 0; i < g->n_weights; i++) {
        const struct weight *w = &g->weight[i];
        const bool gain = strstr(w->name, "ln_") && strstr(w->name, ".weight");

        if (model) {
            weight[i] = model_weight(model, w, sizeof(float));
            continue;
        }
        weight[i] = allocate(w->count, sizeof(float));
        fill_random(weight[i], sizeof(float), w->count, gain ? 1 : 0, gain ? 0.1 : reach,
                    random);
    }
    return weight;
}

void **weights_of_width(float *const weight[], const struct graph *g, size_t width)
{
    void **same = allocate(g->n_weights, sizeof *same);

    for (size_t i = 0; i < g->n_weights; i++)
        if (width == sizeof(float)) {
            same[i] = weight[i];
        } else {
            same[i] = allocate(g->weight[i].count, width);
            widen(same[i], weight[i], sizeof(float), g->weight[i].count);
        }
    return same;
}

void weights_free(void **weight, float *const from[], const struct graph *g)
{
    for (size_t i = 0; i < g->n_weights; i++)
        if (weight[i] != from[i])
            free(weight[i]);
    free(weight);
}

void bench_tokens(int *tokens, int *targets, size_t B, size_t T, size_t V,
                  struct generator *random)
{
    for (size_t i = 0; i < B * T; i++)
        tokens[i] = (int)(generator_uniform(random) * (double)V);
    for (size_t b = 0; b < B; b++)
        for (size_t t = 0; t < T; t++)
            targets[b * T + t] = tokens[b * T + (t + 1) % T];
}

struct graph *smaller_graph(const struct graph *g, size_t layers, size_t B, size_t T,
                            size_t **from)
{
    struct config cfg = g->cfg;

    cfg.n_layer = layers < cfg.n_layer ? layers : cfg.n_layer;
    struct graph *small = graph_make(&cfg, B, T);
    *from = allocate(small->n_weights, sizeof **from);
    for (size_t i = 0, k = 0; i < small->n_weights; i++, k++) {
        while (strcmp(g->weight[k].name, small->weight[i].name) != 0)
            k++;
        (*from)[i] = k;
    }
    return small;
}

struct engine *bench_engine(const struct subject *s, const struct graph *g,
                            void *const weight[], int threads)
{
    struct engine *e = s->engine->open(g, weight, threads);

    if (!e)
        die("subject %s: no memory: a smaller model or input is needed", s->name);
    return e;
}

bool has_ready(const struct subject *s, const struct node *n)
{
    return s->engine && s->engine->linear &&
           (n->op == OP_QKV || n->op == OP_LINEAR || n->op == OP_UNEMBED);
}
