/* exercise.c: choosing a token, to be written by you. docs/06-sample.md explains it,
 * HINTS.md has hints, and
 *
 *     make check-06 SUBJECT=exercise
 *
 * marks it. Take the line with not_written out of a function when you write its body. */
#include "exercise.h"

#include <math.h>
#include <stdlib.h>

#include "random.h"
#include "sample.h"

/* Chooses a token. Returns it, or V where no token can be chosen: a logit is NaN or
 * +infinity, or all are -infinity.
 * logits [V]; uniform at least 0 and below 1; room [V] is overwritten. V at least 1.
 *
 * In this order, and each can be marked before the next is written:
 *   1. the highest logit of the lowest id; with temperature 0 that is all
 *   2. room [v]: the token, its logit as a double, and its weight
 *      exp((logit - highest) / temperature); the likeliest first, equals by id (qsort);
 *      then go along the line until the sum of weights passes uniform times their total
 *   3. how->top_k: only the first k, and all that are as high as the k-th; 0 keeps all
 *   4. how->top_p: of these the fewest whose weights sum to at least p times their total;
 *      1 keeps all */
size_t sample(const real *logits, size_t V, const struct sampling *how, double uniform,
              struct candidate *room)
{
    not_written(__func__);
    return V;
}

/* The next number: any from 0 to 1, 1 left out, all equally likely.
 *
 * xoshiro256**, all modulo 2^64, with rotate(x, n) = x << n | x >> (64 - n):
 *   result = rotate(s1 * 5, 7) * 9;  u = s1 << 17
 *   s2 ^= s0;  s3 ^= s1;  s1 ^= s2;  s0 ^= s3;  s2 ^= u;  s3 = rotate(s3, 45)
 * The highest 53 bits of the result, divided by 2^53. */
double generator_uniform(struct generator *g)
{
    not_written(__func__);
    return 0;
}
