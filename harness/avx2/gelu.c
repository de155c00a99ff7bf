/* gelu.c: the Gaussian error linear unit in its tanh form, twin of
 * steps/00_ingredients/gelu.c.
 *
 *     gelu(x) = x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3)))
 *
 * vec_gelu (vector_math.h) is the same function without the tanh: some 20 instructions
 * for LANES numbers, where the step calls the mathematical library for each. out may
 * be in. */
#include "00_ingredients/gelu.h"

#include "vector_math.h"

enum { CHUNK = 4096 };  /* numbers for one thread at a time */

static void gelu_chunk(float *out, const float *in, size_t n)
{
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        vec_store(out + i, vec_gelu(vec_load(in + i)));
    if (i < n)
        vec_store_part(out + i, vec_gelu(vec_load_part(in + i, n - i, 0)), n - i);
}

void gelu(real *out, const real *in, size_t n)
{
    if (n <= CHUNK) {  /* also for callers that are threads */
        gelu_chunk(out, in, n);
        return;
    }
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i += CHUNK)
        gelu_chunk(out + i, in + i, n - i < CHUNK ? n - i : CHUNK);
}
