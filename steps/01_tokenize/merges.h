/* merges.h: which pairs of symbols merge, into what, and in which order. */
#ifndef MERGES_H
#define MERGES_H

#include <stddef.h>

/* Symbols are numbers (symbols.h); a symbol of no spelling is below 0 and merges
 * with nothing. */
struct merge {
    int left, right;      /* the pair */
    int result;           /* the symbol that takes its place */
    int rank;             /* 0 merges first; -1: an empty slot */
};

struct merges {
    struct merge *slot;   /* [n_slots] by the hash of the pair */
    size_t n_slots;       /* a power of two, more than twice the number of merges */
};

/* Room for that many merges. */
void merges_begin(struct merges *m, size_t count);
void merges_end(struct merges *m);

/* The merge of a pair, or NULL. */
const struct merge *merges_find(const struct merges *m, int left, int right);

/* Adds one; returns 0 where its pair is there already. */
int merges_add(struct merges *m, struct merge new);

#endif
