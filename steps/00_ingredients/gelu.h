#ifndef GELU_H
#define GELU_H

#include "gpt.h"

/* The MLP's bend, applied to each number by itself. out [n]; in [n]. */
void gelu(real *out, const real *in, size_t n);

#endif
