/* log_sum.c: the sum of exponentials that softmax and loss divide by.
 *
 *     log(sum of exp(x)) = max + log(sum of exp(x - max))
 *
 * The maximum is subtracted as in steps/00_ingredients/softmax.c. It is needed before the
 * first term of the sum, which would mean two walks through a row of 50,257. A row in
 * pieces needs one: each piece has a maximum of its own, and when all is known, its sum is
 * scaled by exp(its max - the largest). Milakov and Gimelshein, "Online normalizer
 * calculation for softmax" (2018). A piece is so short that it stays in the nearest cache. */
#include "log_sum.h"

#include <math.h>

#include "vector.h"
#include "vector_math.h"

static double in_double(vec x)
{
    float lane[LANES];
    double sum = 0;

    vec_store(lane, x);
    for (size_t i = 0; i < LANES; i++)
        sum += (double)lane[i];
    return sum;
}

struct log_sum log_sum_of(const float *x, size_t n)
{
    const size_t whole = n - n % LANES;
    vec max = vec_set1(-INFINITY), sum = vec_zero();

    for (size_t i = 0; i < whole; i += LANES)
        max = vec_max(vec_load(x + i), max);
    max = vec_max(vec_load_part(x + whole, n % LANES, -INFINITY), max);

    const float largest = vec_largest(max);
    if (largest == -INFINITY)
        return (struct log_sum){largest, 0};
    max = vec_set1(largest);
    for (size_t i = 0; i < whole; i += LANES)
        sum = vec_add(sum, vec_exp(vec_sub(vec_load(x + i), max)));
    if (n % LANES)
        sum = vec_add(sum, vec_exp(vec_sub(vec_load_part(x + whole, n % LANES, -INFINITY), max)));
    return (struct log_sum){largest, in_double(sum)};
}

struct log_sum log_sum_all(const struct log_sum *piece, size_t count)
{
    float max = -INFINITY;
    double sum = 0;

    for (size_t i = 0; i < count; i++)
        if (piece[i].max > max)
            max = piece[i].max;
    for (size_t i = 0; i < count; i++)
        if (piece[i].max != -INFINITY)
            sum += piece[i].sum * exp((double)piece[i].max - max);
    return (struct log_sum){max, sum};
}

/* What the nearest float leaves of `scale` is not lost: it would be off for a whole row. */
static inline vec scaled(vec x, vec high, vec low)
{
    return vec_fma(x, high, vec_mul(x, low));
}

void scaled_exp(float *out, const float *x, float max, double scale, int add, size_t n)
{
    const vec m = vec_set1(max), high = vec_set1((float)scale);
    const vec low = vec_set1((float)(scale - (double)(float)scale));

    for (size_t i = 0; i < n; i += LANES) {
        const size_t left = n - i;

        if (left >= LANES) {
            const vec y = scaled(vec_exp(vec_sub(vec_load(x + i), m)), high, low);
            vec_store(out + i, add ? vec_add(vec_load(out + i), y) : y);
        } else {
            const vec y = scaled(vec_exp(vec_sub(vec_load_part(x + i, left, 0), m)), high, low);
            vec_store_part(out + i, add ? vec_add(vec_load_part(out + i, left, 0), y) : y, left);
        }
    }
}
