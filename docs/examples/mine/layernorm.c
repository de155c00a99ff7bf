/* layernorm.c: a layer norm of one's own, checked by `touchstone check --subject`. It takes
 * mean and variance in one pass over the vector, by Welford's method (Welford, "Note on a
 * method for calculating corrected sums of squares and products" (1962)), where the step
 * takes two. With -DBIASED=1 it makes a common mistake: it divides by C - 1, as for the
 * variance of a sample. docs/your-own-functions.md compiles it. */
#include "ops.h"

#include <math.h>

#ifndef BIASED
#define BIASED 0
#endif

void layernorm(real *out, const real *in, const real *gain, const real *bias, double eps,
               size_t N, size_t C)
{
    for (size_t n = 0; n < N; n++) {
        const real *x = in + n * C;  /* [C] */
        double mean = 0, squares = 0;

        for (size_t c = 0; c < C; c++) {
            const double before = x[c] - mean;
            mean += before / (double)(c + 1);
            squares += before * (x[c] - mean);
        }
        const double scale = 1 / sqrt(squares / (double)(C - BIASED) + eps);
        for (size_t c = 0; c < C; c++)
            out[n * C + c] = (real)((x[c] - mean) * scale) * gain[c] + bias[c];
    }
}
