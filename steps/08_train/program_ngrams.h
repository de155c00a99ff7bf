/* program_ngrams.h: `08_train --ngrams`. */
#ifndef PROGRAM_NGRAMS_H
#define PROGRAM_NGRAMS_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the command line has --ngrams. */
bool wants_ngrams(int argc, char **argv);

/* The command; returns the exit code. */
int ngrams_main(int argc, char **argv);

/* Learns n-grams of orders 1 to 5 from tokens[0 .. n_train-1] and prints a line for each:
 * how many bits it needs for a token of tokens[n_train .. n-1], and for one of the bytes
 * that those are made of. */
void print_ngrams(const int *tokens, size_t n_train, size_t n, double bytes_held_out, size_t V);

#endif
