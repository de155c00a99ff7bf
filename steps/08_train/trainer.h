#ifndef TRAINER_H
#define TRAINER_H

#include <stdbool.h>

#include "engine.h"
#include "recipe.h"

/* A model while it learns. Arrays of arrays are in the graph's order. */
struct trainer {
    struct recipe recipe;
    const struct graph *graph;         /* of one batch */
    const struct engine_ops *ops;      /* what computes */
    struct engine *engine;
    real **weight, **dweight;
    real **mean, **square;             /* the optimiser's memory */
    size_t *count;                     /* elements of each weight */
    int *tokens, *targets;             /* [B, T] the batch */
    size_t step;                       /* steps that are done */
};

struct lesson {
    double loss, norm, rate;  /* of the batch, of its gradient, of the step */
    bool finite;              /* false: no number came out, and no weight was changed */
};

/* One step: learns from one batch of a text of n tokens. */
struct lesson train_step(struct trainer *t, const int *text, size_t n);

/* The loss over a text of n tokens that is not learnt from, in pieces of T tokens that
 * are `stride` apart (batch.h); over at most `most` batches of them, evenly spread. */
double held_out_loss(struct trainer *t, const int *text, size_t n, size_t stride, size_t most);

#endif
