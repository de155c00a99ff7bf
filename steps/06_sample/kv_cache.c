/* kv_cache.c: the forward pass of one token that remembers those before it.
 *
 * A token sees only earlier ones, so what the model computed for these does not
 * change when another follows. forward.c computes it all again for every new
 * token; here each layer keeps the keys and values, which are all that later
 * tokens read, and a new token costs the work of one: its own query against the
 * t + 1 keys, its own MLP. The price is memory, 2 L C numbers a token.
 *
 * A key holds its position, since wpe was added before: when old tokens are
 * dropped all others move, and the cache has to be filled anew.
 *
 * Every sum runs over the same numbers in the same order as in forward.c, so the
 * logits are equal to the bit. The wiring of both families is explained there,
 * attention in 03_attention/attention.c. */
#include "kv_cache.h"

#include <string.h>

#include "00_ingredients/add.h"
#include "00_ingredients/layernorm.h"
#include "00_ingredients/linear.h"
#include "00_ingredients/softmax.h"
#include "02_embed/embed.h"
#include "04_mlp/mlp.h"
#include "05_unembed/unembed.h"

#include <tgmath.h>  /* last: it defines I, which is a parameter's name in linear.h */

size_t kv_cache_size(const struct config *cfg)
{
    const size_t C = cfg->d_model, P = cfg->n_ctx;

    return 2 * cfg->n_layer * P * C + 7 * C + P + 2 * cfg->d_ff;
}

struct kv_cache kv_cache_begin(const struct config *cfg, real *memory)
{
    const size_t C = cfg->d_model, P = cfg->n_ctx, all = cfg->n_layer * P * C;
    struct kv_cache c = {.k = memory, .v = memory + all};

    c.x = c.v + all;
    c.normed = c.x + C;
    c.qkv = c.normed + C;
    c.z = c.qkv + 3 * C;
    c.added = c.z + C;
    c.scores = c.added + C;
    c.pre = c.scores + P;
    c.post = c.pre + cfg->d_ff;
    return c;
}

/* One head of the new token at position t.
 * z, query [D]; keys, values [P, D] of which t + 1 rows are filled; scores [P]. */
static void attend(real *z, real *scores, const real *query, const real *keys,
                   const real *values, size_t t, size_t D)
{
    const real scale = 1 / sqrt((real)D);

    for (size_t s = 0; s <= t; s++) {
        real dot = 0;
        for (size_t d = 0; d < D; d++)
            dot += query[d] * keys[s * D + d];
        scores[s] = dot * scale;
    }
    softmax(scores, scores, t + 1);
    for (size_t d = 0; d < D; d++)
        z[d] = 0;
    for (size_t s = 0; s <= t; s++)
        for (size_t d = 0; d < D; d++)
            z[d] += scores[s] * values[s * D + d];
}

/* What attention adds to the stream: c->added, from `in` [C]. */
static void attention(struct kv_cache *c, const real *in, const struct config *cfg,
                      const struct block_weights *p, size_t l)
{
    const size_t C = cfg->d_model, H = cfg->n_head, D = C / H, P = cfg->n_ctx, t = c->t;

    linear(c->qkv, in, p->c_attn_weight, p->c_attn_bias, 1, C, 3 * C);
    for (size_t h = 0; h < H; h++) {
        real *keys = c->k + (l * H + h) * P * D;    /* [P, D] */
        real *values = c->v + (l * H + h) * P * D;  /* [P, D] */

        memcpy(keys + t * D, c->qkv + C + h * D, D * sizeof(real));
        memcpy(values + t * D, c->qkv + 2 * C + h * D, D * sizeof(real));
        attend(c->z + h * D, c->scores, c->qkv + h * D, keys, values, t, D);
    }
    linear(c->added, c->z, p->attn_c_proj_weight, p->attn_c_proj_bias, 1, C, C);
}

/* One block: c->x is what it reads, and then what it leaves. */
static void block(struct kv_cache *c, const struct config *cfg, const struct block_weights *p,
                  size_t l)
{
    const size_t C = cfg->d_model, F = cfg->d_ff;
    const double eps = cfg->ln_eps;

    if (cfg->family == GPT2) {
        layernorm(c->normed, c->x, p->ln_1_weight, p->ln_1_bias, eps, 1, C);
        attention(c, c->normed, cfg, p, l);
        add(c->x, c->x, c->added, C);
        layernorm(c->normed, c->x, p->ln_2_weight, p->ln_2_bias, eps, 1, C);
        mlp(c->added, c->pre, c->post, c->normed, p, 1, C, F);
        add(c->x, c->x, c->added, C);
    } else {
        attention(c, c->x, cfg, p, l);
        add(c->x, c->x, c->added, C);
        layernorm(c->normed, c->x, p->ln_1_weight, p->ln_1_bias, eps, 1, C);
        mlp(c->added, c->pre, c->post, c->normed, p, 1, C, F);
        add(c->normed, c->normed, c->added, C);
        layernorm(c->x, c->normed, p->ln_2_weight, p->ln_2_bias, eps, 1, C);
    }
}

void kv_cache_forward(real *logits, struct kv_cache *c, const struct config *cfg,
                   const struct weights *w, int token)
{
    const size_t C = cfg->d_model;
    const real *top = c->x;

    embed_tokens(c->normed, &token, w->wte, 1, C);
    embed_sum(c->x, c->normed, w->wpe + c->t * C, 1, 1, C);
    for (size_t l = 0; l < cfg->n_layer; l++)
        block(c, cfg, &w->h[l], l);
    c->t++;
    if (!logits)
        return;
    if (cfg->family == GPT2) {
        layernorm(c->normed, c->x, w->ln_f_weight, w->ln_f_bias, cfg->ln_eps, 1, C);
        top = c->normed;
    }
    unembed(logits, top, w->wte, 1, C, cfg->n_vocab);
}
