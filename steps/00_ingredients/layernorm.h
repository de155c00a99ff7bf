#ifndef LAYERNORM_H
#define LAYERNORM_H

#include "gpt.h"

/* Brings each of N vectors to mean 0 and variance 1, then scales and shifts it.
 * out [N, C]; in [N, C]; gain [C]; bias [C]; eps keeps a constant vector finite. */
void layernorm(real *out, const real *in, const real *gain, const real *bias, double eps,
               size_t N, size_t C);

#endif
