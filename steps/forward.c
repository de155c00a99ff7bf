/* forward.c: the wiring of GPT-1 and GPT-2, from tokens to the loss.
 *
 * Both families carry a stream of vectors, one of C numbers for each token, and
 * every block adds to it twice: what attention gathered from earlier tokens, and
 * what the MLP made of it. They differ in where the layer norms stand:
 *
 *   GPT-2 normalises what attention and MLP read, and leaves the stream alone:
 *       x = x + attention(ln_1(x));  x = x + mlp(ln_2(x));  at the end ln_f(x)
 *   GPT-1 normalises the stream itself after each sum:
 *       x = ln_1(x + attention(x));  x = ln_2(x + mlp(x))
 *
 * Sources: openai/gpt-2 src/model.py, functions `block` and `model`;
 * openai/finetune-transformer-lm train.py, functions `block` and `model`.
 * The arithmetic stands in the numbered folders, one step each. */
#include "gpt.h"

#include <string.h>

#include "00_ingredients/add.h"
#include "00_ingredients/layernorm.h"
#include "00_ingredients/linear.h"
#include "02_embed/embed.h"
#include "03_attention/attention.h"
#include "04_mlp/mlp.h"
#include "05_unembed/loss.h"
#include "05_unembed/unembed.h"

/* Step 02: tokens -> tok_embed, pos_embed, h.0/resid_pre. */
void forward_embed(const struct config *cfg, const struct weights *w, struct acts *a)
{
    const size_t B = a->B, T = a->T, C = cfg->d_model;

    embed_tokens(a->tok_embed, a->tokens, w->wte, B * T, C);
    embed_positions(a->pos_embed, w->wpe, T, C);
    embed_sum(a->h[0].resid_pre, a->tok_embed, a->pos_embed, B, T, C);
}

/* Step 03: resid_pre -> resid_mid. */
void forward_attention(const struct config *cfg, const struct weights *w, struct acts *a,
                       size_t l)
{
    const struct block_weights *p = &w->h[l];
    const struct block *x = &a->h[l];
    const size_t B = a->B, T = a->T, C = cfg->d_model, H = cfg->n_head, D = C / H;
    const real *in = x->resid_pre;

    if (cfg->family == GPT2) {
        layernorm(x->ln_1, in, p->ln_1_weight, p->ln_1_bias, cfg->ln_eps, B * T, C);
        in = x->ln_1;
    }
    linear(a->qkv, in, p->c_attn_weight, p->c_attn_bias, B * T, C, 3 * C);
    split_heads(x->q, x->k, x->v, a->qkv, B, T, H, D);
    attention_scores(x->scores, x->q, x->k, B, H, T, D);
    attention_pattern(x->pattern, x->scores, B, H, T);
    attention_mix(x->z, x->pattern, x->v, B, H, T, D);
    linear(x->attn_out, x->z, p->attn_c_proj_weight, p->attn_c_proj_bias, B * T, C, C);
    add(x->resid_mid, x->resid_pre, x->attn_out, B * T * C);
}

/* Step 04: resid_mid -> the block's output, which the next block reads. */
void forward_mlp(const struct config *cfg, const struct weights *w, struct acts *a, size_t l)
{
    const struct block_weights *p = &w->h[l];
    const struct block *x = &a->h[l];
    const size_t N = a->B * a->T, C = cfg->d_model, F = cfg->d_ff;
    const real *out;

    if (cfg->family == GPT2) {
        layernorm(x->ln_2, x->resid_mid, p->ln_2_weight, p->ln_2_bias, cfg->ln_eps, N, C);
        mlp(x->mlp_out, x->mlp_pre, x->mlp_post, x->ln_2, p, N, C, F);
        add(x->resid_post, x->resid_mid, x->mlp_out, N * C);
        out = x->resid_post;
    } else {
        layernorm(x->ln_1, x->resid_mid, p->ln_1_weight, p->ln_1_bias, cfg->ln_eps, N, C);
        mlp(x->mlp_out, x->mlp_pre, x->mlp_post, x->ln_1, p, N, C, F);
        add(x->resid_post, x->ln_1, x->mlp_out, N * C);
        layernorm(x->ln_2, x->resid_post, p->ln_2_weight, p->ln_2_bias, cfg->ln_eps, N, C);
        out = x->ln_2;
    }
    if (l + 1 < cfg->n_layer)
        memcpy(a->h[l + 1].resid_pre, out, N * C * sizeof(real));
}

/* Step 05: the last block's output -> (ln_f,) logits, loss. */
void forward_unembed(const struct config *cfg, const struct weights *w, struct acts *a)
{
    const struct block *last = &a->h[cfg->n_layer - 1];
    const size_t N = a->B * a->T, C = cfg->d_model, V = cfg->n_vocab;
    const real *in = last->ln_2;

    if (cfg->family == GPT2) {
        layernorm(a->ln_f, last->resid_post, w->ln_f_weight, w->ln_f_bias, cfg->ln_eps, N, C);
        in = a->ln_f;
    }
    unembed(a->logits, in, w->wte, N, C, V);
    cross_entropy(a->loss, a->logits, a->targets, N, V);
}

void forward(const struct config *cfg, const struct weights *w, struct acts *a)
{
    forward_embed(cfg, w, a);
    for (size_t l = 0; l < cfg->n_layer; l++) {
        forward_attention(cfg, w, a, l);
        forward_mlp(cfg, w, a, l);
    }
    forward_unembed(cfg, w, a);
}
