/* subject.c: makes a subject of the steps that it is linked with. Compiled once
 * for each built-in subject, with that subject's `real` and name. */
#include "subject.h"

#include <stdlib.h>
#include <string.h>

#include "00_ingredients/add.h"
#include "00_ingredients/gelu.h"
#include "00_ingredients/layernorm.h"
#include "00_ingredients/linear.h"
#include "02_embed/embed.h"
#include "03_attention/attention.h"
#include "05_unembed/loss.h"
#include "05_unembed/unembed.h"
#include "07_backprop/add_backward.h"
#include "07_backprop/attention_backward.h"
#include "07_backprop/backward.h"
#include "07_backprop/embed_backward.h"
#include "07_backprop/gelu_backward.h"
#include "07_backprop/layernorm_backward.h"
#include "07_backprop/linear_backward.h"
#include "07_backprop/loss_backward.h"
#include "07_backprop/unembed_backward.h"

/* The structs of one pass, with room for the blocks' pointers. */
struct pass {
    struct weights w;
    struct acts a;
    real **pointer;
};

static bool pass_begin(struct pass *p, const struct graph *g, void *const weight[],
                       void *const tensor[])
{
    const size_t L = g->cfg.n_layer, N = g->B * g->T;

    *p = (struct pass){.w.h = malloc(L * sizeof *p->w.h),
                       .a = {.B = g->B, .T = g->T, .h = malloc(L * sizeof *p->a.h),
                             .qkv = malloc(N * 3 * g->cfg.d_model * sizeof(real))},
                       .pointer = malloc((g->n_weights + g->n_nodes) * sizeof *p->pointer)};
    if (!p->w.h || !p->a.h || !p->a.qkv || !p->pointer)
        return false;
    for (size_t i = 0; i < g->n_weights; i++)
        p->pointer[i] = weight[i];
    for (size_t i = 0; i < g->n_nodes; i++)
        p->pointer[g->n_weights + i] = tensor[i];
    graph_bind_weights(&p->w, g, p->pointer);
    graph_bind_acts(&p->a, g, p->pointer + g->n_weights);
    return true;
}

static void pass_end(struct pass *p)
{
    free(p->w.h);
    free(p->a.h);
    free(p->a.qkv);
    free(p->pointer);
}

static bool run_forward(const struct graph *g, void *const weight[], const int *tokens,
                        const int *targets, void *const tensor[])
{
    struct pass p;
    const bool ok = pass_begin(&p, g, weight, tensor);

    p.a.tokens = tokens;
    p.a.targets = targets;
    if (ok)
        forward(&g->cfg, &p.w, &p.a);
    pass_end(&p);
    return ok;
}

static bool run_backward(const struct graph *g, void *const weight[], const int *tokens,
                         const int *targets, void *const tensor[], void *const dtensor[],
                         void *const dweight[])
{
    struct pass p, d;
    const bool there = pass_begin(&p, g, weight, tensor);
    const bool ok = pass_begin(&d, g, dweight, dtensor) && there;

    p.a.tokens = tokens;
    p.a.targets = targets;
    if (ok)
        backward(&g->cfg, &p.w, &p.a, &d.w, &d.a);
    pass_end(&p);
    pass_end(&d);
    return ok;
}

static bool run_qkv(const struct call *c)
{
    const struct config *cfg = &c->graph->cfg;
    const size_t B = c->graph->B, T = c->graph->T, C = cfg->d_model, H = cfg->n_head;
    real *qkv = malloc(B * T * 3 * C * sizeof *qkv);

    if (!qkv)
        return false;
    linear(qkv, c->in[0], c->weight[0], c->weight[1], B * T, C, 3 * C);
    split_heads(c->out[0], c->out[1], c->out[2], qkv, B, T, H, C / H);
    free(qkv);
    return true;
}

