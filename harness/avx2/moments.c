/* moments.c: mean and variance of a row, in two passes.
 *
 *     mean = sum of x[c] / C            var = sum of (x[c] - mean)^2 / C
 *
 * A sum waits 4 cycles for the one before it. So four of them run side by side, each of
 * LANES partial sums, and are joined at the end: it is faster than the step's one sum,
 * and more accurate, for each of them rounds at a smaller size. The root and its inverse
 * are taken in double: they are needed once a row, and their error is in every number. */
#include "moments.h"

#include <math.h>

enum { FOUR = 4 * LANES };

float mean_of(vec a, vec b, vec c, vec d, size_t C)
{
    return vec_sum(vec_add(vec_add(a, b), vec_add(c, d))) / (float)C;
}

static float row_mean(const float *x, size_t C)
{
    vec s = vec_zero(), t = s, u = s, v = s;
    size_t c = 0;

    for (; c + FOUR <= C; c += FOUR) {
        s = vec_add(s, vec_load(x + c));
        t = vec_add(t, vec_load(x + c + LANES));
        u = vec_add(u, vec_load(x + c + 2 * LANES));
        v = vec_add(v, vec_load(x + c + 3 * LANES));
    }
    for (; c + LANES <= C; c += LANES)
        s = vec_add(s, vec_load(x + c));
    if (c < C)
        t = vec_add(t, vec_load_part(x + c, C - c, 0));
    return mean_of(s, t, u, v, C);
}

/* sum + (x - mean)^2 */
static inline vec add_square(vec sum, vec x, vec mean)
{
    const vec from_mean = vec_sub(x, mean);

    return vec_fma(from_mean, from_mean, sum);
}

static float row_variance(const float *x, float mean_of_row, size_t C)
{
    const vec mean = vec_set1(mean_of_row);
    vec s = vec_zero(), t = s, u = s, v = s;
    size_t c = 0;

    for (; c + FOUR <= C; c += FOUR) {
        s = add_square(s, vec_load(x + c), mean);
        t = add_square(t, vec_load(x + c + LANES), mean);
        u = add_square(u, vec_load(x + c + 2 * LANES), mean);
        v = add_square(v, vec_load(x + c + 3 * LANES), mean);
    }
    for (; c + LANES <= C; c += LANES)
        s = add_square(s, vec_load(x + c), mean);
    if (c < C)
        t = add_square(t, vec_load_part(x + c, C - c, mean_of_row), mean);
    return mean_of(s, t, u, v, C);
}

struct moments row_moments(const float *x, double eps, size_t C)
{
    const float mean = row_mean(x, C);

    return (struct moments){mean, (float)(1 / sqrt((double)row_variance(x, mean, C) + eps))};
}
