/* exercise.c: the ingredients, to be written by you. docs/00-ingredients.md explains them,
 * HINTS.md has hints, and
 *
 *     make check-00 SUBJECT=exercise
 *
 * marks them. Take the line with not_written out of a function when you write its body.
 * `real` is float or double: you are marked in both. exp, tanh and sqrt take either. */
#include "exercise.h"

#include <tgmath.h>
#undef I  /* an imaginary unit there; here it is a number of inputs */

#include "add.h"
#include "gelu.h"
#include "layernorm.h"
#include "linear.h"
#include "softmax.h"

/* out = a + b, element by element. All three are [n].
 *
 * One loop over i. */
void add(real *out, const real *a, const real *b, size_t n)
{
    not_written(__func__);
}

/* Turns n numbers into n shares that are positive and sum to 1.
 * out [n]; in [n]; n is at least 1.
 *
 * Three loops: find the largest input; write exp(input - largest) to out and sum it up;
 * divide each by the sum. */
void softmax(real *out, const real *in, size_t n)
{
    not_written(__func__);
}

/* The MLP's bend, applied to each number by itself. out [n]; in [n].
 *
 * One loop: x / 2 * (1 + tanh(root * (x + 0.044715 x^3))), root = sqrt(2 / pi). */
void gelu(real *out, const real *in, size_t n)
{
    not_written(__func__);
}

/* out = in * weight + bias, for N vectors at once.
 * out [N, O]; in [N, I]; weight [I, O]; bias [O].
 *
 * For each of the N vectors, and for each of its O outputs: a sum over the I inputs of
 * input i times weight [i, o], and at the end bias [o]. */
void linear(real *out, const real *in, const real *weight, const real *bias,
            size_t N, size_t I, size_t O)
{
    not_written(__func__);
}

/* Brings each of N vectors to mean 0 and variance 1, then scales and shifts it.
 * out [N, C]; in [N, C]; gain [C]; bias [C]; eps keeps a constant vector finite.
 *
 * For each vector three loops over its C numbers: the mean; the mean of the squared
 * distances from it, which is the variance; and each number, less the mean, divided by
 * sqrt(variance + eps), times gain [c], plus bias [c]. */
void layernorm(real *out, const real *in, const real *gain, const real *bias, double eps,
               size_t N, size_t C)
{
    not_written(__func__);
}
