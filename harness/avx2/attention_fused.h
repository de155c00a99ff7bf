/* attention_fused.h: attention without the T x T matrix, for the engine. */
#ifndef ATTENTION_FUSED_H
#define ATTENTION_FUSED_H

#include <stddef.h>

#include "threads.h"

/* z, and where log_sum is not NULL the logarithm of each softmax's denominator, which the
 * gradient needs. z [B, T, C], C = H * D; log_sum [B, H, T]; qkv [B, T, 3C] as c_attn
 * leaves it; room: attention_room floats, 64-byte aligned. At most `threads`, 0 for one a
 * core. */
void attention_fused(float *z, float *log_sum, const float *qkv, float *room,
                     size_t B, size_t T, size_t H, size_t D, int threads);
size_t attention_room(size_t T, size_t D, int threads);

/* The gradient at qkv, which is set, not added to: dqkv [B, T, 3C] from dz [B, T, C] and
 * what the forward pass read and wrote. room: attention_backward_room floats. */
void attention_fused_backward(float *dqkv, const float *dz, const float *qkv, const float *z,
                              const float *log_sum, float *room,
                              size_t B, size_t T, size_t H, size_t D, int threads);
size_t attention_backward_room(size_t T, size_t D, int threads);

/* One token, for some heads, which is how threads may share them out. z, q [H, D]; keys, values
 * [n, C], the last row its own; scores [H, P], written to; n is at most P. */
void attention_decode(float *z, float *scores, const float *q, const float *keys,
                      const float *values, struct range heads, size_t n, size_t P, size_t C,
                      size_t D);

#endif
