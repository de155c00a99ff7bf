/* unembed_backward.c: the gradient of the unembedding, twin of
 * steps/07_backprop/unembed_backward.c.
 *
 *     forward:  logits = in * wte transposed     [N, V] = [N, C] * [C, V]
 *
 *     din  += dlogits * wte                      [N, C] = [N, V] * [V, C]
 *     dwte += dlogits transposed * in            [V, C] = [V, N] * [N, C]
 */
#include "07_backprop/unembed_backward.h"

#include "matmul.h"

void unembed_backward(real *din, real *dwte, const real *dlogits, const real *in,
                      const real *wte, size_t N, size_t C, size_t V)
{
    matmul_alone(&(struct matmul){.M = N, .N = C, .K = V, .out = din, .out_stride = C,
                                  .a = {dlogits, V, 1}, .b = {wte, C, 1},
                                  .also = din, .also_stride = C});
    matmul_alone(&(struct matmul){.M = V, .N = C, .K = N, .out = dwte, .out_stride = C,
                                  .a = {dlogits, 1, V}, .b = {in, C, 1},
                                  .also = dwte, .also_stride = C});
}
