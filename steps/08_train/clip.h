#ifndef CLIP_H
#define CLIP_H

#include "gpt.h"

/* The length of the gradient of all weights together. dweight[i] [count[i]]; n weights. */
double gradient_norm(real *const dweight[], const size_t count[], size_t n);

/* What to multiply a gradient of that length by, so that it has at most the length
 * `most`; 0 for `most` leaves all as it is. */
double clip_scale(double norm, double most);

#endif
