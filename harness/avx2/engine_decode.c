/* engine_decode.c: one token through the model, with the keys and values of those before
 * it. What is computed, and why it is right, stands in steps/06_sample/kv_cache.c.
 *
 * All threads walk through the blocks together. Each makes columns of every linear map (gemv.c)
 * and its own heads, and waits where it needs what the others have made. A layer norm of one
 * vector is shorter than a wait: each thread makes it for itself. */
#include "engine_parts.h"

#include <stdatomic.h>
#include <string.h>

#include "00_ingredients/gelu.h"
#include "00_ingredients/layernorm.h"
#include "attention_fused.h"
#include "gemv.h"

/* A linear map by all threads; then gelu, if `active`. */
static void make(const struct gemv *g, _Atomic size_t *taken, bool active)
{
    struct deal deal = deal_out(gemv_parts(g), 1, thread_here(), threads_here(), taken);
    struct range parts;

    while (deal_next(&deal, &parts)) {
        const struct range made = gemv(g, parts);
        if (active)
            gelu(g->out + made.begin, g->out + made.begin, made.end - made.begin);
    }
}

/* Attention of this thread's heads: t->z from t->qkv. */
static void attend(const struct engine *e, size_t l, size_t position)
{
    const struct config *cfg = &e->g->cfg;
    const size_t C = cfg->d_model, H = cfg->n_head, D = C / H, P = cfg->n_ctx;
    const struct decoding *t = &e->t;
    float *keys = t->k + l * P * C, *values = t->v + l * P * C;  /* [P, C] */
    const struct range heads = share(H, thread_here(), threads_here());
    const size_t begin = heads.begin * D, size = (heads.end * D - begin) * sizeof(float);

    memcpy(keys + position * C + begin, t->qkv + C + begin, size);
    memcpy(values + position * C + begin, t->qkv + 2 * C + begin, size);
    attention_decode(t->z, t->scores, t->qkv, keys, values, heads, position + 1, P, C, D);
}

void engine_fill_cache(const struct engine *e, const float *qkv, size_t l)
{
    const size_t C = e->g->cfg.d_model, P = e->g->cfg.n_ctx;
    float *keys = e->t.k + l * P * C, *values = e->t.v + l * P * C;  /* [P, C] */

#pragma omp parallel for schedule(static)
    for (size_t t = 0; t < e->T; t++) {
        memcpy(keys + t * C, qkv + t * 3 * C + C, C * sizeof(float));
        memcpy(values + t * C, qkv + t * 3 * C + 2 * C, C * sizeof(float));
    }
}

/* t->mid = x + attention(in). */
static void attention_half(const struct engine *e, const float *x, const float *in, size_t l,
                           size_t position)
{
    const struct decoding *t = &e->t;
    const struct block_weights *w = &e->w.h[l];
    const struct packed_block *p = &e->packed[l];
    const size_t C = e->g->cfg.d_model;
    const struct gemv qkv = {t->qkv, in, p->c_attn, NULL, w->c_attn_bias, C, 3 * C};
    const struct gemv out = {t->mid, t->z, p->attn_c_proj, x, w->attn_c_proj_bias, C, C};

    make(&qkv, &t->taken[l * MAPS + C_ATTN], false);
    threads_meet(t->meeting);
    attend(e, l, position);
    threads_meet(t->meeting);
    make(&out, &t->taken[l * MAPS + ATTN_C_PROJ], false);
    threads_meet(t->meeting);
}

/* t->x = stream + mlp(in). */
static void mlp_half(const struct engine *e, const float *stream, const float *in, size_t l)
{
    const struct decoding *t = &e->t;
    const struct block_weights *w = &e->w.h[l];
    const struct packed_block *p = &e->packed[l];
    const size_t C = e->g->cfg.d_model, F = e->g->cfg.d_ff;
    const struct gemv up = {t->post, in, p->c_fc, NULL, w->c_fc_bias, C, F};
    const struct gemv down = {t->x, t->post, p->mlp_c_proj, stream, w->mlp_c_proj_bias, F, C};

    make(&up, &t->taken[l * MAPS + C_FC], true);
    threads_meet(t->meeting);
    make(&down, &t->taken[l * MAPS + MLP_C_PROJ], false);
    threads_meet(t->meeting);
}

/* x [C], the token's vector, goes through all blocks. Returns what the unembedding reads;
 * it and `room` [C] are this thread's own. */
static const float *blocks(const struct engine *e, float *x, float *room, size_t position)
{
    const struct config *cfg = &e->g->cfg;
    const struct decoding *t = &e->t;
    const size_t C = cfg->d_model;
    const double eps = cfg->ln_eps;
    const float *stream = x;

    for (size_t l = 0; l < cfg->n_layer; l++) {
        const struct block_weights *w = &e->w.h[l];

        if (cfg->family == GPT2) {
            layernorm(room, stream, w->ln_1_weight, w->ln_1_bias, eps, 1, C);
            attention_half(e, stream, room, l, position);
            layernorm(room, t->mid, w->ln_2_weight, w->ln_2_bias, eps, 1, C);
            mlp_half(e, t->mid, room, l);
            stream = t->x;
        } else {
            attention_half(e, x, x, l, position);
            layernorm(room, t->mid, w->ln_1_weight, w->ln_1_bias, eps, 1, C);
            mlp_half(e, room, room, l);
            layernorm(x, t->x, w->ln_2_weight, w->ln_2_bias, eps, 1, C);
        }
    }
    if (cfg->family == GPT1)
        return x;
    layernorm(room, stream, e->w.ln_f_weight, e->w.ln_f_bias, eps, 1, C);
    return room;
}

static struct gemv unembedding(const struct engine *e, float *logits, const float *top)
{
    return (struct gemv){.out = logits, .x = top, .packed = e->packed_wte,
                         .K = e->g->cfg.d_model, .N = e->g->cfg.n_vocab};
}

void engine_logits_of(const struct engine *e, float *logits, const float *top)
{
    const struct gemv g = unembedding(e, logits, top);
    _Atomic size_t taken = 0;

#pragma omp parallel
    make(&g, &taken, false);
}

void engine_decode(struct engine *e, float *logits, size_t position, int token)
{
    const size_t C = e->g->cfg.d_model, maps = e->g->cfg.n_layer * MAPS;

    for (size_t i = 0; i <= maps; i++)
        atomic_store_explicit(&e->t.taken[i], 0, memory_order_relaxed);
#pragma omp parallel
    {
        float *x = e->t.own + thread_here() * 2 * C;

        for (size_t c = 0; c < C; c++)
            x[c] = e->w.wte[(size_t)token * C + c] + e->w.wpe[position * C + c];
        const float *top = blocks(e, x, x + C, position);
        if (logits) {
            const struct gemv g = unembedding(e, logits, top);
            make(&g, &e->t.taken[maps], false);
        }
    }
}
