/* bench_results.h: what bench has measured, for people and for programs. */
#ifndef BENCH_RESULTS_H
#define BENCH_RESULTS_H

#include "bench.h"

/* The first lines: model, input, seed, what the machine can do. */
void print_head(const struct bench *b);

/* The table of one subject: entries first .. n_entries-1. */
void print_entries(const struct bench *b, size_t first);

/* Writes the files that the options ask for. */
void write_bench(const struct bench *b);

#endif
