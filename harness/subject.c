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

static bool run_forward(const struct graph *g, void *const weight[], const int *tokens,
                        const int *targets, void *const tensor[])
{
    const size_t L = g->cfg.n_layer, N = g->B * g->T;
    struct weights w = {.h = malloc(L * sizeof *w.h)};
    struct acts a = {.B = g->B, .T = g->T, .tokens = tokens, .targets = targets,
                     .h = malloc(L * sizeof *a.h),
                     .qkv = malloc(N * 3 * g->cfg.d_model * sizeof(real))};
    real **pointer = malloc((g->n_weights + g->n_nodes) * sizeof *pointer);
    const bool ok = w.h && a.h && a.qkv && pointer;

    if (ok) {
        for (size_t i = 0; i < g->n_weights; i++)
            pointer[i] = weight[i];
        for (size_t i = 0; i < g->n_nodes; i++)
            pointer[g->n_weights + i] = tensor[i];
        graph_bind_weights(&w, g, pointer);
        graph_bind_acts(&a, g, pointer + g->n_weights);
        forward(&g->cfg, &w, &a);
    }
    free(w.h);
    free(a.h);
    free(a.qkv);
    free(pointer);
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

#define TEXT_OF(name) #name
#define TEXT(name) TEXT_OF(name)

__attribute__((visibility("default"))) const struct subject *touchstone_subject(void)
{
    static const struct subject self = {
        SUBJECT_VERSION, TEXT(SUBJECT), sizeof(real), run_forward, run_op,
    };
    return &self;
}
