/* layernorm_backward.c: the gradient of layer norm.
 *
 *     forward:   norm[c] = (x[c] - mean) / sqrt(var + eps)
 *                out[c]  = norm[c] * gain[c] + bias[c]
 *
 *     dbias[c] = sum over n of dout[c]
 *     dgain[c] = sum over n of dout[c] * norm[c]
 *     dnorm[c] = dout[c] * gain[c]
 *     dx[c]    = (dnorm[c] - mean(dnorm) - norm[c] * mean(dnorm * norm)) / sqrt(var + eps)
 *
 * An input moves its own norm, and through the mean and the variance all others
 * of its vector. Adding one number to all inputs changes nothing, nor does (but
 * for eps) multiplying them by one: so of dnorm the part that is the same for all
 * and the part along norm are taken out, and that is what the two means do. */
#include "layernorm_backward.h"

#include <tgmath.h>

void layernorm_backward(real *din, real *dgain, real *dbias, const real *dout, const real *in,
                        const real *gain, double eps, size_t N, size_t C)
{
    for (size_t n = 0; n < N; n++) {
        const real *x = in + n * C;      /* [C] */
        const real *dy = dout + n * C;   /* [C] */

        real mean = 0, var = 0;
        for (size_t c = 0; c < C; c++)
            mean += x[c];
        mean /= (real)C;
        for (size_t c = 0; c < C; c++)
            var += (x[c] - mean) * (x[c] - mean);
        var /= (real)C;
        const real scale = 1 / sqrt(var + (real)eps);

        real dnorm_mean = 0, dnorm_norm_mean = 0;
        for (size_t c = 0; c < C; c++) {
            const real norm = (x[c] - mean) * scale;
            dbias[c] += dy[c];
            dgain[c] += dy[c] * norm;
            dnorm_mean += dy[c] * gain[c];
            dnorm_norm_mean += dy[c] * gain[c] * norm;
        }
        dnorm_mean /= (real)C;
        dnorm_norm_mean /= (real)C;

        for (size_t c = 0; c < C; c++) {
            const real norm = (x[c] - mean) * scale;
            din[n * C + c] += (dy[c] * gain[c] - dnorm_mean - norm * dnorm_norm_mean) * scale;
        }
    }
}
