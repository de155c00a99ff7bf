/* bench_verify.h: nobody times what is wrong. */
#ifndef BENCH_VERIFY_H
#define BENCH_VERIFY_H

#include "bench.h"

/* What the f64 subject computes for the first few tokens: what subjects are held
 * against. Only what the options ask to time. `b` must live as long. */
struct truth;

struct truth *truth_make(const struct bench *b, const struct subject *f64);
void truth_free(struct truth *t);

/* How near a subject came to being refused. */
struct verdict {
    size_t compared;      /* tensors */
    double worst;         /* largest rms error, as a share of its bar; NaN: no number */
    double error, bar;    /* of that */
    char where[96];
};

/* Compares the subject with the truth: its ops, and its engine as a whole. It is right
 * where worst <= 1. */
struct verdict verify(const struct truth *t, const struct contender *c);

#endif
