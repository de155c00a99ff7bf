#ifndef LAYERNORM_BACKWARD_H
#define LAYERNORM_BACKWARD_H

#include "gpt.h"

/* Adds the gradients of layernorm(out, in, gain, bias) to din [N, C], dgain [C] and
 * dbias [C], from dout [N, C], in [N, C] and gain [C]. */
void layernorm_backward(real *din, real *dgain, real *dbias, const real *dout, const real *in,
                        const real *gain, double eps, size_t N, size_t C);

#endif
