#ifndef ADD_BACKWARD_H
#define ADD_BACKWARD_H

#include "gpt.h"

/* Adds the gradient of add(out, a, b), or of a copy, to one of its inputs: din [n],
 * from dout [n]. */
void add_backward(real *din, const real *dout, size_t n);

#endif
