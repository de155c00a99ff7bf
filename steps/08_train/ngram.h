#ifndef NGRAM_H
#define NGRAM_H

#include <stddef.h>

struct ngrams;

/* Learns from a text of n < 2^31 tokens, all from 0 to V-1, V > 0: how likely a token is after
 * the order-1 before it. order is 1 to LONGEST_NGRAM (ngram_count.h). NULL where there is
 * not enough memory. */
struct ngrams *ngrams_make(const int *tokens, size_t n, size_t order, size_t V);

/* p(token | context). context [n_context], the last token last; of a longer one than the
 * model looks at, only the end counts. Never 0; over all V tokens the sum is 1. */
double ngrams_probability(const struct ngrams *m, const int *context, size_t n_context,
                          int token);

/* The sum of -log2 p(token | those before it) over tokens[first .. n-1]; those before
 * tokens[first] are only read. */
double ngrams_bits(const struct ngrams *m, const int *tokens, size_t first, size_t n);

/* How many different n-grams of that length, 1 to order, the text has. */
size_t ngrams_distinct(const struct ngrams *m, size_t length);

void ngrams_free(struct ngrams *m);

#endif
