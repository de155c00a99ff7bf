/* engine_backward.c: the wiring of engine_forward.c, walked from the loss back to the
 * tokens, as in steps/07_backprop/backward.c.
 *
 * The gradient at the stream stays in one array, d.x: the residual sums hand it on as it
 * is, and what each half of a block adds is added there. Every matrix's gradient is set by
 * one product; those of vectors begin as 0. */
#include "engine_parts.h"

#include <string.h>

#include "00_ingredients/add.h"
#include "07_backprop/embed_backward.h"
#include "07_backprop/gelu_backward.h"
#include "07_backprop/layernorm_backward.h"
#include "attention_fused.h"
#include "columns.h"

/* forward: out = in * weight + bias
 * din [N, I] = dout * weight transposed, + also; dweight and dbias are set. */
static void linear_back(struct engine *e, struct matmul din, float *dweight, float *dbias,
                        const float *dout, const float *in, const float *weight, size_t N,
                        size_t I, size_t O)
{
    din.M = N;
    din.N = I;
    din.K = O;
    din.out_stride = din.also_stride = I;
    din.a = (struct view){dout, O, 1};
    din.b = (struct view){weight, 1, O};
    matmul(&din, &e->room);
    matmul(&(struct matmul){.M = I, .N = O, .K = N, .out = dweight, .out_stride = O,
                            .a = {in, 1, I}, .b = {dout, O, 1}}, &e->room);
    memset(dbias, 0, O * sizeof *dbias);
    add_columns(dbias, dout, N, O);
}

/* forward: layernorm(out, in, gain, bias); adds to din. */
static void norm_back(const struct engine *e, float *din, float *dgain, float *dbias,
                      const float *dout, const float *in, const float *gain)
{
    const size_t N = e->g->B * e->g->T, C = e->g->cfg.d_model;

    memset(dgain, 0, C * sizeof *dgain);
    memset(dbias, 0, C * sizeof *dbias);
    layernorm_backward(din, dgain, dbias, dout, in, gain, e->g->cfg.ln_eps, N, C);
}

/* A part of the gradient at mlp_post becomes that at mlp_pre. */
struct gelu_back {
    float *dpre;       /* [N, F] */
    const float *pre;  /* [N, F] */
    size_t F;
};

static void then_gelu_back(void *with, float *part, size_t stride, struct range rows,
                           struct range columns)
{
    const struct gelu_back *g = with;
    const size_t n = columns.end - columns.begin;

    for (size_t row = rows.begin; row < rows.end; row++, part += stride) {
        const size_t at = row * g->F + columns.begin;
        memset(g->dpre + at, 0, n * sizeof *part);
        gelu_backward(g->dpre + at, part, g->pre + at, n);
    }
}

/* forward: mlp(mlp_out, mlp_pre, mlp_post, in). din = the gradient at `in`, + also. */
static void mlp_back(struct engine *e, float *din, const float *also, const float *dout,
                     const struct kept *x, const float *in, size_t l)
{
    const struct block_weights *w = &e->w.h[l], *dw = &e->dw.h[l];
    const size_t N = e->g->B * e->g->T, C = e->g->cfg.d_model, F = e->g->cfg.d_ff;
    struct gelu_back gelu = {e->d.pre, x->mlp_pre, F};

    linear_back(e, (struct matmul){.then = then_gelu_back, .with = &gelu}, dw->mlp_c_proj_weight,
                dw->mlp_c_proj_bias, dout, x->mlp_post, w->mlp_c_proj_weight, N, F, C);
    engine_tell(e, "mlp_post", l);
    linear_back(e, (struct matmul){.out = din, .also = also}, dw->c_fc_weight, dw->c_fc_bias,
                e->d.pre, in, w->c_fc_weight, N, C, F);
    engine_tell(e, "mlp_pre", l);
}

