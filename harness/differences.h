/* differences.h: the slope of a subject's loss along a direction of one weight tensor,
 * measured by moving the weights: nothing of backpropagation is used. */
#ifndef DIFFERENCES_H
#define DIFFERENCES_H

#include "execute.h"

/* Steps of 10^-1, 10^-1.5 .. 10^-9; orders 2, 4 .. 10. */
enum { N_STEPS = 17, N_ORDERS = 5 };

/* A subject of width 8 whose loss is asked for again and again. */
struct probe {
    const struct runner *run;  /* its weights are moved and put back */
    const int *tokens, *targets;
    struct engine *engine;     /* NULL where the subject has none */
    double loss;               /* where no weight is moved */
};

struct probe probe_begin(const struct runner *run, const int *tokens, const int *targets);
void probe_end(struct probe *p);

/* What differences say of the derivative of loss(w + x direction) at x = 0. */
struct slopes {
    double step[N_STEPS];              /* |change of the tensor| / |tensor| */
    double value[N_STEPS][N_ORDERS];   /* order 2k + 2 needs the k steps before: NaN
                                        * where there are less */
    size_t best_step, best_order;      /* where they are least uncertain */
    double best, uncertainty;          /* the value there, NaN where none is finite */
};

/* Measures along a direction [count of the weight tensor]; only its ray matters for the
 * steps, its length for the slope. */
struct slopes measure_slopes(const struct probe *p, size_t weight, const double *direction);

/* What a gradient says: gradient . direction, and what an error is relative to:
 * rms(gradient) |direction|. */
struct expected {
    double slope, scale;
};

struct expected expect_slope(const double *gradient, const double *direction, size_t count);

/* The relative error of a measured slope. */
double slope_error(const struct expected *e, double measured);

#endif
