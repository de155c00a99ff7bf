/* bars.h: the largest errors that pass, and why. */
#ifndef BARS_H
#define BARS_H

#include <stddef.h>

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

/* The bar for elements of `width` bytes at a tensor of that many rows (vectors
 * along its last axis) whose largest element is `peak` times its rms. */
struct bar bar_for(size_t width, const struct yardstick *y, double peak, size_t rows);

#endif
