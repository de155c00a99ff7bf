#ifndef ADD_H
#define ADD_H

#include "gpt.h"

/* out = a + b, element by element. All three are [n]. */
void add(real *out, const real *a, const real *b, size_t n);

#endif
