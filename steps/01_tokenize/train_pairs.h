/* train_pairs.h: every pair of neighbouring symbols in the words, where it stands and
 * how often, kept up to date while symbols merge.
 *
 * A position is the place of a pair's left symbol, counted through all words. */
#ifndef TRAIN_PAIRS_H
#define TRAIN_PAIRS_H

#include <stddef.h>
#include <stdint.h>

enum { NOWHERE = 0xFFFFFFFF };

struct pair {
    uint32_t left, right;  /* symbols */
    uint64_t count;        /* the counts of all positions, added up */
    uint32_t first, last;  /* positions */
    uint32_t chain;        /* the next pair of the same bucket, or the next free one */
    uint32_t heap_at;
};

struct pairs {
    struct pair *pair;     /* [n_positions] */
    uint32_t *bucket;      /* [n_buckets] the first pair of each */
    size_t n_buckets;      /* a power of 2 */
    uint32_t *heap;        /* [n_heap] pairs; the one to merge next comes first */
    uint32_t n_heap, free;
    uint32_t *of;          /* [n_positions] the pair at a position, or NOWHERE */
    uint32_t *next, *back; /* [n_positions] neighbours in the list of the same pair */
};

/* Makes room for that many positions. */
void pairs_make(struct pairs *p, size_t n_positions);
void pairs_free(struct pairs *p);

/* A pair stands at a position, in a word that occurs `count` times; or no longer.
 * The positions of one pair must be added from left to right. */
void pairs_add(struct pairs *p, uint32_t left, uint32_t right, uint32_t position,
               uint64_t count);
void pairs_remove(struct pairs *p, uint32_t position, uint64_t count);

/* The first position of a pair, or NOWHERE. */
uint32_t pairs_first(const struct pairs *p, uint32_t left, uint32_t right);

/* The pair with the highest count; of several, the one with the smallest left symbol,
 * then the smallest right one. NULL where there is no pair. */
const struct pair *pairs_best(const struct pairs *p);

#endif
