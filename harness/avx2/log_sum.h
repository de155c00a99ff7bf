/* log_sum.h: the softmax of a long row, piece by piece. */
#ifndef LOG_SUM_H
#define LOG_SUM_H

#include <stddef.h>

/* What is to be known of some numbers x: sum = sum of exp(x - max). */
struct log_sum {
    float max;
    double sum;  /* where one x stands out it is 1 and a little, and the loss is that little */
};

struct log_sum log_sum_of(const float *x, size_t n);

/* The same of `count` pieces together. */
struct log_sum log_sum_all(const struct log_sum *piece, size_t count);

/* out = scale * exp(x - max), n numbers; added where `add`. */
void scaled_exp(float *out, const float *x, float max, double scale, int add, size_t n);

#endif
