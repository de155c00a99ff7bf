#ifndef ATTENTION_BACKWARD_H
#define ATTENTION_BACKWARD_H

#include "gpt.h"

/* Each adds the gradient of the function of that name in 03_attention/attention.h to
 * its first arguments. dz [B, T, C]; dpattern, dscores, pattern [B, H, T, T], 0 above
 * the diagonal; dq, dk, dv, q, k, v [B, H, T, D]; dqkv [B, T, 3C]. */
void attention_mix_backward(real *dpattern, real *dv, const real *dz, const real *pattern,
                            const real *v, size_t B, size_t H, size_t T, size_t D);
void attention_pattern_backward(real *dscores, const real *dpattern, const real *pattern,
                                size_t B, size_t H, size_t T);
void attention_scores_backward(real *dq, real *dk, const real *dscores, const real *q,
                               const real *k, size_t B, size_t H, size_t T, size_t D);
void split_heads_backward(real *dqkv, const real *dq, const real *dk, const real *dv,
                          size_t B, size_t T, size_t H, size_t D);

#endif
