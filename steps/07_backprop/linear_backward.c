/* linear_backward.c: the gradient of the linear map.
 *
 *     forward:   out[n][o] = sum over i of in[n][i] * weight[i][o], + bias[o]
 *
 *     din[n][i]     = sum over o of dout[n][o] * weight[i][o]
 *     dweight[i][o] = sum over n of in[n][i] * dout[n][o]
 *     dbias[o]      = sum over n of dout[n][o]
 *
 * Each out[n][o] changes by weight[i][o] where in[n][i] changes by 1, and by
 * in[n][i] where weight[i][o] does; what the loss feels of that is dout[n][o]
 * times as much, summed over all outputs that are touched (the chain rule;
 * Rumelhart, Hinton and Williams, "Learning representations by back-propagating
 * errors" (1986)). */
#include "linear_backward.h"

void linear_backward(real *din, real *dweight, real *dbias, const real *dout, const real *in,
                     const real *weight, size_t N, size_t I, size_t O)
{
    for (size_t n = 0; n < N; n++) {
        const real *dy = dout + n * O;  /* [O] */
        const real *x = in + n * I;     /* [I] */

        for (size_t i = 0; i < I; i++) {
            real sum = 0;
            for (size_t o = 0; o < O; o++)
                sum += dy[o] * weight[i * O + o];
            din[n * I + i] += sum;
            for (size_t o = 0; o < O; o++)
                dweight[i * O + o] += x[i] * dy[o];
        }
        for (size_t o = 0; o < O; o++)
            dbias[o] += dy[o];
    }
}
