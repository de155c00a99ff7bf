/* gemv.h: a vector times packed weights, for decoding. */
#ifndef GEMV_H
#define GEMV_H

#include <stddef.h>

#include "threads.h"

/* out [N] = x [K] * b [K, N], + also [N], not out, + bias [N], both or one of them NULL; b as
 * pack_weight left it. */
struct gemv {
    float *out;
    const float *x, *packed, *also, *bias;
    size_t K, N;
};

/* How many parts its columns are cut into, so that threads can share them out: in a parallel region
 * the same for each. */
size_t gemv_parts(const struct gemv *g);

/* Makes some of the parts; returns which columns these are. None depends on which others are made
 * with it. */
struct range gemv(const struct gemv *g, struct range parts);

#endif
