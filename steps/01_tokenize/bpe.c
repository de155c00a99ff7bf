/* bpe.c: byte-pair encoding, the whole of it.
 *
 * A word begins as its single symbols. While some two neighbours are in the list of
 * merges, the pair that stands first in that list (the lowest rank) is merged
 * wherever it occurs. `l o w e r` with the merges `l o`, `e r`, `lo w` becomes
 * `lo w e r`, `lo w er`, `low er`. What is left are the word's tokens.
 *
 * Source: Sennrich, Haddow, Birch, Neural Machine Translation of Rare Words with
 * Subword Units (2016), section 3.2; openai/gpt-2 src/encoder.py, function bpe. */
#include "bpe.h"

#include "bpe_long.h"

/* From here on a heap beats looking at every pair again after each merge. */
enum { LONG_WORD = 48 };

const struct merge *bpe_lowest(const int *symbol, size_t n, const struct merges *merges)
{
    const struct merge *lowest = NULL;

    for (size_t i = 0; i + 1 < n; i++) {
        const struct merge *merge = merges_find(merges, symbol[i], symbol[i + 1]);

        if (merge && (!lowest || merge->rank < lowest->rank))
            lowest = merge;
    }
    return lowest;
}

size_t bpe_apply(int *symbol, size_t n, const struct merge *merge)
{
    size_t left = 0;

    for (size_t i = 0; i < n; left++)
        if (i + 1 < n && symbol[i] == merge->left && symbol[i + 1] == merge->right) {
            symbol[left] = merge->result;
            i += 2;
        } else {
            symbol[left] = symbol[i++];
        }
    return left;
}

size_t bpe(int *symbol, size_t n, const struct merges *merges)
{
    const struct merge *merge;

    if (n >= LONG_WORD)
        return bpe_long(symbol, n, merges);
    while ((merge = bpe_lowest(symbol, n, merges)))
        n = bpe_apply(symbol, n, merge);
    return n;
}
