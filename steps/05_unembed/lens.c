/* lens.c: what the model would answer after every layer, and what its answer is made of.
 *
 * The lens: the stream of any layer is sent through the end of the model.
 *     gpt2: logits = ln_f(stream) . wte^T          gpt1: logits = stream . wte^T
 * nostalgebraist, "interpreting GPT: the logit lens" (2020). In GPT-1 there is no ln_f;
 * every layer ends in a layer norm, which plays its part. The state after attention is
 * therefore taken after ln_1, and only the state before the first layer is as it was
 * added up, on a scale of its own.
 *
 * Attribution: the last stream is a sum, x = token + position + every head + every bias
 * + every MLP, and the logit is linear in it once the layer norm is held fixed:
 *     LN(x) = sum over i of (x_i - mean(x_i)) * s * gain, + bias,  s = 1 / sqrt(var(x) + eps)
 * with the s of the whole x. So each x_i pushes the logit by its dot product with the
 * token's row of wte, and the bias of the layer norm is one more contribution. In GPT-1
 * the stream itself passes two layer norms a layer; all that has been added before goes
 * through each in this way. Elhage and others, "A Mathematical Framework for Transformer
 * Circuits" (2021), "Handling layer normalization" and the direct paths to the logits.
 *
 * A head contributes its part of z times its rows of c_proj; z holds the bias of the
 * values, for the shares sum to 1. An MLP contributes mlp_out, its bias with it. All of
 * it is computed in double from what the trace holds. */
#include "lens.h"

#include <math.h>

#include "00_ingredients/layernorm.h"
#include "05_unembed/unembed.h"

size_t lens_states(const struct config *cfg)
{
    return 2 * cfg->n_layer + 1;
}

const real *lens_state(const struct config *cfg, const struct acts *a, size_t i, size_t n)
{
    const size_t C = cfg->d_model;

    if (i == 0)
        return a->h[0].resid_pre + n * C;
    const struct block *x = &a->h[(i - 1) / 2];
    if (i % 2)
        return (cfg->family == GPT1 ? x->ln_1 : x->resid_mid) + n * C;
    return (cfg->family == GPT1 ? x->ln_2 : x->resid_post) + n * C;
}

void lens_logits(real *logits, real *room, const real *state, const struct config *cfg,
                 const struct weights *w)
{
    const size_t C = cfg->d_model, V = cfg->n_vocab;

    if (cfg->family == GPT2) {
        layernorm(room, state, w->ln_f_weight, w->ln_f_bias, cfg->ln_eps, 1, C);
        state = room;
    }
    unembed(logits, state, w->wte, 1, C, V);
}

/* ------------------------------------------------------------------ attribution */

/* What has been added so far. */
struct sum {
    size_t n, C;
    struct contribution *part;  /* [n] */
    double *x;                  /* [n, C] */
};

/* One more contribution, from y [C], or 0 where y is NULL. Returns its row. */
static double *put(struct sum *s, enum source source, size_t layer, size_t head, const real *y)
{
    double *row = s->x + s->n * s->C;

    for (size_t c = 0; c < s->C; c++)
        row[c] = y ? (double)y[c] : 0;
    s->part[s->n++] = (struct contribution){.source = source, .layer = layer, .head = head};
    return row;
}

/* Sends every contribution through a layer norm whose mean and variance are those of
 * `in` [C], the stream that it read. */
static void pass_norm(struct sum *s, size_t layer, size_t norm, const real *in,
                      const real *gain, const real *bias, double eps)
{
    const size_t C = s->C;
    double mean = 0, var = 0;

    for (size_t c = 0; c < C; c++)
        mean += (double)in[c] / (double)C;
    for (size_t c = 0; c < C; c++)
        var += ((double)in[c] - mean) * ((double)in[c] - mean) / (double)C;
    const double scale = 1 / sqrt(var + eps);
    for (size_t i = 0; i < s->n; i++) {
        double *x = s->x + i * C;  /* [C] */
        double own_mean = 0;

        for (size_t c = 0; c < C; c++)
            own_mean += x[c] / (double)C;
        for (size_t c = 0; c < C; c++)
            x[c] = (x[c] - own_mean) * scale * (double)gain[c];
    }
    put(s, FROM_NORM_BIAS, layer, 0, bias);
    s->part[s->n - 1].norm = norm;
}

static void add_attention(struct sum *s, const struct config *cfg, const struct weights *w,
                          const struct acts *a, size_t l, size_t n)
{
    const size_t C = cfg->d_model, H = cfg->n_head, D = C / H;

    for (size_t h = 0; h < H; h++) {
        double *row = put(s, FROM_HEAD, l, h, NULL);

        for (size_t i = h * D; i < (h + 1) * D; i++)
            for (size_t c = 0; c < C; c++)
                row[c] += (double)a->h[l].z[n * C + i] *
                          (double)w->h[l].attn_c_proj_weight[i * C + c];
    }
    put(s, FROM_ATTENTION_BIAS, l, 0, w->h[l].attn_c_proj_bias);
}

size_t n_contributions(const struct config *cfg)
{
    const size_t L = cfg->n_layer, each = cfg->n_head + 2;

    return cfg->family == GPT1 ? 2 + L * (each + 2) : 2 + L * each + 1;
}

/* The dot products with the token's row of wte, and with that row less the mean row. */
static void push(struct sum *s, const struct config *cfg, const real *wte, size_t token)
{
    const size_t C = s->C, V = cfg->n_vocab;

    for (size_t c = 0; c < C; c++) {
        const double row = (double)wte[token * C + c];
        double mean = 0;

        for (size_t v = 0; v < V; v++)
            mean += (double)wte[v * C + c] / (double)V;
        for (size_t i = 0; i < s->n; i++) {
            s->part[i].push += s->x[i * C + c] * row;
            s->part[i].over_mean += s->x[i * C + c] * (row - mean);
        }
    }
}

void attribute(struct contribution *part, double *x, const struct config *cfg,
               const struct weights *w, const struct acts *a, size_t n, size_t token)
{
    const size_t L = cfg->n_layer, C = cfg->d_model;
    struct sum s = {0, C, part, x};

    put(&s, FROM_TOKEN, 0, 0, a->tok_embed + n * C);
    put(&s, FROM_POSITION, 0, 0, a->pos_embed + n % a->T * C);
    for (size_t l = 0; l < L; l++) {
        const struct block *b = &a->h[l];
        const struct block_weights *p = &w->h[l];

        add_attention(&s, cfg, w, a, l, n);
        if (cfg->family == GPT1)
            pass_norm(&s, l, 1, b->resid_mid + n * C, p->ln_1_weight, p->ln_1_bias, cfg->ln_eps);
        put(&s, FROM_MLP, l, 0, b->mlp_out + n * C);
        if (cfg->family == GPT1)
            pass_norm(&s, l, 2, b->resid_post + n * C, p->ln_2_weight, p->ln_2_bias,
                      cfg->ln_eps);
    }
    if (cfg->family == GPT2)
        pass_norm(&s, L, 0, a->h[L - 1].resid_post + n * C, w->ln_f_weight, w->ln_f_bias,
                  cfg->ln_eps);
    push(&s, cfg, w->wte, token);
}
