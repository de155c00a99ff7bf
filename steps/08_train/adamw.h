#ifndef ADAMW_H
#define ADAMW_H

#include "gpt.h"

/* How an optimiser takes one step. */
struct adam {
    double rate;          /* of this step, after the schedule */
    double beta1, beta2;  /* how much of the running means stays */
    double eps;
    double decay;         /* of this weight: 0 for vectors */
    double scale;         /* the gradient is multiplied by it first: clipping */
    size_t t;             /* which step this is, from 1 */
};

/* One step of one weight. weight, mean, square, dweight [n]; mean and square begin as
 * 0 and are kept from step to step. */
void adamw(real *weight, real *mean, real *square, const real *dweight, const struct adam *o,
           size_t n);

/* The same as the program of GPT-1 does it. */
void openai_adam(real *weight, real *mean, real *square, const real *dweight,
                 const struct adam *o, size_t n);

#endif
