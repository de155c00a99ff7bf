/* exercise.c: the unembedding and the loss, to be written by you. docs/05-unembed.md
 * explains them, HINTS.md has hints, and
 *
 *     make check-05 SUBJECT=exercise
 *
 * marks them. Take the line with not_written out of a function when you write its body. */
#include "exercise.h"

#include <tgmath.h>

#include "loss.h"
#include "unembed.h"

/* A score for every token of the vocabulary, at each of N positions.
 * logits [N, V]; in [N, C]; wte [V, C], the same rows that embed the tokens.
 *
 * For each of the N positions, for each of the V tokens: the dot product of the position's
 * vector and the token's row of wte. */
void unembed(real *logits, const real *in, const real *wte, size_t N, size_t C, size_t V)
{
    not_written(__func__);
}

/* The mean surprise at the true next tokens.
 * loss [1]; logits [N, V]; targets [N], each in 0 .. V-1, or -1 to be left out;
 * at least one is not -1.
 *
 * For each position whose target is not -1: find the largest logit; sum exp(logit -
 * largest) over the V tokens, in double; add log(sum) - (the target's logit - largest) to
 * a total, and count it. At the end divide the total by the count. */
void cross_entropy(real *loss, const real *logits, const int *targets, size_t N, size_t V)
{
    not_written(__func__);
}
