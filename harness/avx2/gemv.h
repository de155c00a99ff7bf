/* gemv.h: a vector times packed weights, for decoding. */
#ifndef GEMV_H
#define GEMV_H

#include <stddef.h>

#include "threads.h"

/* out [N] = x [K] * b [K, N], + also [N], not out, + bias [N], both or one of them NULL; b as
 * pack_weight left it. Called by all threads of a parallel region with the same arguments:
 * each makes the columns that it also gets as a result, [begin, end). */
struct range gemv(float *out, const float *x, const float *packed, const float *also,
                  const float *bias, size_t K, size_t N);

#endif
