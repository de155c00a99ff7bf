/* bench_truth.c: what subjects are held against before they are timed.
 *
 * The f64 subject computes it from the same weights, on the first 7 tokens of the first text,
 * which is no multiple of any vector's width: all layers forward, and of a model of the first
 * two layers every op and its gradients. */
#include "bench_truth.h"

#include <stdlib.h>

#include "bench_model.h"
#include "die.h"

enum { PREFIX = 7, LAYERS = 2 };

/* ------------------------------------------------------------------------ the runs */

/* Op by op, so that only the weights of one op are there in double at a time. */
static double *prefix_logits(const struct truth *t)
{
    const struct bench *b = t->bench;
    const struct graph *g = t->prefix;
    struct runner r = runner_with(t->f64, g, allocate(g->n_weights, sizeof *r.weight));
    double **made = allocate(g->n_nodes, sizeof *made);
    const size_t last = graph_find(g, "logits");

    for (size_t i = 0, n_out; i <= last; i += n_out) {
        const struct node *n = &g->node[i];
        const double *in[MAX_INPUTS] = {NULL};

        n_out = outputs_of(g, i);
        progress(b, "verifying: f64 computes %s", n->name);
        for (size_t k = 0; k < n->n_in; k++)
            in[k] = made[n->in[k]];
        for (size_t k = 0; k < n->n_weight; k++) {
            const size_t w = n->weight[k];
            r.weight[w] = allocate(g->weight[w].count, sizeof(double));
            widen(r.weight[w], b->weight[w], sizeof(float), g->weight[w].count);
        }
        for (size_t k = 0; k < n_out; k++)
            made[i + k] = allocate(n[k].count, sizeof(double));
        run_local(&r, i, n_out, in, b->tokens, b->targets, made + i);
        for (size_t k = 0; k < n->n_weight; k++)
            free(r.weight[n->weight[k]]);
    }
    double *logits = made[last];
    for (size_t i = 0; i < last; i++)
        free(made[i]);
    free(made);
    free(r.weight);
    return logits;
}

struct runner truth_runner(const struct truth *t, const struct subject *s, void *const weight[])
{
    struct runner r = runner_with(s, t->small, allocate(t->small->n_weights, sizeof *r.weight));

    for (size_t i = 0; i < t->small->n_weights; i++)
        r.weight[i] = weight[t->from[i]];
    return r;
}

void adamw_twice(double *const moved[], const struct subject *s, struct engine *e)
{
    struct generator random = generator_begin(1);
    struct adam o = {.rate = 1e-3, .beta1 = 0.9, .beta2 = 0.95, .eps = 1e-8, .decay = 0.1,
                     .scale = 0.5};
    void *array[ADAM_ARRAYS + 1];

    for (size_t k = 0; k <= ADAM_ARRAYS; k++) {
        array[k] = allocate(ADAM_NUMBERS, s->width);
        fill_random(array[k], s->width, ADAM_NUMBERS, 0, k == 1 || k == 2 ? 0 : 1, &random);
    }
    for (o.t = 1; o.t <= 2; o.t++)
        s->engine->adamw(e, array[0], array[1], array[2], array[3], &o, ADAM_NUMBERS);
    for (size_t k = 0; k < ADAM_ARRAYS; k++)
        widen(moved[k], array[k], s->width, ADAM_NUMBERS);
    for (size_t k = 0; k <= ADAM_ARRAYS; k++)
        free(array[k]);
}

/* ----------------------------------------------------------------------- the truth */

static void see_what_is_wanted(struct truth *t)
{
    const struct bench *b = t->bench;

    for (enum whole k = 0; k < N_WHOLES; k++) {
        const bool wanted = wants_whole(b, k);
        t->wholes |= wanted;
        t->gradients |= wanted && (k == WHOLE_BACKWARD || k == WHOLE_BOTH);
        t->adamw |= wanted && k == WHOLE_ADAMW;
        if (wanted && k == WHOLE_TRAIN_STEP)
            t->gradients = t->adamw = true;
    }
    for (size_t i = 0; i < b->graph->n_nodes; i++) {
        t->ops |= wants_op(b, i, false) || wants_op(b, i, true);
        t->gradients |= wants_op(b, i, true);
    }
}

static void small_truth(struct truth *t)
{
    const struct bench *b = t->bench;
    void **weight = allocate(b->graph->n_weights, sizeof *weight);

    progress(b, "verifying: f64 computes a smaller model");
    for (size_t i = 0; i < t->small->n_weights; i++) {
        const size_t count = t->small->weight[i].count;
        weight[t->from[i]] = allocate(count, sizeof(double));
        widen(weight[t->from[i]], b->weight[t->from[i]], sizeof(float), count);
    }
    struct runner r = truth_runner(t, t->f64, weight);
    t->made = run_chain(&r, b->tokens, b->targets);
    if (t->gradients)
        t->slope = gradients_by_op(&r, t->made, NULL, b->tokens, b->targets, false);
    if (t->adamw) {
        struct engine *e = bench_engine(t->f64, t->small, r.weight, 1);

        for (size_t k = 0; k < ADAM_ARRAYS; k++)
            t->moved[k] = allocate(ADAM_NUMBERS, sizeof(double));
        adamw_twice(t->moved, t->f64, e);
        t->f64->engine->close(e);
    }
    for (size_t i = 0; i < t->small->n_weights; i++)
        free(weight[t->from[i]]);
    free(weight);
    free(r.weight);
}

struct truth *truth_make(const struct bench *b, const struct subject *f64)
{
    struct truth *t = allocate(1, sizeof *t);
    const size_t T = b->graph->T < PREFIX ? b->graph->T : PREFIX;

    *t = (struct truth){.bench = b, .f64 = f64};
    see_what_is_wanted(t);
    t->prefix = graph_make(&b->graph->cfg, 1, T);
    t->small = smaller_graph(b->graph, LAYERS, 1, T, &t->from);
    if (t->wholes)
        t->logits = prefix_logits(t);
    small_truth(t);
    return t;
}

void truth_free(struct truth *t)
{
    free_all((void **)t->made, t->small->n_nodes);
    if (t->gradients)
        gradients_free(&t->slope, t->small);
    for (size_t k = 0; k < ADAM_ARRAYS; k++)
        free(t->moved[k]);
    free(t->logits);
    free(t->from);
    graph_free(t->prefix);
    graph_free(t->small);
    free(t);
}
