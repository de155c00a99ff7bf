/* linear.c: the linear map, twin of steps/00_ingredients/linear.c.
 *
 *     out[n][o] = sum over i of in[n][i] * weight[i][o], + bias[o]
 *
 * A matrix product, [N, I] by [I, O]: see matmul.c. Called alone, as here, the weights
 * are packed for this one call; an engine packs them once (engine.c). */
#include "00_ingredients/linear.h"

#include "matmul.h"

void linear(real *out, const real *in, const real *weight, const real *bias,
            size_t N, size_t I, size_t O)
{
    matmul_alone(&(struct matmul){.M = N, .N = O, .K = I, .out = out, .out_stride = O,
                                  .a = {in, I, 1}, .b = {weight, O, 1}, .bias = bias});
}
