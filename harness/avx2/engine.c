/* engine.c: the engine of the fast subjects (engine.h), twin of steps/engine.c.
 *
 * The wiring is that of steps/forward.c, in engine_forward.c and engine_backward.c, with
 * ops fused where the next one reads what is still in a cache, and with weights that were
 * packed once. engine_loss.c has the vocabulary's end, engine_decode.c the cache of keys
 * and values, engine_memory.c the arrays.
 *
 * Packing costs as much as reading and writing all the weights. It pays where they stay
 * the same. While a model trains they change at each step, each is used once forward and
 * once backward, and the products pack them as they go (matmul.c): so a pass that is kept
 * uses packed weights where there are some, but never makes them. */
#include "engine_parts.h"

#include <stdlib.h>
#include <string.h>

static void close_engine(struct engine *e)
{
    engine_give_memory(e);
    free(e->w.h);
    free(e->dw.h);
    free(e->weight);
    free(e->dweight);
    free(e->packed);
    free(e->kept);
    free(e);
}

static struct engine *open_engine(const struct graph *g, void *const weight[], int threads)
{
    const size_t L = g->cfg.n_layer;
    struct engine *e = calloc(1, sizeof *e);
    const int before = threads_limit(threads);

    if (!e)
        return NULL;
    e->g = g;
    e->threads = threads_within(0);
    e->w.h = malloc(L * sizeof *e->w.h);
    e->dw.h = malloc(L * sizeof *e->dw.h);
    e->weight = malloc(g->n_weights * sizeof *e->weight);
    e->dweight = malloc(g->n_weights * sizeof *e->dweight);
    e->packed = malloc(L * sizeof *e->packed);
    e->kept = malloc(L * sizeof *e->kept);
    const bool ok = e->w.h && e->dw.h && e->weight && e->dweight && e->packed && e->kept &&
                    engine_take_memory(e);
    threads_limit(before);
    if (!ok) {
        close_engine(e);
        return NULL;
    }
    for (size_t i = 0; i < g->n_weights; i++)
        e->weight[i] = weight[i];
    graph_bind_weights(&e->w, g, e->weight);
    return e;
}

static int threads_of(const struct engine *e)
{
    return e->threads;
}

static void refresh(struct engine *e)
{
    e->packed_now = false;
}

void engine_pack(struct engine *e)
{
    const size_t C = e->g->cfg.d_model, F = e->g->cfg.d_ff, V = e->g->cfg.n_vocab;

    if (e->packed_now)
        return;
    for (size_t l = 0; l < e->g->cfg.n_layer; l++) {
        const struct block_weights *w = &e->w.h[l];
        const struct packed_block *p = &e->packed[l];

        pack_weight(p->c_attn, (struct view){w->c_attn_weight, 3 * C, 1}, C, 3 * C);
        pack_weight(p->attn_c_proj, (struct view){w->attn_c_proj_weight, C, 1}, C, C);
        pack_weight(p->c_fc, (struct view){w->c_fc_weight, F, 1}, C, F);
        pack_weight(p->mlp_c_proj, (struct view){w->mlp_c_proj_weight, C, 1}, F, C);
    }
    pack_weight(e->packed_wte, (struct view){e->w.wte, 1, C}, C, V);
    e->packed_now = true;
}

static double run_forward(struct engine *e, const int *tokens, const int *targets, void *logits,
                          bool keep)
{
    const int before = threads_limit(e->threads);
    double loss = 0;

    e->B = e->g->B;
    e->T = e->g->T;
    if (!keep)
        engine_pack(e);
    const float *top = engine_layers(e, tokens, keep);
    if (targets || logits)
        loss = engine_loss(e, top, targets, logits, keep);
    engine_tell(e, targets ? "loss" : "logits", (size_t)NO_LAYER);
    threads_limit(before);
    return loss;
}

static void run_backward(struct engine *e, const int *tokens, const int *targets,
                         void *const dweight[])
{
    const int before = threads_limit(e->threads);

    for (size_t i = 0; i < e->g->n_weights; i++)
        e->dweight[i] = dweight[i];
    graph_bind_weights(&e->dw, e->g, e->dweight);
    engine_backward(e, tokens, targets);
    threads_limit(before);
}

static void run_adamw(struct engine *e, void *weight, void *mean, void *square,
                      const void *dweight, const struct adam *o, size_t n)
{
    const int before = threads_limit(e->threads);

    adamw(weight, mean, square, dweight, o, n);
    threads_limit(before);
}

static void run_decode(struct engine *e, void *logits, size_t position, int token)
{
    const int before = threads_limit(e->threads);

    engine_pack(e);
    engine_decode(e, logits, position, token);
    threads_limit(before);
}

/* A prompt goes through the blocks as one text, with matrix products; one that is longer
 * than the engine has room for, token by token. */
static void run_prefill(struct engine *e, void *logits, const int *tokens, size_t n)
{
    const int before = threads_limit(e->threads);

    engine_pack(e);
    if (n <= e->g->T) {
        e->B = 1;
        e->T = n;
        e->fills_cache = true;
        const float *top = engine_layers(e, tokens, false);
        e->fills_cache = false;
        if (logits)
            engine_logits_of(e, logits, top + (n - 1) * e->g->cfg.d_model);
    } else {
        for (size_t t = 0; t < n; t++)
            engine_decode(e, t + 1 < n ? NULL : logits, t, tokens[t]);
    }
    threads_limit(before);
}

/* The weight of a linear map where engine_pack has left it. */
static const float *packed_of(const struct engine *e, const struct node *n)
{
    if (n->op == OP_UNEMBED)
        return e->packed_wte;
    const float *weight = e->weight[n->weight[0]];
    const struct block_weights *w = &e->w.h[n->layer];
    const struct packed_block *p = &e->packed[n->layer];

    return weight == w->c_attn_weight        ? p->c_attn
           : weight == w->attn_c_proj_weight ? p->attn_c_proj
           : weight == w->c_fc_weight        ? p->c_fc
                                             : p->mlp_c_proj;
}

static void run_linear(struct engine *e, size_t node, const void *in, void *out)
{
    const struct graph *g = e->g;
    const struct node *n = &g->node[node];
    const size_t K = n->depth, N = n->op == OP_QKV ? 3 * K : n->dim[n->rank - 1];
    const int before = threads_limit(e->threads);

    engine_pack(e);
    matmul(&(struct matmul){.M = g->B * g->T, .N = N, .K = K, .out = out, .out_stride = N,
                            .a = {in, K, 1}, .packed = packed_of(e, n),
                            .bias = n->n_weight > 1 ? e->weight[n->weight[1]] : NULL},
           &e->room);
    threads_limit(before);
}

static void watch(struct engine *e, void (*done)(void *context, const char *op, int layer),
                  void *context)
{
    e->done = done;
    e->context = context;
}

void engine_tell(const struct engine *e, const char *op, size_t layer)
{
    if (e->done)
        e->done(e->context, op, (int)layer);
}

const struct engine_ops subject_engine = {
    open_engine, close_engine, threads_of, refresh, run_forward, run_backward, run_adamw,
    run_decode, run_prefill, watch, run_linear,
};
