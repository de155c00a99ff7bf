/* bpe.h: byte-pair encoding of one word. */
#ifndef BPE_H
#define BPE_H

#include "merges.h"

/* The merge of lowest rank among all neighbours of a word, or NULL. */
const struct merge *bpe_lowest(const int *symbol, size_t n, const struct merges *merges);

/* Merges all occurrences of that pair, left to right; returns how many symbols are
 * left. */
size_t bpe_apply(int *symbol, size_t n, const struct merge *merge);

/* Merges a word until nothing merges any more; returns how many symbols are left.
 * Long words take another way (bpe_long.h) to the same result. */
size_t bpe(int *symbol, size_t n, const struct merges *merges);

#endif
