/* subject.c: makes a subject of the steps that it is linked with. Compiled once
 * for each built-in subject, with that subject's `real` and name. */
#include "subject.h"

#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "ops.h"

/* Bytes that make NaN: what an op left in memory must not pass for another one's result. */
enum { UNWRITTEN = 0xff };

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
    memset(p->a.qkv, UNWRITTEN, N * 3 * g->cfg.d_model * sizeof(real));
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

static bool run_forward(const struct subject *self, const struct graph *g,
                        void *const weight[], const int *tokens, const int *targets,
                        void *const tensor[])
{
    struct pass p;
    const bool ok = pass_begin(&p, g, weight, tensor);

    p.a.tokens = tokens;
    p.a.targets = targets;
    if (ok)
        self->ops->forward(&g->cfg, &p.w, &p.a);
    pass_end(&p);
    return ok;
}

static bool run_backward(const struct subject *self, const struct graph *g,
                         void *const weight[], const int *tokens, const int *targets,
                         void *const tensor[], void *const dtensor[], void *const dweight[])
{
    struct pass p, d;
    const bool there = pass_begin(&p, g, weight, tensor);
    const bool ok = pass_begin(&d, g, dweight, dtensor) && there;

    p.a.tokens = tokens;
    p.a.targets = targets;
    if (ok)
        self->ops->backward(&g->cfg, &p.w, &p.a, &d.w, &d.a);
    pass_end(&p);
    pass_end(&d);
    return ok;
}

static bool run_part(const struct subject *self, const struct graph *g, void *const weight[],
                     const int *tokens, const int *targets, void *const tensor[], int step,
                     size_t layer)
{
    struct pass p;
    const bool ok = pass_begin(&p, g, weight, tensor);

    p.a.tokens = tokens;
    p.a.targets = targets;
    if (ok && step == 2)
        self->ops->forward_embed(&g->cfg, &p.w, &p.a);
    if (ok && step == 3)
        self->ops->forward_attention(&g->cfg, &p.w, &p.a, layer);
    if (ok && step == 4)
        self->ops->forward_mlp(&g->cfg, &p.w, &p.a, layer);
    if (ok && step == 5)
        self->ops->forward_unembed(&g->cfg, &p.w, &p.a);
    pass_end(&p);
    return ok;
}

static bool run_qkv(const struct subject *self, const struct call *c)
{
    const struct ops *f = self->ops;
    const struct config *cfg = &c->graph->cfg;
    const size_t B = c->graph->B, T = c->graph->T, C = cfg->d_model, H = cfg->n_head;
    real *qkv = malloc(B * T * 3 * C * sizeof *qkv);

    if (!qkv)
        return false;
    if (self->owns)
        memset(qkv, UNWRITTEN, B * T * 3 * C * sizeof *qkv);
    f->linear(qkv, c->in[0], c->weight[0], c->weight[1], B * T, C, 3 * C);
    f->split_heads(c->out[0], c->out[1], c->out[2], qkv, B, T, H, C / H);
    free(qkv);
    return true;
}

/* Where only softmax is the subject's own, it is applied row by row. */
static void run_pattern(const struct ops *f, real *pattern, const real *scores, size_t B,
                        size_t H, size_t T)
{
    if (f->attention_pattern) {
        f->attention_pattern(pattern, scores, B, H, T);
        return;
    }
    for (size_t i = 0; i < B * H * T; i++) {
        const size_t seen = i % T + 1;
        real *row = pattern + i * T;  /* [T] */

        f->softmax(row, scores + i * T, seen);
        memset(row + seen, 0, (T - seen) * sizeof *row);
    }
}

static void run_mlp(const struct ops *f, const struct call *c)
{
    const struct config *cfg = &c->graph->cfg;
    const struct block_weights p = {  /* mlp reads them */
        .c_fc_weight = (real *)c->weight[0], .c_fc_bias = (real *)c->weight[1],
        .mlp_c_proj_weight = (real *)c->weight[2], .mlp_c_proj_bias = (real *)c->weight[3],
    };

    f->mlp(c->out[2], c->out[0], c->out[1], c->in[0], &p, c->graph->B * c->graph->T,
           cfg->d_model, cfg->d_ff);
}

