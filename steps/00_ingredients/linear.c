/* linear.c: the linear map, where nearly all of a GPT's weights and time are.
 *
 *     out[n][o] = sum over i of in[n][i] * weight[i][o], + bias[o]
 *
 * Each of the O outputs is a weighted sum of the I inputs; row i of the weight
 * says what input i contributes to every output. The layout [in, out] is that
 * of the published checkpoints (openai/gpt-2 src/model.py, `conv1d`).
 *
 * The sum runs over i in the outer loop, so that the inner one walks along a
 * row of the weight, in the order in which it lies in memory. The bias comes
 * last: a large one, put in first, would have every partial sum rounded at its
 * size. */
#include "linear.h"

void linear(real *out, const real *in, const real *weight, const real *bias,
            size_t N, size_t I, size_t O)
{
    for (size_t n = 0; n < N; n++) {
        const real *x = in + n * I;  /* [I] */
        real *y = out + n * O;       /* [O] */

        for (size_t o = 0; o < O; o++)
            y[o] = 0;
        for (size_t i = 0; i < I; i++)
            for (size_t o = 0; o < O; o++)
                y[o] += x[i] * weight[i * O + o];
        for (size_t o = 0; o < O; o++)
            y[o] += bias[o];
    }
}
