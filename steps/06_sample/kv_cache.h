#ifndef KV_CACHE_H
#define KV_CACHE_H

#include "gpt.h"

/* The keys and values of the tokens so far, and room for the vectors of one more.
 * To take the last tokens back, lower `t`. */
struct kv_cache {
    size_t t;      /* tokens in the cache, at most P; the position of the next */
    real *k, *v;   /* [L, H, P, D] of which [l][h][0 .. t-1] are filled */
    real *x;       /* [C] the stream */
    real *normed;  /* [C] after a layer norm */
    real *qkv;     /* [3C] */
    real *scores;  /* [P] */
    real *z;       /* [C] */
    real *added;   /* [C] what attention or MLP adds */
    real *pre;     /* [F] inside the MLP, before GELU */
    real *post;    /* [F] and after it */
};

/* How many numbers a cache needs, and an empty cache in that much memory, which
 * stays the caller's. */
size_t kv_cache_size(const struct config *cfg);
struct kv_cache kv_cache_begin(const struct config *cfg, real *memory);

/* Adds one token to the cache and scores its successors.
 * logits [V], or NULL where they are not wanted; c->t is below P before. */
void kv_cache_forward(real *logits, struct kv_cache *c, const struct config *cfg,
                   const struct weights *w, int token);

#endif
