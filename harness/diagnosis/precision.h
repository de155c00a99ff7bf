/* precision.h: the floating-point formats that an implementation may compute in. */
#ifndef PRECISION_H
#define PRECISION_H

#include <stdbool.h>

#include "graph.h"

struct precision {
    const char *name, *title;  /* as --precision takes it; for people */
    int bits;                  /* of the significand, with its leading one */
    int lowest;                /* 2^lowest is the smallest normal number */
    double largest;
    bool products_only;        /* only what products read is rounded so, all else is float32 */
};

/* Every precision, the finest first; the last has no name. */
extern const struct precision precisions[];

/* The precision of that name, or NULL; and the names of all, for messages. */
const struct precision *precision_find(const char *name);
const char *precision_names(void);

/* float32 or float64: what numbers of 4 or 8 bytes are taken to be computed in. */
const struct precision *precision_of_width(size_t width);

/* Half a unit in the last place of 1; and half the smallest number above 0, which is the
 * largest error of rounding where numbers are too small to be normal. */
double roundoff(const struct precision *p);
double underflow(const struct precision *p);

/* The nearest number of that precision, of two the even one; infinite beyond the largest.
 * A NaN stays one. */
double round_to(double x, const struct precision *p);

/* Whether products go into a tensor. `place` counts as in struct result: forward nodes,
 * then gradients at them, last first, then gradients of weights. `chain`: into it or
 * into anything that it is computed from. */
bool takes_products(const struct graph *g, size_t place, bool chain);

/* Whether an op multiplies what it reads with one another: a linear map, scores, a mix. */
bool op_is_product(enum op op);

#endif
