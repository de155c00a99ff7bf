/* layernorm.c: layer norm, twin of steps/00_ingredients/layernorm.c.
 *
 *     mean = sum of x[c] / C            var = sum of (x[c] - mean)^2 / C
 *     out[c] = (x[c] - mean) / sqrt(var + eps) * gain[c] + bias[c]
 *
 * The row is read three times, as in the step: the variance taken from the sum of squares
 * in the same pass would lose its digits where the mean is large. A row of 768 floats
 * stays in the L1 cache, so only the first time costs anything (row_moments, moments.c).
 * Rows are dealt out to threads. */
#include "00_ingredients/layernorm.h"

#include "moments.h"

enum { ENOUGH = 1 << 14 };  /* numbers from which on threads pay */

static void norm_row(float *y, const float *x, const float *gain, const float *bias, double eps,
                     size_t C)
{
    const struct moments m = row_moments(x, eps, C);
    const vec mean = vec_set1(m.mean), scale = vec_set1(m.scale);
    size_t c = 0;

    for (; c + LANES <= C; c += LANES) {
        const vec norm = vec_mul(vec_sub(vec_load(x + c), mean), scale);
        vec_store(y + c, vec_fma(norm, vec_load(gain + c), vec_load(bias + c)));
    }
    if (c < C) {
        const vec norm = vec_mul(vec_sub(vec_load_part(x + c, C - c, 0), mean), scale);
        vec_store_part(y + c, vec_fma(norm, vec_load_part(gain + c, C - c, 0),
                                      vec_load_part(bias + c, C - c, 0)), C - c);
    }
}

void layernorm(real *out, const real *in, const real *gain, const real *bias, double eps,
               size_t N, size_t C)
{
#pragma omp parallel for schedule(static) if (N > 1 && N * C > ENOUGH)
    for (size_t n = 0; n < N; n++)
        norm_row(out + n * C, in + n * C, gain, bias, eps, C);
}