static bool run_op(const struct subject *self, const struct call *c)
{
    const struct ops *f = self->ops;
    const struct config *cfg = &c->graph->cfg;
    const struct node *node = c->first;
    const size_t B = c->graph->B, T = c->graph->T, N = B * T;
    const size_t C = cfg->d_model, H = cfg->n_head, D = C / H, V = cfg->n_vocab;
    void *out = c->out[0];
    const void *const *in = c->in, *const *w = c->weight;

    switch (node->op) {
    case OP_EMBED_TOKENS:    f->embed_tokens(out, c->tokens, w[0], N, C); break;
    case OP_EMBED_POSITIONS: f->embed_positions(out, w[0], T, C); break;
    case OP_EMBED_SUM:       f->embed_sum(out, in[0], in[1], B, T, C); break;
    case OP_COPY:            memcpy(out, in[0], node->count * sizeof(real)); break;
    case OP_LAYERNORM:       f->layernorm(out, in[0], w[0], w[1], cfg->ln_eps, N, C); break;
    case OP_QKV:             return run_qkv(self, c);
    case OP_SCORES:          f->attention_scores(out, in[0], in[1], B, H, T, D); break;
    case OP_PATTERN:         run_pattern(f, out, in[0], B, H, T); break;
    case OP_MIX:             f->attention_mix(out, in[0], in[1], B, H, T, D); break;
    case OP_LINEAR:
        if (c->out[1])
            run_mlp(f, c);
        else
            f->linear(out, in[0], w[0], w[1], N, node->depth, node->dim[2]);
        break;
    case OP_ADD:             f->add(out, in[0], in[1], node->count); break;
    case OP_GELU:            f->gelu(out, in[0], node->count); break;
    case OP_UNEMBED:         f->unembed(out, in[0], w[0], N, C, V); break;
    case OP_LOSS:            f->cross_entropy(out, in[0], c->targets, N, V); break;
    }
    return true;
}

static bool run_qkv_backward(const struct ops *f, const struct call *c)
{
    const struct config *cfg = &c->graph->cfg;
    const size_t B = c->graph->B, T = c->graph->T, C = cfg->d_model, H = cfg->n_head;
    real *dqkv = calloc(B * T * 3 * C, sizeof *dqkv);

    if (!dqkv)
        return false;
    f->split_heads_backward(dqkv, c->dout[0], c->dout[1], c->dout[2], B, T, H, C / H);
    f->linear_backward(c->din[0], c->dweight[0], c->dweight[1], dqkv, c->in[0], c->weight[0],
                       B * T, C, 3 * C);
    free(dqkv);
    return true;
}

static bool run_op_backward(const struct subject *self, const struct call *c)
{
    const struct ops *f = self->ops;
    const struct config *cfg = &c->graph->cfg;
    const struct node *node = c->first;
    const size_t B = c->graph->B, T = c->graph->T, N = B * T;
    const size_t C = cfg->d_model, H = cfg->n_head, D = C / H, V = cfg->n_vocab;
    const void *dout = c->dout[0];
    const void *const *in = c->in, *const *w = c->weight;
    void *const *din = c->din, *const *dw = c->dweight;

    switch (node->op) {
    case OP_EMBED_TOKENS:    f->embed_tokens_backward(dw[0], dout, c->tokens, N, C); break;
    case OP_EMBED_POSITIONS: f->embed_positions_backward(dw[0], dout, T, C); break;
    case OP_EMBED_SUM:       f->embed_sum_backward(din[0], din[1], dout, B, T, C); break;
    case OP_COPY:            f->add_backward(din[0], dout, node->count); break;
    case OP_LAYERNORM:
        f->layernorm_backward(din[0], dw[0], dw[1], dout, in[0], w[0], cfg->ln_eps, N, C);
        break;
    case OP_QKV:             return run_qkv_backward(f, c);
    case OP_SCORES:
        f->attention_scores_backward(din[0], din[1], dout, in[0], in[1], B, H, T, D);
        break;
    case OP_PATTERN:
        f->attention_pattern_backward(din[0], dout, c->made[0], B, H, T);
        break;
    case OP_MIX:
        f->attention_mix_backward(din[0], din[1], dout, in[0], in[1], B, H, T, D);
        break;
    case OP_LINEAR:
        f->linear_backward(din[0], dw[0], dw[1], dout, in[0], w[0], N, node->depth, node->dim[2]);
        break;
    case OP_ADD:
        f->add_backward(din[0], dout, node->count);
        f->add_backward(din[1], dout, node->count);
        break;
    case OP_GELU:            f->gelu_backward(din[0], dout, in[0], node->count); break;
    case OP_UNEMBED:         f->unembed_backward(din[0], dw[0], dout, in[0], w[0], N, C, V); break;
    case OP_LOSS:
        f->cross_entropy_backward(din[0], *(const real *)dout, in[0], c->targets, N, V);
        break;
    }
    return true;
}

#define TEXT_OF(name) #name
#define TEXT(name) TEXT_OF(name)

__attribute__((visibility("default"))) const struct subject *touchstone_subject(void)
{
#define POINTER(name) name,
    static const struct ops ops = {OPS(POINTER)};
    static const struct subject self = {
        .version = SUBJECT_VERSION, .name = TEXT(SUBJECT), .width = sizeof(real),
        .forward = run_forward, .op = run_op, .backward = run_backward,
        .op_backward = run_op_backward, .part = run_part, .engine = &subject_engine,
        .cases = &subject_cases, .ops = &ops,
    };
    return &self;
}
