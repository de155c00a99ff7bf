/* program_predict.h: the scores of what comes after a text. */
#ifndef PROGRAM_PREDICT_H
#define PROGRAM_PREDICT_H

#include <stdbool.h>

#include "kv_cache.h"
#include "program.h"

struct predictor {
    struct program *p;
    bool cached;         /* with the cache; else everything is computed each time */
    struct kv_cache cache;
    real *memory;        /* the cache's */
    int *held;           /* [P] the tokens in the cache */
    real *logits;        /* [V] with the cache */
};

struct predictor predictor_begin(struct program *p, bool cached);
void predictor_end(struct predictor *m);

/* The logits [V] of the token after these n, 1 to P; valid until the next call. */
const real *predict(struct predictor *m, const int *tokens, size_t n);

#endif
