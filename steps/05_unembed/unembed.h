#ifndef UNEMBED_H
#define UNEMBED_H

#include "gpt.h"

/* A score for every token of the vocabulary, at each of N positions.
 * logits [N, V]; in [N, C]; wte [V, C], the same rows that embed the tokens. */
void unembed(real *logits, const real *in, const real *wte, size_t N, size_t C, size_t V);

#endif
