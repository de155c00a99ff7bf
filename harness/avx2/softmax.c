/* softmax.c: from any numbers to shares of a whole, twin of steps/00_ingredients/softmax.c.
 *
 *     out[i] = exp(in[i] - max) / sum over j of exp(in[j] - max)
 *
 * Three passes as in the step, LANES numbers at a time. At the end the lanes that stand for
 * nothing hold minus infinity: it is never the maximum, and its exponential is 0. */
#include "00_ingredients/softmax.h"

#include <math.h>

#include "vector_math.h"

static float largest(const float *in, size_t n)
{
    vec max = vec_set1(-INFINITY);
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        max = vec_max(max, vec_load(in + i));
    if (i < n)
        max = vec_max(max, vec_load_part(in + i, n - i, -INFINITY));
    return vec_largest(max);
}

void softmax(real *out, const real *in, size_t n)
{
    const vec max = vec_set1(largest(in, n));
    vec sum = vec_zero();
    size_t i = 0;

    for (; i + LANES <= n; i += LANES) {
        const vec e = vec_exp(vec_sub(vec_load(in + i), max));
        vec_store(out + i, e);
        sum = vec_add(sum, e);
    }
    if (i < n) {
        const vec e = vec_exp(vec_sub(vec_load_part(in + i, n - i, -INFINITY), max));
        vec_store_part(out + i, e, n - i);
        sum = vec_add(sum, e);
    }
    sum = vec_set1(vec_sum(sum));
    for (i = 0; i + LANES <= n; i += LANES)
        vec_store(out + i, vec_div(vec_load(out + i), sum));
    if (i < n)
        vec_store_part(out + i, vec_div(vec_load_part(out + i, n - i, 0), sum), n - i);
}
