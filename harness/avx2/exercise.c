/* exercise.c: two ops with vectors of 8 floats, to be written by you. docs/avx2.md explains
 * how, HINTS.md has hints, and
 *
 *     make check-avx2 SUBJECT=exercise
 *
 * marks them. Take the line with not_written out of a function when you write its body.
 * vector.h has the vectors, vector_math.h exp, tanh and GELU of one. Or use the intrinsics
 * of immintrin.h themselves. `real` is float here. */
#include "exercise.h"

#include <math.h>

#include "00_ingredients/gelu.h"
#include "00_ingredients/layernorm.h"
#include "vector_math.h"

/* The MLP's bend, applied to each number by itself. out [n]; in [n].
 *
 * Whole vectors of LANES numbers as long as there are so many left; then the rest, with
 * vec_load_part and vec_store_part. Nothing behind the n-th may be read or written. */
void gelu(real *out, const real *in, size_t n)
{
    not_written(__func__);
}

/* Brings each of N vectors to mean 0 and variance 1, then scales and shifts it.
 * out [N, C]; in [N, C]; gain [C]; bias [C]; eps keeps a constant vector finite.
 *
 * For each row: the mean from a vector of partial sums, the variance from another, then
 * norm * gain + bias with vec_fma. Each of the three walks has a rest. */
void layernorm(real *out, const real *in, const real *gain, const real *bias, double eps,
               size_t N, size_t C)
{
    not_written(__func__);
}
