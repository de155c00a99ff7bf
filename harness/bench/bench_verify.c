/* bench_verify.c: nobody times what is wrong. Held against the truth (bench_truth.c) are
 *
 *   ops        each alone, and its gradient, fed the truth
 *   forward    the engine's logits at the size that is timed: the same first rows, for no
 *              token sees a later one; and logits and loss of the smaller model
 *   backward   the gradient of every weight of the smaller model
 *   decode     the logits after the last of the 7 tokens
 *   adamw      two steps on random numbers
 *
 * The bar is 64 2^-24 sqrt(terms) for float, 2^-53 for double, where terms are the most
 * that are summed on the way: independent roundings grow like their root (Higham and
 * Mary, "A New Approach to Probabilistic Rounding Error Analysis" (2019)). 64 leaves room
 * for cancellation. This is to see that the work is done, in full precision; `touchstone
 * check` is what proves a subject. */
#include "bench_verify.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "backprop.h"
#include "bench_model.h"
#include "die.h"
#include "errors.h"
#include "ops.h"

static const double factor = 64;

static double bar_of(const struct graph *g, size_t width)
{
    size_t terms = 16 * (g->cfg.n_layer + 2) + g->T;

    for (size_t i = 0; i < g->n_nodes; i++)
        if (g->node[i].op != OP_LOSS && g->node[i].depth > terms)
            terms = g->node[i].depth;
    return factor * (width == 8 ? 0x1p-53 : 0x1p-24) * sqrt((double)terms);
}

static void hold(struct verdict *v, const struct truth *t, size_t width, const char *what,
                 const char *name, const double *got, const double *want, size_t n)
{
    const struct errors e = measure_errors(got, want, n);
    const double bar = bar_of(t->prefix, width);

    v->compared++;
    if (v->compared > 1 && e.rms / bar <= v->worst)  /* NaN is worse than anything */
        return;
    if (v->compared > 1 && isnan(v->worst))
        return;
    v->worst = e.rms / bar;
    v->error = e.rms;
    v->bar = bar;
    snprintf(v->where, sizeof v->where, "%s%s", what, name);
}

static void verify_ops(struct verdict *v, const struct truth *t, const struct runner *r)
{
    const struct bench *b = t->bench;
    const struct graph *g = t->small;
    const size_t width = r->subject->width;

    for (size_t i = 0, n_out; i < g->n_nodes; i += n_out) {
        const struct node *n = &g->node[i];
        const double *in[MAX_INPUTS] = {NULL};
        double *out[MAX_OUTPUTS];

        n_out = made_at_once(r->subject, g, i);
        if (!owns_node(r->subject, n))
            continue;
        for (size_t k = 0; k < n->n_in; k++)
            in[k] = t->made[n->in[k]];
        for (size_t k = 0; k < n_out; k++)
            out[k] = allocate(n[k].count, sizeof(double));
        run_local(r, i, n_out, in, b->tokens, b->targets, out);
        for (size_t k = 0; k < n_out; k++) {
            hold(v, t, width, "op ", n[k].name, out[k], t->made[i + k], n[k].count);
            free(out[k]);
        }
    }
    if (!t->gradients || !r->subject->op_backward)
        return;
    struct gradients d = gradients_by_op(r, t->made, t->slope.tensor, b->tokens, b->targets,
                                         false);
    for (size_t i = 0; i < g->n_nodes; i++)
        if (d.tensor[i] && t->slope.tensor[i] && owns_gradient(r->subject, g, i))
            hold(v, t, width, "op backward/", g->node[i].name, d.tensor[i],
                 t->slope.tensor[i], g->node[i].count);
    for (size_t i = 0; i < g->n_weights; i++)
        if (owns_gradient(r->subject, g, g->n_nodes + i))
            hold(v, t, width, "op grad/", g->weight[i].name, d.weight[i], t->slope.weight[i],
                 g->weight[i].count);
    gradients_free(&d, g);
}

/* Linear maps with weights made ready, where the engine has them. */
static void verify_ready(struct verdict *v, const struct truth *t, const struct runner *r,
                         int threads)
{
    const struct graph *g = t->small;
    const size_t width = r->subject->width;
    struct engine *e = bench_engine(r->subject, g, r->weight, threads);

    for (size_t i = 0, n_out; i < g->n_nodes; i += n_out) {
        const struct node *n = &g->node[i];
        n_out = outputs_of(g, i);
        if (!has_ready(r->subject, n))
            continue;
        const size_t count = n_out * n->count, inputs = g->node[n->in[0]].count;
        void *in = allocate(inputs, width), *raw = allocate(count, width);
        double *out = allocate(count, sizeof *out), *split = allocate(count, sizeof *split);

        narrow(in, t->made[n->in[0]], width, inputs);
        r->subject->engine->linear(e, i, in, raw);
        widen(out, raw, width, count);
        if (n->op == OP_QKV)
            t->f64->ops->split_heads(split, split + n->count, split + 2 * n->count, out, n->dim[0],
                                     n->dim[2], n->dim[1], n->dim[3]);
        for (size_t k = 0; k < n_out; k++)
            hold(v, t, width, "ready ", n[k].name, (n_out > 1 ? split : out) + k * n->count,
                 t->made[i + k], n->count);
        free(in);
        free(raw);
        free(out);
        free(split);
    }
    r->subject->engine->close(e);
}

