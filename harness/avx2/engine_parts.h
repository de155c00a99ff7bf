/* engine_parts.h: what the engine of the fast subjects holds, for its files engine*.c. */
#ifndef ENGINE_PARTS_H
#define ENGINE_PARTS_H

#include <stdbool.h>

#include "engine.h"
#include "log_sum.h"
#include "matmul.h"
#include "packed.h"

/* Tensors of one block: what a forward pass computes and backward reads. Their names are
 * those of struct block in gpt.h; of the others nothing is written down. */
struct kept {
    float *in;           /* [N, C] what the block reads: the layer before's `next` */
    float *ln_1;         /* [N, C] */
    float *qkv;          /* [N, 3C] heads not split */
    float *log_sum;      /* [B, H, T] logarithms of the softmax's denominators */
    float *z;            /* [N, C] */
    float *resid_mid;    /* [N, C] */
    float *ln_2;         /* [N, C] */
    float *mlp_pre;      /* [N, F] */
    float *mlp_post;     /* [N, F] */
    float *resid_post;   /* [N, C] */
};

/* The weights of one block as pack_weight leaves them. */
struct packed_block {
    float *c_attn, *attn_c_proj, *c_fc, *mlp_c_proj;
};

/* Gradients of one block's tensors: room for one at a time. */
struct gradients {
    float *x;            /* [N, C] at the stream */
    float *y;            /* [N, C] at what a layer norm made, and others of that size */
    float *qkv;          /* [N, 3C] */
    float *post, *pre;   /* [N, F] */
};

/* The linear maps of a block, in their order. */
enum map { C_ATTN, ATTN_C_PROJ, C_FC, MLP_C_PROJ, MAPS };

/* What decoding needs. */
struct decoding {
    float *k, *v;        /* [L, P, C] */
    float *scores;       /* [H, P] */
    float *x;            /* [C] the stream */
    float *mid;          /* [C] */
    float *qkv;          /* [3C] */
    float *z;            /* [C] */
    float *post;         /* [F] */
    float *own;          /* [threads, 2, C] vectors that each thread computes for itself */
    struct meeting *meeting;
    _Atomic size_t *taken;  /* [L, MAPS] for deal_out, and one for the logits */
};

struct engine {
    const struct graph *g;
    int threads;
    size_t B, T;                 /* of the pass that is on: the graph's, or a prompt's */
    bool fills_cache;            /* its keys and values go into the cache, too */
    real **weight, **dweight;    /* the caller's */
    struct weights w, dw;
    void *memory;                /* all arrays below */
    size_t size;
    bool packed_now;             /* packed holds the present weights */
    struct packed_block *packed; /* [L] */
    float *packed_wte;
    struct kept *kept;           /* [L] of a pass that was kept */
    struct kept passing;         /* of one that was not: each block writes over the last */
    float *ln_f;                 /* [N, C] */
    float *logits;               /* [N, stride] of a pass that was kept, or NULL for none */
    size_t logits_stride;        /* V, and what fills a cache line */
    struct log_sum *piece;       /* [N, pieces] softmax of MATMUL_GRAIN logits each */
    struct log_sum *row;         /* [N] and of all */
    float *target_logit;         /* [N] */
    double *surprise;            /* [N] */
    struct gradients d;
    struct decoding t;
    struct room room;            /* for matmul, and its memory for attention */
    void (*done)(void *context, const char *op, int layer);  /* engine_ops.watch, or NULL */
    void *context;
};

/* Tells whoever watches that an op is done. */
void engine_tell(const struct engine *e, const char *op, size_t layer);
enum { NO_LAYER = -1 };

/* engine_memory.c: gives every pointer of an engine its array; false: no memory. */
bool engine_take_memory(struct engine *e);
void engine_give_memory(struct engine *e);

/* engine.c: packs all weights, where they have changed. */
void engine_pack(struct engine *e);

/* engine_forward.c: tokens to what the unembedding reads, [N, C]. */
const float *engine_layers(struct engine *e, const int *tokens, bool keep);

/* engine_loss.c: from there to logits, which are written unless NULL, and the loss; and
 * back: the gradient at `top`, and dwte, which is set. */
double engine_loss(struct engine *e, const float *top, const int *targets, float *logits,
                   bool keep);
void engine_loss_backward(struct engine *e, float *dtop, float *dwte, const float *top,
                          const int *targets);

/* engine_backward.c: engine_ops.backward. */
void engine_backward(struct engine *e, const int *tokens, const int *targets);

/* engine_decode.c: engine_ops.decode. */
void engine_decode(struct engine *e, float *logits, size_t position, int token);

/* engine_decode.c: keys and values of layer l, from where c_attn left them, qkv [T, 3C], into
 * the cache, from position 0 on. */
void engine_fill_cache(const struct engine *e, const float *qkv, size_t l);

/* engine_decode.c: the logits [V] of what engine_layers made of one token, top [C]. */
void engine_logits_of(const struct engine *e, float *logits, const float *top);

#endif
