#ifndef NGRAM_COUNT_H
#define NGRAM_COUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LONGEST_NGRAM = 16 };  /* tokens; the longest that can be asked for */

/* All different n-grams of one length. Sorted by their tokens, so that those which begin
 * alike stand side by side; no token but the last needs to be kept. */
struct grams {
    size_t n;
    int *token;          /* [n] the last token of each */
    uint32_t *count;     /* [n] how often, as ngram_count.c says */

    /* As contexts; NULL for the longest ones, which are none: */
    uint32_t *next;      /* [n+1] where the n-grams one longer that begin with it begin,
                          * among those; they end where those of the following one begin */
    double *total;       /* [n] the sum of their counts */
    double *rest;        /* [n] the probability that is left for a shorter context */
};

struct ngrams {
    size_t order, V;
    struct grams of[LONGEST_NGRAM + 1];         /* by length; of[0] is the empty one */
    double discount[LONGEST_NGRAM + 1][4];      /* by length, and by count: 1, 2, 3 or more */
};

/* Fills of[0 .. order] but for total and rest from a text of n tokens, all from 0 to
 * V-1; n < 2^31. False where there is not enough memory; ngrams_free frees it then, too. */
bool ngrams_count(struct ngrams *m, const int *tokens, size_t n);

#endif
