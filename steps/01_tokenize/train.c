/* train.c: learns merges by byte-pair encoding.
 *
 * Sennrich, Haddow, Birch (2016), "Neural Machine Translation of Rare Words with
 * Subword Units", algorithm 1: count each pair of neighbouring symbols in all words,
 * each word as often as it occurs; merge the most frequent pair into one new symbol,
 * everywhere and from left to right; begin again.
 *
 * - `a a a` has the pair `a a` twice, as in the paper, and merges to `aa a`.
 * - Of pairs that occur equally often, the one with the smallest left symbol is
 *   merged, then the one with the smallest right symbol: what is older comes first.
 * - A pair that occurs once is not merged: it would learn a single word by heart.
 *
 * So the merges follow from the words and their counts, in whatever order they come.
 * Counting anew for each merge would be slow: only what stands beside a merge changes
 * (train_pairs.c). No two merges spell the same token: as long as nothing has merged
 * across its ends, a piece of a word is cut up in the same way wherever it stands.
 *
 * What words and symbols are is left to program_train.c. */
#include "train.h"

#include <stdlib.h>

#include "die.h"
#include "train_pairs.h"

/* All words in one row of positions. A merge empties the right one of its two. */
struct row {
    uint32_t *symbol;
    uint64_t *count;       /* of the word */
    uint32_t *next, *back; /* the neighbours in the word, or NOWHERE */
    struct pairs pairs;
};

static void row_free(struct row *r)
{
    free(r->symbol);
    free(r->count);
    free(r->next);
    free(r->back);
}

static void row_make(struct row *r, const struct train_word *word, size_t n_words)
{
    size_t length = 0, at = 0;

    for (size_t w = 0; w < n_words; w++)
        length += word[w].length;
    if (length >= NOWHERE)
        die("--train: the different words have %zu symbols, 2^32 are too many: less text is "
            "needed", length);
    pairs_make(&r->pairs, length);
    r->symbol = allocate(length, sizeof *r->symbol);
    r->count = allocate(length, sizeof *r->count);
    r->next = allocate(length, sizeof *r->next);
    r->back = allocate(length, sizeof *r->back);
    for (size_t w = 0; w < n_words; w++)
        for (size_t i = 0; i < word[w].length; i++, at++) {
            r->symbol[at] = word[w].symbol[i];
            r->count[at] = word[w].count;
            r->back[at] = i > 0 ? (uint32_t)at - 1 : NOWHERE;
            r->next[at] = i + 1 < word[w].length ? (uint32_t)at + 1 : NOWHERE;
            if (i > 0)
                pairs_add(&r->pairs, r->symbol[at - 1], r->symbol[at], (uint32_t)at - 1,
                          word[w].count);
        }
}

/* Merges the pair at a position: before left right after -> before made after. */
static void merge_at(struct row *r, uint32_t left, uint32_t made)
{
    const uint32_t right = r->next[left], before = r->back[left], after = r->next[right];
    const uint64_t count = r->count[left];

    pairs_remove(&r->pairs, left, count);
    r->symbol[left] = made;
    r->next[left] = after;
    if (before != NOWHERE) {
        pairs_remove(&r->pairs, before, count);
        pairs_add(&r->pairs, r->symbol[before], made, before, count);
    }
    if (after != NOWHERE) {
        pairs_remove(&r->pairs, right, count);
        r->back[after] = left;
        pairs_add(&r->pairs, made, r->symbol[after], left, count);
    }
}

size_t train_merges(struct train_merge *merge, const struct train_word *word, size_t n_words,
                    size_t n_symbols, size_t most)
{
    struct row r;
    const struct pair *best;
    size_t n = 0;

    row_make(&r, word, n_words);
    while (n < most && (best = pairs_best(&r.pairs)) && best->count > 1) {
        const struct train_merge m = {best->left, best->right, best->count};
        uint32_t at;

        /* Each merge takes its pair from the list, and with it those that overlap. */
        while ((at = pairs_first(&r.pairs, m.left, m.right)) != NOWHERE)
            merge_at(&r, at, (uint32_t)(n_symbols + n));
        merge[n++] = m;
    }
    pairs_free(&r.pairs);
    row_free(&r);
    return n;
}
