/* bench_counts.h: how many operations and bytes the work takes that bench times. */
#ifndef BENCH_COUNTS_H
#define BENCH_COUNTS_H

#include <stdbool.h>

#include "graph.h"

struct work {
    double products;  /* operations of matrix products: 2 for each multiply-add */
    double other;     /* all others, of one op alone */
    double read, written;  /* bytes */
};

/* The op that makes node i (and those that follow as its further outputs), or its
 * gradient, on numbers of `width` bytes. */
struct work op_work(const struct graph *g, size_t i, bool backward, size_t width);

/* What is timed as a whole. */
enum whole {
    WHOLE_FORWARD, WHOLE_BACKWARD, WHOLE_BOTH, WHOLE_ADAMW, WHOLE_TRAIN_STEP, WHOLE_PREFILL,
    WHOLE_DECODE, N_WHOLES
};

/* WHOLE_PREFILL: one text of T tokens. WHOLE_DECODE: one token that sees `seen` tokens,
 * itself among them; the others do not need it. `other` is left 0. */
struct work whole_work(const struct graph *g, enum whole what, size_t seen, size_t width);

/* Its name in tables and results. */
const char *whole_name(enum whole what);

/* The name of the op that makes a node: that of its tensor, without the layer; `qkv` of
 * the one that makes three. */
const char *op_name(const struct node *n);

/* The table of `bench --counts`, on standard output. */
void print_counts(const struct graph *g, const char *name);

#endif
