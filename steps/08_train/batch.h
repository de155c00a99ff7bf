#ifndef BATCH_H
#define BATCH_H

#include <stddef.h>
#include <stdint.h>

/* The batch of a step: B pieces of T tokens from random places of a text of n tokens,
 * n > T, and the tokens that follow each. The same for the same seed and step.
 * tokens, targets [B, T]. */
void draw_batch(int *tokens, int *targets, const int *text, size_t n, size_t B, size_t T,
                uint64_t seed, size_t step);

/* B pieces of the text side by side, from token `begin` on, T apart: for measuring a
 * loss over a whole text. What goes beyond the text has the target -1. Returns how
 * many tokens are targets. */
size_t cut_batch(int *tokens, int *targets, const int *text, size_t n, size_t B, size_t T,
                 size_t begin);

#endif
