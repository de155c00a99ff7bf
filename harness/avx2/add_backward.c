/* add_backward.c: the gradient of a sum, twin of steps/07_backprop/add_backward.c.
 *
 *     forward:   out[i] = a[i] + b[i]
 *
 *     da[i] = dout[i],   db[i] = dout[i] */
#include "07_backprop/add_backward.h"

#include "00_ingredients/add.h"

void add_backward(real *din, const real *dout, size_t n)
{
    add(din, din, dout, n);
}