/* forward: attn_out = attention(in). din = the gradient at `in`, + also. */
static void attention_back(struct engine *e, float *din, const float *also, const float *dout,
                           const struct kept *x, const float *in, size_t l)
{
    const struct block_weights *w = &e->w.h[l], *dw = &e->dw.h[l];
    const size_t B = e->g->B, T = e->g->T, C = e->g->cfg.d_model, H = e->g->cfg.n_head;

    linear_back(e, (struct matmul){.out = e->d.y}, dw->attn_c_proj_weight, dw->attn_c_proj_bias,
                dout, x->z, w->attn_c_proj_weight, B * T, C, C);
    engine_tell(e, "attn_out", l);
    attention_fused_backward(e->d.qkv, e->d.y, x->qkv, x->z, x->log_sum, e->room.at, B, T, H, C / H,
                             e->threads);
    engine_tell(e, "scores", l);
    linear_back(e, (struct matmul){.out = din, .also = also}, dw->c_attn_weight, dw->c_attn_bias,
                e->d.qkv, in, w->c_attn_weight, B * T, C, 3 * C);
    engine_tell(e, "qkv", l);
}

/* d.x is the gradient at what the block left, and then at what it read. */
static void block_back(struct engine *e, size_t l)
{
    const struct kept *x = &e->kept[l];
    const struct block_weights *w = &e->w.h[l], *dw = &e->dw.h[l];
    const size_t size = e->g->B * e->g->T * e->g->cfg.d_model * sizeof(float);
    const struct gradients *d = &e->d;

    if (e->g->cfg.family == GPT2) {
        mlp_back(e, d->y, NULL, d->x, x, x->ln_2, l);
        norm_back(e, d->x, dw->ln_2_weight, dw->ln_2_bias, d->y, x->resid_mid, w->ln_2_weight);
        engine_tell(e, "ln_2", l);
        attention_back(e, d->y, NULL, d->x, x, x->ln_1, l);
        norm_back(e, d->x, dw->ln_1_weight, dw->ln_1_bias, d->y, x->in, w->ln_1_weight);
        engine_tell(e, "ln_1", l);
    } else {
        memset(d->y, 0, size);
        norm_back(e, d->y, dw->ln_2_weight, dw->ln_2_bias, d->x, x->resid_post, w->ln_2_weight);
        engine_tell(e, "ln_2", l);
        mlp_back(e, d->y, d->y, d->y, x, x->ln_1, l);
        memset(d->x, 0, size);
        norm_back(e, d->x, dw->ln_1_weight, dw->ln_1_bias, d->y, x->resid_mid, w->ln_1_weight);
        engine_tell(e, "ln_1", l);
        attention_back(e, d->x, d->x, d->x, x, x->in, l);
    }
}

void engine_backward(struct engine *e, const int *tokens, const int *targets)
{
    const struct config *cfg = &e->g->cfg;
    const size_t B = e->g->B, T = e->g->T, C = cfg->d_model;
    const struct kept *last = &e->kept[cfg->n_layer - 1];

    if (cfg->family == GPT2) {
        engine_loss_backward(e, e->d.y, e->dw.wte, e->ln_f, targets);
        engine_tell(e, "logits", (size_t)NO_LAYER);
        memset(e->d.x, 0, B * T * C * sizeof *e->d.x);
        norm_back(e, e->d.x, e->dw.ln_f_weight, e->dw.ln_f_bias, e->d.y, last->resid_post,
                  e->w.ln_f_weight);
    } else {
        engine_loss_backward(e, e->d.x, e->dw.wte, last->ln_2, targets);
    }
    engine_tell(e, cfg->family == GPT2 ? "ln_f" : "logits", (size_t)NO_LAYER);
    for (size_t l = cfg->n_layer; l-- > 0;)
        block_back(e, l);
    memset(e->dw.wpe, 0, cfg->n_ctx * C * sizeof *e->dw.wpe);
    for (size_t b = 0; b < B; b++)
        embed_positions_backward(e->dw.wpe, e->d.x + b * T * C, T, C);
    embed_tokens_backward(e->dw.wte, e->d.x, tokens, B * T, C);
    engine_tell(e, "tok_embed", (size_t)NO_LAYER);
}
