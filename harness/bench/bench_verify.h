/* bench_verify.h: nobody times what is wrong. */
#ifndef BENCH_VERIFY_H
#define BENCH_VERIFY_H

#include "bench_truth.h"

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
