/* unembed.c: from vectors back to tokens, twin of steps/05_unembed/unembed.c.
 *
 *     logits[n][v] = in[n] . wte[v]
 *
 * A matrix product with the table transposed, [N, C] by [C, V]: see matmul.c. */
#include "05_unembed/unembed.h"

#include "matmul.h"

void unembed(real *logits, const real *in, const real *wte, size_t N, size_t C, size_t V)
{
    matmul_alone(&(struct matmul){.M = N, .N = V, .K = C, .out = logits, .out_stride = V,
                                  .a = {in, C, 1}, .b = {wte, 1, C}});
}
