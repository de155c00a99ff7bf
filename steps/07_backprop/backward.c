/* backward.c: the wiring of forward.c, walked from the loss back to the tokens.
 *
 * Every function of this step adds to its gradients. So a tensor that is read
 * twice, by the residual sum and by what hangs off it, gets the sum of both by
 * itself, and so does wte. Activations are kept, not recomputed: the forward pass
 * has them all, and whoever checks a gradient wants to see what it came from. Only
 * mean and variance of layer norm and the softmax of the loss are computed again,
 * which costs less than a line of memory traffic would. */
#include "backward.h"

#include <string.h>

#include "add_backward.h"
#include "attention_backward.h"
#include "embed_backward.h"
#include "gelu_backward.h"
#include "layernorm_backward.h"
#include "linear_backward.h"
#include "loss_backward.h"
#include "unembed_backward.h"

/* forward: unembed(logits, in, wte); cross_entropy(loss, logits, targets) */
static void backward_unembed(const struct config *cfg, const struct weights *w,
                             const struct acts *a, struct weights *dw, struct acts *da)
{
    const struct block *last = &a->h[cfg->n_layer - 1], *dlast = &da->h[cfg->n_layer - 1];
    const size_t N = a->B * a->T, C = cfg->d_model, V = cfg->n_vocab;
    const int gpt2 = cfg->family == GPT2;

    *da->loss = 1;
    cross_entropy_backward(da->logits, *da->loss, a->logits, a->targets, N, V);
    unembed_backward(gpt2 ? da->ln_f : dlast->ln_2, dw->wte, da->logits,
                     gpt2 ? a->ln_f : last->ln_2, w->wte, N, C, V);
    if (gpt2)
        layernorm_backward(dlast->resid_post, dw->ln_f_weight, dw->ln_f_bias, da->ln_f,
                           last->resid_post, w->ln_f_weight, cfg->ln_eps, N, C);
}

/* forward: mlp(mlp_out, mlp_pre, mlp_post, in, p) */
static void backward_mlp_of(const struct block *x, const struct block *dx, real *din,
                            const real *in, const struct block_weights *p,
                            struct block_weights *dp, size_t N, size_t C, size_t F)
{
    linear_backward(dx->mlp_post, dp->mlp_c_proj_weight, dp->mlp_c_proj_bias, dx->mlp_out,
                    x->mlp_post, p->mlp_c_proj_weight, N, F, C);
    gelu_backward(dx->mlp_pre, dx->mlp_post, x->mlp_pre, N * F);
    linear_backward(din, dp->c_fc_weight, dp->c_fc_bias, dx->mlp_pre, in, p->c_fc_weight, N, C,
                    F);
}

/* forward: forward_mlp, the block's second half */
static void backward_mlp(const struct config *cfg, const struct weights *w,
                         const struct acts *a, struct weights *dw, struct acts *da, size_t l)
{
    const struct block *x = &a->h[l], *dx = &da->h[l];
    const struct block_weights *p = &w->h[l];
    struct block_weights *dp = &dw->h[l];
    const size_t N = a->B * a->T, C = cfg->d_model, F = cfg->d_ff;
    const double eps = cfg->ln_eps;

    if (l + 1 < cfg->n_layer)
        add_backward(cfg->family == GPT2 ? dx->resid_post : dx->ln_2, da->h[l + 1].resid_pre,
                     N * C);
    if (cfg->family == GPT2) {
        add_backward(dx->resid_mid, dx->resid_post, N * C);
        add_backward(dx->mlp_out, dx->resid_post, N * C);
        backward_mlp_of(x, dx, dx->ln_2, x->ln_2, p, dp, N, C, F);
        layernorm_backward(dx->resid_mid, dp->ln_2_weight, dp->ln_2_bias, dx->ln_2,
                           x->resid_mid, p->ln_2_weight, eps, N, C);
    } else {
        layernorm_backward(dx->resid_post, dp->ln_2_weight, dp->ln_2_bias, dx->ln_2,
                           x->resid_post, p->ln_2_weight, eps, N, C);
        add_backward(dx->ln_1, dx->resid_post, N * C);
        add_backward(dx->mlp_out, dx->resid_post, N * C);
        backward_mlp_of(x, dx, dx->ln_1, x->ln_1, p, dp, N, C, F);
        layernorm_backward(dx->resid_mid, dp->ln_1_weight, dp->ln_1_bias, dx->ln_1,
                           x->resid_mid, p->ln_1_weight, eps, N, C);
    }
}

/* forward: forward_attention, the block's first half */
static void backward_attention(const struct config *cfg, const struct weights *w,
                               const struct acts *a, struct weights *dw, struct acts *da,
                               size_t l)
{
    const struct block *x = &a->h[l], *dx = &da->h[l];
    const struct block_weights *p = &w->h[l];
    struct block_weights *dp = &dw->h[l];
    const size_t B = a->B, T = a->T, C = cfg->d_model, H = cfg->n_head, D = C / H;
    const int gpt2 = cfg->family == GPT2;

    add_backward(dx->resid_pre, dx->resid_mid, B * T * C);
    add_backward(dx->attn_out, dx->resid_mid, B * T * C);
    linear_backward(dx->z, dp->attn_c_proj_weight, dp->attn_c_proj_bias, dx->attn_out, x->z,
                    p->attn_c_proj_weight, B * T, C, C);
    attention_mix_backward(dx->pattern, dx->v, dx->z, x->pattern, x->v, B, H, T, D);
    attention_pattern_backward(dx->scores, dx->pattern, x->pattern, B, H, T);
    attention_scores_backward(dx->q, dx->k, dx->scores, x->q, x->k, B, H, T, D);
    memset(da->qkv, 0, B * T * 3 * C * sizeof(real));  /* one room for all layers */
    split_heads_backward(da->qkv, dx->q, dx->k, dx->v, B, T, H, D);
    linear_backward(gpt2 ? dx->ln_1 : dx->resid_pre, dp->c_attn_weight, dp->c_attn_bias, da->qkv,
                    gpt2 ? x->ln_1 : x->resid_pre, p->c_attn_weight, B * T, C, 3 * C);
    if (gpt2)
        layernorm_backward(dx->resid_pre, dp->ln_1_weight, dp->ln_1_bias, dx->ln_1,
                           x->resid_pre, p->ln_1_weight, cfg->ln_eps, B * T, C);
}

/* forward: forward_embed */
static void backward_embed(const struct config *cfg, const struct acts *a, struct weights *dw,
                           struct acts *da)
{
    const size_t B = a->B, T = a->T, C = cfg->d_model;

    embed_sum_backward(da->tok_embed, da->pos_embed, da->h[0].resid_pre, B, T, C);
    embed_positions_backward(dw->wpe, da->pos_embed, T, C);
    embed_tokens_backward(dw->wte, da->tok_embed, a->tokens, B * T, C);
}

void backward(const struct config *cfg, const struct weights *w, const struct acts *a,
              struct weights *dw, struct acts *da)
{
    backward_unembed(cfg, w, a, dw, da);
    for (size_t l = cfg->n_layer; l-- > 0;) {
        backward_mlp(cfg, w, a, dw, da, l);
        backward_attention(cfg, w, a, dw, da, l);
    }
    backward_embed(cfg, a, dw, da);
}