/* The forward pass through all tensors, of a subject without an engine. */
static void verify_tensors(struct verdict *v, const struct truth *t, const struct runner *r)
{
    const struct graph *g = t->small;
    double **made = run_chain(r, t->bench->tokens, t->bench->targets);

    for (size_t i = 0; i < g->n_nodes; i++)
        hold(v, t, r->subject->width, "", g->node[i].name, made[i], t->made[i],
             g->node[i].count);
    free_all((void **)made, g->n_nodes);
}

/* Numbers of an engine, widened and then freed. */
static void hold_raw(struct verdict *v, const struct truth *t, size_t width, const char *what,
                     const char *name, void *got, const double *want, size_t n)
{
    double *x = allocate(n, sizeof *x);

    widen(x, got, width, n);
    hold(v, t, width, what, name, x, want, n);
    free(x);
}

/* The smaller model: loss, logits, and where they are wanted gradients. */
static void verify_small_engine(struct verdict *v, const struct truth *t,
                                const struct runner *r, int threads)
{
    const struct bench *b = t->bench;
    const struct graph *g = t->small;
    const struct engine_ops *ops = r->subject->engine;
    const size_t width = r->subject->width, at = graph_find(g, "logits");
    struct engine *e = bench_engine(r->subject, g, r->weight, threads);
    void *logits = allocate(g->node[at].count, width);
    const double loss = ops->forward(e, b->tokens, b->targets, logits, t->gradients);

    hold(v, t, width, "engine's ", "loss", &loss, t->made[graph_find(g, "loss")], 1);
    hold_raw(v, t, width, "engine's ", "logits", logits, t->made[at], g->node[at].count);
    if (t->gradients && r->subject->backward) {
        void **d = allocate(g->n_weights, sizeof *d);

        for (size_t i = 0; i < g->n_weights; i++)
            d[i] = allocate(g->weight[i].count, width);
        ops->backward(e, b->tokens, b->targets, d);
        for (size_t i = 0; i < g->n_weights; i++)
            hold_raw(v, t, width, "engine's grad/", g->weight[i].name, d[i],
                     t->slope.weight[i], g->weight[i].count);
        free_all(d, g->n_weights);
    }
    if (t->adamw) {
        static const char *const names[ADAM_ARRAYS] = {"weight", "mean", "square"};
        double *moved[ADAM_ARRAYS];

        for (size_t k = 0; k < ADAM_ARRAYS; k++)
            moved[k] = allocate(ADAM_NUMBERS, sizeof(double));
        adamw_twice(moved, r->subject, e);
        for (size_t k = 0; k < ADAM_ARRAYS; k++) {
            hold(v, t, width, "adamw's ", names[k], moved[k], t->moved[k], ADAM_NUMBERS);
            free(moved[k]);
        }
    }
    free(logits);
    ops->close(e);
}

/* The whole model at the size that is timed: the rows of the first tokens. */
static void verify_engine(struct verdict *v, const struct truth *t, const struct contender *c,
                          int threads)
{
    const struct bench *b = t->bench;
    const struct engine_ops *ops = c->subject->engine;
    const size_t width = c->subject->width, V = b->graph->cfg.n_vocab, T = t->prefix->T;
    struct engine *e = bench_engine(c->subject, b->graph, c->weight, threads);
    char *logits = allocate(b->graph->B * b->graph->T * V, width);

    if (wants_whole(b, WHOLE_FORWARD)) {
        ops->forward(e, b->tokens, NULL, logits, false);
        hold_raw(v, t, width, "", "logits", logits, t->logits, T * V);
    }
    if (wants_whole(b, WHOLE_PREFILL)) {
        ops->prefill(e, logits, b->tokens, T);
        hold_raw(v, t, width, "prefill's ", "logits", logits, t->logits + (T - 1) * V, V);
        if (T < b->graph->cfg.n_ctx && T < b->graph->T) {  /* what it left in the cache */
            ops->prefill(e, NULL, b->tokens, T - 1);
            ops->decode(e, logits, T - 1, b->tokens[T - 1]);
            hold_raw(v, t, width, "prefill's ", "cache", logits, t->logits + (T - 1) * V, V);
        }
    }
    if (wants_whole(b, WHOLE_DECODE)) {
        for (size_t i = 0; i < T; i++)
            ops->decode(e, i + 1 < T ? NULL : logits, i, b->tokens[i]);
        hold_raw(v, t, width, "decode's ", "logits", logits, t->logits + (T - 1) * V, V);
    }
    free(logits);
    ops->close(e);
}

struct verdict verify(const struct truth *t, const struct contender *c)
{
    struct verdict v = {0};
    struct runner r = truth_runner(t, c->subject, c->weight);

    if (t->ops) {
        progress(t->bench, "%s: verifying its ops", c->name);
        verify_ops(&v, t, &r);
        if (c->subject->engine && c->subject->engine->linear)
            verify_ready(&v, t, &r, t->bench->threads);
    }
    if (!c->subject->engine && wants_whole(t->bench, WHOLE_FORWARD)) {
        progress(t->bench, "%s: verifying its forward pass", c->name);
        verify_tensors(&v, t, &r);
    }
    if (t->wholes && c->subject->engine) {
        progress(t->bench, "%s: verifying its engine", c->name);
        verify_small_engine(&v, t, &r, t->bench->threads);
        verify_engine(&v, t, c, t->bench->threads);
    }
    free(r.weight);
    return v;
}
