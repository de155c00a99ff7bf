#ifndef LINEAR_H
#define LINEAR_H

#include "gpt.h"

/* out = in * weight + bias, for N vectors at once.
 * out [N, O]; in [N, I]; weight [I, O]; bias [O]. */
void linear(real *out, const real *in, const real *weight, const real *bias,
            size_t N, size_t I, size_t O);

#endif
