#ifndef ATTENTION_H
#define ATTENTION_H

#include "gpt.h"

/* Deals the columns of qkv out to heads.
 * q, k, v [B, H, T, D]; qkv [B, T, 3C], C = H * D. */
void split_heads(real *q, real *k, real *v, const real *qkv,
                 size_t B, size_t T, size_t H, size_t D);

/* How well each query fits each key that it may see; 0 where it may not.
 * scores [B, H, T, T]; q, k [B, H, T, D]. */
void attention_scores(real *scores, const real *q, const real *k,
                      size_t B, size_t H, size_t T, size_t D);

/* The share of its attention that each token gives to each one up to itself;
 * 0 beyond. pattern [B, H, T, T]; scores [B, H, T, T]. */
void attention_pattern(real *pattern, const real *scores, size_t B, size_t H, size_t T);

/* The values, mixed by these shares, with the heads side by side again.
 * z [B, T, C], C = H * D; pattern [B, H, T, T]; v [B, H, T, D]. */
void attention_mix(real *z, const real *pattern, const real *v,
                   size_t B, size_t H, size_t T, size_t D);

#endif
