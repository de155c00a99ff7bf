/* attention.c: attention with all its tensors, twin of steps/03_attention/attention.c,
 * where it is explained.
 *
 *     score[s] = q[t] . k[s] / sqrt(D)   for s up to t,   share = softmax(score)
 *     z[t]     = sum over s of share[s] * v[s]
 *
 * This is what runs where every tensor is asked for. Where only z is, attention_fused.c
 * does without the T x T matrices and is several times as fast. */
#include "03_attention/attention.h"

#include <math.h>
#include <string.h>

#include "00_ingredients/softmax.h"
#include "attention_rows.h"

enum { ROWS = 8 };  /* queries for one thread at a time */

void split_heads(real *q, real *k, real *v, const real *qkv,
                 size_t B, size_t T, size_t H, size_t D)
{
    const size_t C = H * D;

#pragma omp parallel for schedule(static) if (B * T > ROWS)
    for (size_t n = 0; n < B * T; n++)
        for (size_t h = 0; h < H; h++) {
            const real *row = qkv + n * 3 * C + h * D;  /* [D] of q; k and v follow */
            const size_t to = ((n / T * H + h) * T + n % T) * D;

            memcpy(q + to, row, D * sizeof(real));
            memcpy(k + to, row + C, D * sizeof(real));
            memcpy(v + to, row + 2 * C, D * sizeof(real));
        }
}

void attention_scores(real *scores, const real *q, const real *k,
                      size_t B, size_t H, size_t T, size_t D)
{
    const real scale = 1 / sqrtf((real)D);

#pragma omp parallel for schedule(static, ROWS) if (B * H * T > ROWS)
    for (size_t n = 0; n < B * H * T; n++) {
        const size_t t = n % T;
        real *row = scores + n * T;  /* [T] */

        dot_rows(row, q + n * D, (struct rows){k + (n - t) * D, D, t + 1}, scale, D, false);
        memset(row + t + 1, 0, (T - t - 1) * sizeof(real));
    }
}

void attention_pattern(real *pattern, const real *scores, size_t B, size_t H, size_t T)
{
#pragma omp parallel for schedule(static, ROWS) if (B * H * T > ROWS)
    for (size_t n = 0; n < B * H * T; n++) {
        const size_t t = n % T;

        softmax(pattern + n * T, scores + n * T, t + 1);
        memset(pattern + n * T + t + 1, 0, (T - t - 1) * sizeof(real));
    }
}

void attention_mix(real *z, const real *pattern, const real *v,
                   size_t B, size_t H, size_t T, size_t D)
{
#pragma omp parallel for schedule(static, ROWS) if (B * H * T > ROWS)
    for (size_t n = 0; n < B * H * T; n++) {
        const size_t t = n % T, h = n / T % H, b = n / T / H;
        real *out = z + ((b * T + t) * H + h) * D;  /* [D] */

        memset(out, 0, D * sizeof(real));
        mix_rows(out, pattern + n * T, 1, (struct rows){v + (n - t) * D, D, t + 1}, 1, D);
    }
}
