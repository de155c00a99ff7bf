#ifndef LINEAR_BACKWARD_H
#define LINEAR_BACKWARD_H

#include "gpt.h"

/* Adds the gradients of linear(out, in, weight, bias) to din [N, I], dweight [I, O]
 * and dbias [O], from dout [N, O], in [N, I] and weight [I, O]. */
void linear_backward(real *din, real *dweight, real *dbias, const real *dout, const real *in,
                     const real *weight, size_t N, size_t I, size_t O);

#endif