static bool run_op(const struct call *c)
{
    const struct config *cfg = &c->graph->cfg;
    const struct node *node = c->first;
    const size_t B = c->graph->B, T = c->graph->T, N = B * T;
    const size_t C = cfg->d_model, H = cfg->n_head, D = C / H, V = cfg->n_vocab;
    void *out = c->out[0];
    const void *const *in = c->in, *const *w = c->weight;

    switch (node->op) {
    case OP_EMBED_TOKENS:    embed_tokens(out, c->tokens, w[0], N, C); break;
    case OP_EMBED_POSITIONS: embed_positions(out, w[0], T, C); break;
    case OP_EMBED_SUM:       embed_sum(out, in[0], in[1], B, T, C); break;
    case OP_COPY:            memcpy(out, in[0], node->count * sizeof(real)); break;
    case OP_LAYERNORM:       layernorm(out, in[0], w[0], w[1], cfg->ln_eps, N, C); break;
    case OP_QKV:             return run_qkv(c);
    case OP_SCORES:          attention_scores(out, in[0], in[1], B, H, T, D); break;
    case OP_PATTERN:         attention_pattern(out, in[0], B, H, T); break;
    case OP_MIX:             attention_mix(out, in[0], in[1], B, H, T, D); break;
    case OP_LINEAR:          linear(out, in[0], w[0], w[1], N, node->depth, node->dim[2]); break;
    case OP_ADD:             add(out, in[0], in[1], node->count); break;
    case OP_GELU:            gelu(out, in[0], node->count); break;
    case OP_UNEMBED:         unembed(out, in[0], w[0], N, C, V); break;
    case OP_LOSS:            cross_entropy(out, in[0], c->targets, N, V); break;
    }
    return true;
}

static bool run_qkv_backward(const struct call *c)
{
    const struct config *cfg = &c->graph->cfg;
    const size_t B = c->graph->B, T = c->graph->T, C = cfg->d_model, H = cfg->n_head;
    real *dqkv = calloc(B * T * 3 * C, sizeof *dqkv);

    if (!dqkv)
        return false;
    split_heads_backward(dqkv, c->dout[0], c->dout[1], c->dout[2], B, T, H, C / H);
    linear_backward(c->din[0], c->dweight[0], c->dweight[1], dqkv, c->in[0], c->weight[0], B * T,
                    C, 3 * C);
    free(dqkv);
    return true;
}

static bool run_op_backward(const struct call *c)
{
    const struct config *cfg = &c->graph->cfg;
    const struct node *node = c->first;
    const size_t B = c->graph->B, T = c->graph->T, N = B * T;
    const size_t C = cfg->d_model, H = cfg->n_head, D = C / H, V = cfg->n_vocab;
    const void *dout = c->dout[0];
    const void *const *in = c->in, *const *w = c->weight;
    void *const *din = c->din, *const *dw = c->dweight;

    switch (node->op) {
    case OP_EMBED_TOKENS:    embed_tokens_backward(dw[0], dout, c->tokens, N, C); break;
    case OP_EMBED_POSITIONS: embed_positions_backward(dw[0], dout, T, C); break;
    case OP_EMBED_SUM:       embed_sum_backward(din[0], din[1], dout, B, T, C); break;
    case OP_COPY:            add_backward(din[0], dout, node->count); break;
    case OP_LAYERNORM:
        layernorm_backward(din[0], dw[0], dw[1], dout, in[0], w[0], cfg->ln_eps, N, C);
        break;
    case OP_QKV:             return run_qkv_backward(c);
    case OP_SCORES:
        attention_scores_backward(din[0], din[1], dout, in[0], in[1], B, H, T, D);
        break;
    case OP_PATTERN:         attention_pattern_backward(din[0], dout, c->made[0], B, H, T); break;
    case OP_MIX:
        attention_mix_backward(din[0], din[1], dout, in[0], in[1], B, H, T, D);
        break;
    case OP_LINEAR:
        linear_backward(din[0], dw[0], dw[1], dout, in[0], w[0], N, node->depth, node->dim[2]);
        break;
    case OP_ADD:
        add_backward(din[0], dout, node->count);
        add_backward(din[1], dout, node->count);
        break;
    case OP_GELU:            gelu_backward(din[0], dout, in[0], node->count); break;
    case OP_UNEMBED:         unembed_backward(din[0], dw[0], dout, in[0], w[0], N, C, V); break;
    case OP_LOSS:
        cross_entropy_backward(din[0], *(const real *)dout, in[0], c->targets, N, V);
        break;
    }
    return true;
}

#define TEXT_OF(name) #name
#define TEXT(name) TEXT_OF(name)

__attribute__((visibility("default"))) const struct subject *touchstone_subject(void)
{
    static const struct subject self = {
        SUBJECT_VERSION, TEXT(SUBJECT), sizeof(real), run_forward, run_op, run_backward,
        run_op_backward, &subject_engine,
    };
    return &self;
}
