/* attention_backward.c: the gradient of attention, from the mixed values back to
 * queries, keys and values.
 *
 *     forward:   score[t][s] = q[t] . k[s] / sqrt(D)     for s up to t
 *                share[t]    = softmax(score[t])
 *                z[t]        = sum over s of share[t][s] * v[s]
 *
 *     dshare[t][s] = dz[t] . v[s]
 *     dv[s]        = sum over t of share[t][s] * dz[t]
 *     dscore[t][s] = share[t][s] * (dshare[t][s] - sum over r of share[t][r] * dshare[t][r])
 *     dq[t]        = sum over s of dscore[t][s] * k[s] / sqrt(D)
 *     dk[s]        = sum over t of dscore[t][s] * q[t] / sqrt(D)
 *
 * The softmax: a score that rises takes its share from all others. So what counts
 * is not how good a key would be, but how much better than the mean of what the
 * query gets now; hence the sum that is subtracted. All loops stop at s = t as
 * the forward ones do: a later token has no part in an earlier one. */
#include "attention_backward.h"

#include <tgmath.h>

void attention_mix_backward(real *dpattern, real *dv, const real *dz, const real *pattern,
                            const real *v, size_t B, size_t H, size_t T, size_t D)
{
    for (size_t b = 0; b < B; b++)
        for (size_t h = 0; h < H; h++)
            for (size_t t = 0; t < T; t++) {
                const real *dout = dz + ((b * T + t) * H + h) * D;  /* [D] */
                const size_t head = (b * H + h) * T;

                for (size_t s = 0; s <= t; s++) {
                    real dot = 0;
                    for (size_t d = 0; d < D; d++) {
                        dot += dout[d] * v[(head + s) * D + d];
                        dv[(head + s) * D + d] += pattern[(head + t) * T + s] * dout[d];
                    }
                    dpattern[(head + t) * T + s] += dot;
                }
            }
}

void attention_pattern_backward(real *dscores, const real *dpattern, const real *pattern,
                                size_t B, size_t H, size_t T)
{
    for (size_t bh = 0; bh < B * H; bh++)
        for (size_t t = 0; t < T; t++) {
            const real *share = pattern + (bh * T + t) * T;    /* [T] */
            const real *dshare = dpattern + (bh * T + t) * T;  /* [T] */

            real mean = 0;
            for (size_t s = 0; s <= t; s++)
                mean += share[s] * dshare[s];
            for (size_t s = 0; s <= t; s++)
                dscores[(bh * T + t) * T + s] += share[s] * (dshare[s] - mean);
        }
}

void attention_scores_backward(real *dq, real *dk, const real *dscores, const real *q,
                               const real *k, size_t B, size_t H, size_t T, size_t D)
{
    const real scale = 1 / sqrt((real)D);

    for (size_t bh = 0; bh < B * H; bh++)
        for (size_t t = 0; t < T; t++)
            for (size_t s = 0; s <= t; s++) {
                const real dscore = dscores[(bh * T + t) * T + s] * scale;

                for (size_t d = 0; d < D; d++) {
                    dq[(bh * T + t) * D + d] += dscore * k[(bh * T + s) * D + d];
                    dk[(bh * T + s) * D + d] += dscore * q[(bh * T + t) * D + d];
                }
            }
}

void split_heads_backward(real *dqkv, const real *dq, const real *dk, const real *dv,
                          size_t B, size_t T, size_t H, size_t D)
{
    const size_t C = H * D;

    for (size_t b = 0; b < B; b++)
        for (size_t h = 0; h < H; h++)
            for (size_t t = 0; t < T; t++)
                for (size_t d = 0; d < D; d++) {
                    real *row = dqkv + (b * T + t) * 3 * C;  /* [3C] q, k, v */
                    const size_t from = ((b * H + h) * T + t) * D + d;

                    row[h * D + d] += dq[from];
                    row[C + h * D + d] += dk[from];
                    row[2 * C + h * D + d] += dv[from];
                }
}
