/* linear_backward.c: the gradient of the linear map, twin of
 * steps/07_backprop/linear_backward.c.
 *
 *     forward:  out = in * weight + bias         [N, O] = [N, I] * [I, O]
 *
 *     din     += dout * weight transposed        [N, I] = [N, O] * [O, I]
 *     dweight += in transposed * dout            [I, O] = [I, N] * [N, O]
 *     dbias   += the rows of dout                [O]
 *
 * Two more matrix products of the same size. A transpose costs nothing: the packing reads
 * the other way. */
#include "07_backprop/linear_backward.h"

#include "columns.h"
#include "matmul.h"

void linear_backward(real *din, real *dweight, real *dbias, const real *dout, const real *in,
                     const real *weight, size_t N, size_t I, size_t O)
{
    matmul_alone(&(struct matmul){.M = N, .N = I, .K = O, .out = din, .out_stride = I,
                                  .a = {dout, O, 1}, .b = {weight, 1, O},
                                  .also = din, .also_stride = I});
    matmul_alone(&(struct matmul){.M = I, .N = O, .K = N, .out = dweight, .out_stride = O,
                                  .a = {in, 1, I}, .b = {dout, O, 1},
                                  .also = dweight, .also_stride = O});
    add_columns(dbias, dout, N, O);
}
