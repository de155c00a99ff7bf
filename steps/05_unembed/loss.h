#ifndef LOSS_H
#define LOSS_H

#include "gpt.h"

/* The mean surprise at the true next tokens.
 * loss [1]; logits [N, V]; targets [N], each in 0 .. V-1, or -1 to be left out;
 * at least one is not -1. */
void cross_entropy(real *loss, const real *logits, const int *targets, size_t N, size_t V);

#endif
