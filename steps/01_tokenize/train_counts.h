/* train_counts.h: the different words of some texts and how often each occurs. */
#ifndef TRAIN_COUNTS_H
#define TRAIN_COUNTS_H

#include <stddef.h>
#include <stdint.h>

struct counted {
    unsigned char *word;   /* [length] */
    size_t length, chain;  /* the next word of the same bucket, plus 1 */
    uint64_t count;
};

struct counts {
    struct counted *word;  /* [n] in the order in which they were first seen */
    size_t n, room;
    size_t *bucket;        /* [n_buckets] the first word of each, plus 1; 0 is none */
    size_t n_buckets;      /* a power of 2 */
    uint64_t total;        /* of all counts */
};

/* Counts one word more. A piece_visitor (split.h), where the context is a struct
 * counts that began as {0}. */
void counts_add(void *counts, const unsigned char *word, size_t length);

void counts_free(struct counts *c);

#endif
