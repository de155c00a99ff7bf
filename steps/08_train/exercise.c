/* exercise.c: the parts of training, to be written by you. docs/08-train.md explains them,
 * HINTS.md has hints, and
 *
 *     make check-08 SUBJECT=exercise
 *
 * marks them. Take the line with not_written out of a function when you write its body. */
#include "exercise.h"

#include <tgmath.h>

#include "adamw.h"
#include "clip.h"
#include "schedule.h"

/* The learning rate of a step, from 1.
 *
 * Up to s->warmup in a line: rate * step / warmup. From there half a cosine down:
 * min_rate + (rate - min_rate) * (1 + cos(pi * share)) / 2, where share goes from 0 at the
 * end of the warm-up to 1 at step s->steps. From s->steps on it is min_rate. */
double learning_rate(const struct schedule *s, size_t step)
{
    not_written(__func__);
    return 0;
}

/* What to multiply a gradient of that length by, so that it has at most the length
 * `most`; 0 for `most` leaves all as it is.
 *
 * most / (norm + 1e-6), but never more than 1. */
double clip_scale(double norm, double most)
{
    not_written(__func__);
    return 0;
}

/* The length of the gradient of all weights together. dweight[i] [count[i]]; n weights.
 *
 * One sum of squares over all numbers of all weights, in double, and its root. */
double gradient_norm(real *const dweight[], const size_t count[], size_t n)
{
    not_written(__func__);
    return 0;
}

/* One step of one weight. weight, mean, square, dweight [n]; mean and square begin as
 * 0 and are kept from step to step.
 *
 * For each of the n numbers, with g its gradient times o->scale:
 *   mean   = beta1 * mean   + (1 - beta1) * g
 *   square = beta2 * square + (1 - beta2) * g^2
 *   weight = weight * (1 - rate * decay) - rate * mean' / (sqrt(square') + eps)
 * where mean' is mean / (1 - beta1^t), and square' is square / (1 - beta2^t). */
void adamw(real *weight, real *mean, real *square, const real *dweight, const struct adam *o,
           size_t n)
{
    not_written(__func__);
}
