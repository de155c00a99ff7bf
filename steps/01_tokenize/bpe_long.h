/* bpe_long.h: byte-pair encoding of long words. */
#ifndef BPE_LONG_H
#define BPE_LONG_H

#include "merges.h"

/* What bpe (bpe.h) does, for words of any length: O(n log n) time, and at
 * most 28 bytes of memory a symbol. */
size_t bpe_long(int *symbol, size_t n, const struct merges *merges);

#endif
