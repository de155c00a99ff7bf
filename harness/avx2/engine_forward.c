/* engine_forward.c: the blocks of a forward pass, wired as in steps/forward.c.
 *
 * What is fused: every linear map adds its bias, and where the residual sum follows, the
 * stream as well, before a tile leaves its registers; GELU runs over what c_fc has just
 * made, while that is in L2; attention (attention_fused.c) reads q, k and v where c_attn
 * left them and writes no scores. A pass that is not kept has one set of arrays for all
 * blocks and never writes mlp_pre down. */
#include "engine_parts.h"

#include "00_ingredients/gelu.h"
#include "00_ingredients/layernorm.h"
#include "02_embed/embed.h"
#include "attention_fused.h"

/* Tells matmul to use the packed weights where they are those of now. */
static void use_weight(struct matmul *m, const struct engine *e, const float *weight,
                       const float *packed)
{
    if (e->packed_now)
        m->packed = packed;
    else
        m->b = (struct view){weight, m->N, 1};
}

/* GELU of a part of mlp_pre, which goes to the same place of mlp_post. */
struct gelu_to {
    float *post;  /* [N, F] */
    size_t F;
};

static void then_gelu(void *with, float *part, size_t stride, struct range rows,
                      struct range columns)
{
    const struct gelu_to *to = with;

    for (size_t n = rows.begin; n < rows.end; n++, part += stride)
        gelu(to->post + n * to->F + columns.begin, part, columns.end - columns.begin);
}

/* resid_pre -> resid_mid, from `in`, which attention reads. */
static void attention_half(struct engine *e, const struct kept *x, const float *in, size_t l)
{
    const struct config *cfg = &e->g->cfg;
    const struct block_weights *w = &e->w.h[l];
    const size_t B = e->B, T = e->T, N = B * T, C = cfg->d_model, H = cfg->n_head;
    struct matmul qkv = {.M = N, .N = 3 * C, .K = C, .out = x->qkv, .out_stride = 3 * C,
                         .a = {in, C, 1}, .bias = w->c_attn_bias};
    struct matmul proj = {.M = N, .N = C, .K = C, .out = x->resid_mid, .out_stride = C,
                          .a = {x->z, C, 1}, .bias = w->attn_c_proj_bias,
                          .also = x->in, .also_stride = C};

    use_weight(&qkv, e, w->c_attn_weight, e->packed[l].c_attn);
    matmul(&qkv, &e->room);
    if (e->fills_cache)
        engine_fill_cache(e, x->qkv, l);
    engine_tell(e, "qkv", l);
    attention_fused(x->z, x->log_sum, x->qkv, e->room.at, B, T, H, C / H, e->threads);
    engine_tell(e, "z", l);
    use_weight(&proj, e, w->attn_c_proj_weight, e->packed[l].attn_c_proj);
    matmul(&proj, &e->room);
    engine_tell(e, "resid_mid", l);
}

/* resid_post = stream + mlp(in). */
static void mlp_half(struct engine *e, const struct kept *x, const float *in,
                     const float *stream, bool keep, size_t l)
{
    const struct block_weights *w = &e->w.h[l];
    const size_t N = e->B * e->T, C = e->g->cfg.d_model, F = e->g->cfg.d_ff;
    struct gelu_to post = {x->mlp_post, F};
    struct matmul fc = {.M = N, .N = F, .K = C, .out = keep ? x->mlp_pre : NULL, .out_stride = F,
                        .a = {in, C, 1}, .bias = w->c_fc_bias, .then = then_gelu, .with = &post};
    struct matmul proj = {.M = N, .N = C, .K = F, .out = x->resid_post, .out_stride = C,
                          .a = {x->mlp_post, F, 1}, .bias = w->mlp_c_proj_bias,
                          .also = stream, .also_stride = C};

    use_weight(&fc, e, w->c_fc_weight, e->packed[l].c_fc);
    matmul(&fc, &e->room);
    engine_tell(e, "mlp_post", l);
    use_weight(&proj, e, w->mlp_c_proj_weight, e->packed[l].mlp_c_proj);
    matmul(&proj, &e->room);
    engine_tell(e, "resid_post", l);
}

static void block(struct engine *e, const struct kept *x, bool keep, size_t l)
{
    const struct config *cfg = &e->g->cfg;
    const struct block_weights *w = &e->w.h[l];
    const size_t N = e->B * e->T, C = cfg->d_model;
    const double eps = cfg->ln_eps;

    if (cfg->family == GPT2) {
        layernorm(x->ln_1, x->in, w->ln_1_weight, w->ln_1_bias, eps, N, C);
        engine_tell(e, "ln_1", l);
        attention_half(e, x, x->ln_1, l);
        layernorm(x->ln_2, x->resid_mid, w->ln_2_weight, w->ln_2_bias, eps, N, C);
        engine_tell(e, "ln_2", l);
        mlp_half(e, x, x->ln_2, x->resid_mid, keep, l);
    } else {
        attention_half(e, x, x->in, l);
        layernorm(x->ln_1, x->resid_mid, w->ln_1_weight, w->ln_1_bias, eps, N, C);
        engine_tell(e, "ln_1", l);
        mlp_half(e, x, x->ln_1, x->ln_1, keep, l);
        layernorm(x->ln_2, x->resid_post, w->ln_2_weight, w->ln_2_bias, eps, N, C);
        engine_tell(e, "ln_2", l);
    }
}

const float *engine_layers(struct engine *e, const int *tokens, bool keep)
{
    const struct config *cfg = &e->g->cfg;
    const size_t B = e->B, T = e->T, C = cfg->d_model;
    const struct kept *x = keep ? e->kept : &e->passing;

    embed_tokens(x->z, tokens, e->w.wte, B * T, C);
    embed_sum(x->in, x->z, e->w.wpe, B, T, C);
    engine_tell(e, "resid_pre", 0);
    for (size_t l = 0; l < cfg->n_layer; l++) {
        x = keep ? &e->kept[l] : &e->passing;
        block(e, x, keep, l);
    }
    if (cfg->family == GPT1)
        return x->ln_2;
    layernorm(e->ln_f, x->resid_post, e->w.ln_f_weight, e->w.ln_f_bias, cfg->ln_eps, B * T, C);
    engine_tell(e, "ln_f", (size_t)NO_LAYER);
    return e->ln_f;
}
