#ifndef BATCH_H
#define BATCH_H

#include <stddef.h>
#include <stdint.h>

/* The batch of a step: B pieces of T tokens from random places of a text of n tokens,
 * n > T, and the tokens that follow each. The same for the same seed and step.
 * tokens, targets [B, T]. */
void draw_batch(int *tokens, int *targets, const int *text, size_t n, size_t B, size_t T,
                uint64_t seed, size_t step);

/* For measuring a loss over a whole text: pieces of T tokens, each `stride` tokens after
 * the one before. What a piece shares with the one before it, it only reads: its targets
 * are -1 there, and beyond the text. So with a stride of T every token is predicted from
 * those of its piece before it, with half of that from at least T/2 tokens. */

/* How many pieces there are of a text of n tokens, n >= 2. */
size_t pieces_of(size_t n, size_t T, size_t stride);

/* B of them, from number `first` on; those that there are not have targets of -1.
 * tokens, targets [B, T]. Returns how many targets are not -1. */
size_t cut_batch(int *tokens, int *targets, const int *text, size_t n, size_t B, size_t T,
                 size_t stride, size_t first);

#endif
