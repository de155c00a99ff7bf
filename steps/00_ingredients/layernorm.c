/* layernorm.c: layer norm, the "weight and balance" of every vector.
 *
 *     mean = sum of x[c] / C            var = sum of (x[c] - mean)^2 / C
 *     out[c] = (x[c] - mean) / sqrt(var + eps) * gain[c] + bias[c]
 *
 * Ba, Kiros and Hinton, "Layer Normalization" (2016), equations 3 and 4. The
 * variance is the biased one, divided by C and not C - 1, and eps stands inside
 * the root (openai/gpt-2 src/model.py, `norm`). */
#include "layernorm.h"

#include <tgmath.h>

void layernorm(real *out, const real *in, const real *gain, const real *bias, double eps,
               size_t N, size_t C)
{
    for (size_t n = 0; n < N; n++) {
        const real *x = in + n * C;  /* [C] */
        real *y = out + n * C;       /* [C] */

        real mean = 0;
        for (size_t c = 0; c < C; c++)
            mean += x[c];
        mean /= (real)C;

        real var = 0;
        for (size_t c = 0; c < C; c++)
            var += (x[c] - mean) * (x[c] - mean);
        var /= (real)C;

        const real scale = 1 / sqrt(var + (real)eps);
        for (size_t c = 0; c < C; c++)
            y[c] = (x[c] - mean) * scale * gain[c] + bias[c];
    }
}
