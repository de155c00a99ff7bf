/* moments.h: mean and variance of a row, for layer norm and its gradient. */
#ifndef MOMENTS_H
#define MOMENTS_H

#include "vector.h"

struct moments {
    float mean;
    float scale;  /* 1 / sqrt(variance + eps) */
};

/* Of x [C]. */
struct moments row_moments(const float *x, double eps, size_t C);

/* The mean of C numbers of which the vectors hold the sum. Always in the same order. */
float mean_of(vec a, vec b, vec c, vec d, size_t C);

#endif
