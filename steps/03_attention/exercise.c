/* exercise.c: attention, to be written by you. docs/03-attention.md explains it, HINTS.md
 * has hints, and
 *
 *     make check-03 SUBJECT=exercise
 *
 * marks it. Take the line with not_written out of a function when you write its body.
 * softmax of step 00 may be called. */
#include "exercise.h"

#include <tgmath.h>

#include "00_ingredients/softmax.h"
#include "attention.h"

/* The share of its attention that each token gives to each one up to itself;
 * 0 beyond. pattern [B, H, T, T]; scores [B, H, T, T].
 *
 * For each of the B H heads, for each query t: the softmax of the first t + 1 scores of
 * its row; then 0 for the other keys of the row. */
void attention_pattern(real *pattern, const real *scores, size_t B, size_t H, size_t T)
{
    not_written(__func__);
}

/* How well each query fits each key that it may see; 0 where it may not.
 * scores [B, H, T, T]; q, k [B, H, T, D].
 *
 * For each of the B H heads, for each query t: for each key s up to t the dot product of
 * the D numbers of q [t] and k [s], divided by sqrt(D); and 0 for each s after t. */
void attention_scores(real *scores, const real *q, const real *k,
                      size_t B, size_t H, size_t T, size_t D)
{
    not_written(__func__);
}

/* The values, mixed by these shares, with the heads side by side again.
 * z [B, T, C], C = H * D; pattern [B, H, T, T]; v [B, H, T, D].
 *
 * For each text b, head h and token t: the sum over s up to t of share [t, s] times the
 * D numbers of v [s]. They go to row (b, t) of z, to its D numbers from h D on. */
void attention_mix(real *z, const real *pattern, const real *v,
                   size_t B, size_t H, size_t T, size_t D)
{
    not_written(__func__);
}

/* Deals the columns of qkv out to heads.
 * q, k, v [B, H, T, D]; qkv [B, T, 3C], C = H * D.
 *
 * A row of qkv holds the C numbers of q, then those of k, then those of v; each C numbers
 * are H heads of D. For each b, h, t, d: copy three numbers. */
void split_heads(real *q, real *k, real *v, const real *qkv,
                 size_t B, size_t T, size_t H, size_t D)
{
    not_written(__func__);
}
