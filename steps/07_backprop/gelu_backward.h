#ifndef GELU_BACKWARD_H
#define GELU_BACKWARD_H

#include "gpt.h"

/* Adds the gradient of gelu(out, in) to din [n], from dout [n] and in [n]. */
void gelu_backward(real *din, const real *dout, const real *in, size_t n);

#endif
