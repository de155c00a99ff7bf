#ifndef SOFTMAX_H
#define SOFTMAX_H

#include "gpt.h"

/* Turns n numbers into n shares that are positive and sum to 1.
 * out [n]; in [n]; n is at least 1. */
void softmax(real *out, const real *in, size_t n);

#endif
