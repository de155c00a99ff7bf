/* engine_decode.c: one token through the model, with the keys and values of those before
 * it. What is computed, and why it is right, stands in steps/06_sample/kv_cache.c.
 *
 * All threads walk through the blocks together. Each makes its own columns of every linear
 * map (gemv.c) and its own heads, and waits where it needs what the others have made. A
 * layer norm of one vector is shorter than a wait: each thread makes it for itself. */
#include "engine_parts.h"

#include <string.h>

#include "00_ingredients/gelu.h"
#include "00_ingredients/layernorm.h"
#include "attention_fused.h"
#include "gemv.h"

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
    const size_t C = e->g->cfg.d_model;

    gemv(t->qkv, in, e->packed[l].c_attn, NULL, w->c_attn_bias, C, 3 * C);
    threads_meet(t->meeting);
    attend(e, l, position);
    threads_meet(t->meeting);
    gemv(t->mid, t->z, e->packed[l].attn_c_proj, x, w->attn_c_proj_bias, C, C);
    threads_meet(t->meeting);
}

/* t->x = stream + mlp(in). */
static void mlp_half(const struct engine *e, const float *stream, const float *in, size_t l)
{
    const struct decoding *t = &e->t;
    const struct block_weights *w = &e->w.h[l];
    const size_t C = e->g->cfg.d_model, F = e->g->cfg.d_ff;
    const struct range mine = gemv(t->post, in, e->packed[l].c_fc, NULL, w->c_fc_bias, C, F);

    gelu(t->post + mine.begin, t->post + mine.begin, mine.end - mine.begin);
    threads_meet(t->meeting);
    gemv(t->x, t->post, e->packed[l].mlp_c_proj, stream, w->mlp_c_proj_bias, F, C);
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

void engine_logits_of(const struct engine *e, float *logits, const float *top)
{
#pragma omp parallel
    gemv(logits, top, e->packed_wte, NULL, NULL, e->g->cfg.d_model, e->g->cfg.n_vocab);
}

void engine_decode(struct engine *e, float *logits, size_t position, int token)
{
    const size_t C = e->g->cfg.d_model, V = e->g->cfg.n_vocab;

#pragma omp parallel
    {
        float *x = e->t.own + thread_here() * 2 * C;

        for (size_t c = 0; c < C; c++)
            x[c] = e->w.wte[(size_t)token * C + c] + e->w.wpe[position * C + c];
        const float *top = blocks(e, x, x + C, position);
        if (logits)
            gemv(logits, top, e->packed_wte, NULL, NULL, C, V);
    }
}
