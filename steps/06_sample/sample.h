#ifndef SAMPLE_H
#define SAMPLE_H

#include "gpt.h"

struct sampling {
    double temperature;  /* 0: always the likeliest token; finite */
    size_t top_k;        /* only the k likeliest tokens; 0: all */
    double top_p;        /* only the likeliest with this probability; 1: all */
};

struct candidate {
    size_t token;
    double logit;
    double weight;       /* its probability times a number that all share */
};

/* Chooses a token. Returns it, or V where no token can be chosen: a logit is NaN or
 * +infinity, or all are -infinity.
 * logits [V]; uniform at least 0 and below 1; room [V] is overwritten. V at least 1. */
size_t sample(const real *logits, size_t V, const struct sampling *how, double uniform,
              struct candidate *room);

#endif
