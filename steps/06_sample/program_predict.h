/* program_predict.h: the scores of what comes after a text. */
#ifndef PROGRAM_PREDICT_H
#define PROGRAM_PREDICT_H

#include "engine.h"
#include "program.h"

struct predictor {
    struct program *p;
    const struct engine_ops *ops;  /* what computes with the cache; NULL without it */
    struct graph *graph;           /* of the longest text that goes in at once */
    struct engine *engine;
    size_t t;                      /* tokens in the cache */
    int *held;                     /* [P] and which */
    real *logits;                  /* [V] with the cache */
};

/* `ops` NULL: without the cache, everything is computed each time, by the steps. */
struct predictor predictor_begin(struct program *p, const struct engine_ops *ops);
void predictor_end(struct predictor *m);

/* The logits [V] of the token after these n, 1 to P; valid until the next call. */
const real *predict(struct predictor *m, const int *tokens, size_t n);

#endif
