/* bars.h: the largest errors that pass, and why. */
#ifndef BARS_H
#define BARS_H

#include <stddef.h>

#include "diagnosis/precision.h"

/* How far a float32 implementation errs at a tensor, by no fault of its own. */
struct yardstick {
    double rms, max;
    const char *source;  /* where the figures come from */
};

struct bar {
    double rms, max;     /* of the errors of errors.h */
    const char *reason;
};

/* K: a subject may err this many times as much as the reference does itself. One
 * number for every tensor, model, mode and precision. */
extern const double bar_factor;

/* The bar in that precision at a tensor of that many rows (vectors along its last axis)
 * whose rms is `scale` and whose largest element `peak` times that. */
struct bar bar_at(const struct precision *p, const struct yardstick *y, double peak, size_t rows,
                  double scale);

/* The same in float32 or float64, for numbers of 4 or 8 bytes and an rms of 1. */
struct bar bar_for(size_t width, const struct yardstick *y, double peak, size_t rows);

#endif
