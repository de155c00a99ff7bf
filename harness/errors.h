/* errors.h: how far one tensor is from another. */
#ifndef ERRORS_H
#define ERRORS_H

#include <stdbool.h>
#include <stddef.h>

#include "files/box.h"

enum { N_WORST = 3 };

/* With d = got - want, all in double:
 *   rms = rms(d) / rms(want)      max = max|d| / rms(want)
 * Where want is zero throughout there is nothing to divide by, and both are
 * absolute. Elements of `got` that are not finite make both NaN. */
struct errors {
    double rms, max;
    double scale;               /* rms(want), or 1 where that is 0 */
    double peak;                /* max|want| / scale */
    size_t elements, nonfinite, zeros;  /* zeros of want */
    size_t n_worst, worst[N_WORST];     /* the flat indices of the worst, worst first */
    double got[N_WORST], want[N_WORST]; /* and what stands there */
};

struct errors measure_errors(const double *got, const double *want, size_t count);

/* The same for tensors that come in parts: begin with zeros, add every part, end. */
struct measure {
    double d2, w2, d_max, w_max;  /* sums of squares, maxima */
    struct errors so_far;
};

void measure_add(struct measure *m, const double *got, const double *want,
                 const struct box *box);
struct errors measure_end(const struct measure *m);

/* What the rms error of two careless answers would be: all zeros, and the right
 * numbers in the wrong places. */
double zeros_error(const struct errors *e);
double shuffled_error(const double *want, size_t count, double scale);

/* Elements that differ by more than `limit` times the scale, or are not finite. */
size_t count_wrong(const double *got, const double *want, size_t count, double limit,
                   double scale);

#endif
