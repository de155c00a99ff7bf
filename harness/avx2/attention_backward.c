/* attention_backward.c: the gradient of attention with all its tensors, twin of
 * steps/07_backprop/attention_backward.c, where it is explained.
 *
 *     dshare[t][s] = dz[t] . v[s]
 *     dv[s]        = sum over t of share[t][s] * dz[t]
 *     dscore[t][s] = share[t][s] * (dshare[t][s] - sum over r of share[t][r] * dshare[t][r])
 *     dq[t]        = sum over s of dscore[t][s] * k[s] / sqrt(D)
 *     dk[s]        = sum over t of dscore[t][s] * q[t] / sqrt(D)
 *
 * The step adds to dv[s] and dk[s] whenever a query t comes by. Here each is one sum over
 * its queries, so that threads share out what is added to. */
#include "07_backprop/attention_backward.h"

#include <math.h>

#include "attention_rows.h"
#include "vector.h"

enum { ROWS = 8 };

void attention_mix_backward(real *dpattern, real *dv, const real *dz, const real *pattern,
                            const real *v, size_t B, size_t H, size_t T, size_t D)
{
#pragma omp parallel for schedule(static, ROWS) if (B * H * T > ROWS)
    for (size_t n = 0; n < B * H * T; n++) {
        const size_t t = n % T, h = n / T % H, b = n / T / H, C = H * D;
        const real *dout = dz + (b * T + t) * C + h * D;  /* [D], and later rows below */

        dot_rows(dpattern + n * T, dout, (struct rows){v + (n - t) * D, D, t + 1}, 1, D, true);
        mix_rows(dv + n * D, pattern + n * T + t, T, (struct rows){dout, C, T - t}, 1, D);
    }
}

/* The gradient of one softmax of n numbers. */
static void softmax_backward(real *dscore, const real *dshare, const real *share, size_t n)
{
    vec mean = vec_zero();

    for (size_t s = 0; s < n; s += LANES) {
        const size_t part = n - s < LANES ? n - s : LANES;
        mean = vec_fma(vec_load_part(share + s, part, 0), vec_load_part(dshare + s, part, 0),
                       mean);
    }
    mean = vec_set1(vec_sum(mean));
    for (size_t s = 0; s < n; s += LANES) {
        const size_t part = n - s < LANES ? n - s : LANES;
        const vec d = vec_sub(vec_load_part(dshare + s, part, 0), mean);
        vec_store_part(dscore + s, vec_fma(vec_load_part(share + s, part, 0), d,
                                           vec_load_part(dscore + s, part, 0)), part);
    }
}

void attention_pattern_backward(real *dscores, const real *dpattern, const real *pattern,
                                size_t B, size_t H, size_t T)
{
#pragma omp parallel for schedule(static, ROWS) if (B * H * T > ROWS)
    for (size_t n = 0; n < B * H * T; n++)
        softmax_backward(dscores + n * T, dpattern + n * T, pattern + n * T, n % T + 1);
}

void attention_scores_backward(real *dq, real *dk, const real *dscores, const real *q,
                               const real *k, size_t B, size_t H, size_t T, size_t D)
{
    const real scale = 1 / sqrtf((real)D);

#pragma omp parallel for schedule(static, ROWS) if (B * H * T > ROWS)
    for (size_t n = 0; n < B * H * T; n++) {
        const size_t t = n % T;
        const struct rows keys = {k + (n - t) * D, D, t + 1}, queries = {q + n * D, D, T - t};

        mix_rows(dq + n * D, dscores + n * T, 1, keys, scale, D);
        mix_rows(dk + n * D, dscores + n * T + t, T, queries, scale, D);
    }
}

/* to [D] += from [D] */
static void add_row(real *to, const real *from, size_t D)
{
    for (size_t d = 0; d < D; d += LANES) {
        const size_t n = D - d < LANES ? D - d : LANES;
        vec_store_part(to + d, vec_add(vec_load_part(to + d, n, 0),
                                       vec_load_part(from + d, n, 0)), n);
    }
}

void split_heads_backward(real *dqkv, const real *dq, const real *dk, const real *dv,
                          size_t B, size_t T, size_t H, size_t D)
{
    const size_t C = H * D;

#pragma omp parallel for schedule(static) if (B * T > ROWS)
    for (size_t n = 0; n < B * T; n++)
        for (size_t h = 0; h < H; h++) {
            real *row = dqkv + n * 3 * C + h * D;  /* [D] of q; k and v follow */
            const size_t from = ((n / T * H + h) * T + n % T) * D;

            add_row(row, dq + from, D);
            add_row(row + C, dk + from, D);
            add_row(row + 2 * C, dv + from, D);
        }
}
