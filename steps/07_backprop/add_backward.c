/* add_backward.c: the gradient of a sum.
 *
 *     forward:   out[i] = a[i] + b[i]
 *
 *     da[i] = dout[i],   db[i] = dout[i]
 *
 * Each input moves the output by as much as itself. This is why a residual stream
 * trains well: the gradient passes every sum undiminished. */
#include "add_backward.h"

void add_backward(real *din, const real *dout, size_t n)
{
    for (size_t i = 0; i < n; i++)
        din[i] += dout[i];
}
