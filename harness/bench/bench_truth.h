/* bench_truth.h: what subjects are held against before they are timed. */
#ifndef BENCH_TRUTH_H
#define BENCH_TRUTH_H

#include "backprop.h"
#include "bench.h"

enum { ADAM_NUMBERS = 1003, ADAM_ARRAYS = 3 };

/* What the f64 subject computes for the first few tokens; only what the options ask to time. */
struct truth {
    const struct bench *bench;
    const struct subject *f64;
    bool wholes, ops, gradients, adamw;  /* what there is */
    struct graph *prefix;        /* all layers, for the first tokens */
    double *logits;              /* [T, V] of that */
    struct graph *small;         /* fewer layers */
    size_t *from;                /* its weights, as numbers in the full graph */
    double **made;               /* its tensors */
    struct gradients slope;      /* and their gradients */
    double *moved[ADAM_ARRAYS];  /* [ADAM_NUMBERS] weight, mean, square */
};

/* `b` must live as long. */
struct truth *truth_make(const struct bench *b, const struct subject *f64);
void truth_free(struct truth *t);

/* A subject on the smaller model; weight[] is by the full graph and stays the caller's,
 * .weight of what is returned is to be freed. */
struct runner truth_runner(const struct truth *t, const struct subject *s, void *const weight[]);

/* Two steps of AdamW on the same random numbers for every subject: sets moved[ADAM_ARRAYS],
 * [ADAM_NUMBERS] each. */
void adamw_twice(double *const moved[], const struct subject *s, struct engine *e);

#endif
