/* attention_decode.c: attention of one token, with the keys and values of all before it.
 *
 *     score[s] = q . k[s] / sqrt(D)  for s up to t,   z = sum over s of softmax(score)[s] * v[s]
 *
 * The cache is read once and each number used once: the memory sets the pace. A block of
 * keys at a time, with the largest score so far as in attention_fused.c, so that the
 * scores need no room of the caller's. */
#include "attention_fused.h"

#include <math.h>
#include <string.h>

#include "attention_rows.h"
#include "vector_math.h"

enum { BLOCK = 128 };  /* keys, a multiple of LANES */

/* The largest of `least` and x [BLOCK]. */
static float largest_of(const float *x, float least)
{
    vec top = vec_set1(least);

    for (size_t i = 0; i < BLOCK; i += LANES)
        top = vec_max(top, vec_load(x + i));
    return vec_largest(top);
}

/* x [BLOCK] becomes exp(x - largest); their sum. */
static float exp_all(float *x, float largest)
{
    vec sum = vec_zero();

    for (size_t i = 0; i < BLOCK; i += LANES) {
        const vec e = vec_exp_share(vec_sub(vec_load(x + i), vec_set1(largest)));
        vec_store(x + i, e);
        sum = vec_add(sum, e);
    }
    return vec_sum(sum);
}

static void multiply_all(float *x, float by, size_t n)
{
    for (size_t i = 0; i < n; i += LANES) {
        const size_t part = n - i < LANES ? n - i : LANES;
        vec_store_part(x + i, vec_mul(vec_load_part(x + i, part, 0), vec_set1(by)), part);
    }
}

/* One head: z, q [D]; keys, values [n, D]. */
static void decode(float *z, const float *q, const float *keys, const float *values, size_t n,
                   size_t D)
{
    float score[BLOCK], largest = -INFINITY, sum = 0;

    memset(z, 0, D * sizeof *z);
    for (size_t s = 0; s < n; s += BLOCK) {
        const size_t part = n - s < BLOCK ? n - s : BLOCK;
        float before = largest;

        dot_rows(score, q, (struct rows){keys + s * D, D, part}, 1 / sqrtf((float)D), D, false);
        for (size_t i = part; i < BLOCK; i++)
            score[i] = -INFINITY;
        largest = largest_of(score, before);
        before = expf(before - largest);
        sum = sum * before + exp_all(score, largest);
        multiply_all(z, before, D);
        mix_rows(z, score, 1, (struct rows){values + s * D, D, part}, 1, D);
    }
    multiply_all(z, 1 / sum, D);
}

void attention_decode(float *z, const float *q, const float *keys, const float *values,
                      size_t begin, size_t end, size_t t, size_t P, size_t D)
{
    for (size_t h = begin; h < end; h++)
        decode(z + h * D, q + h * D, keys + h * P * D, values + h * P * D, t + 1, D);
}
