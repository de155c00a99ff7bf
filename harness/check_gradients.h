/* check_gradients.h: verdicts on gradients, for check and compare. */
#ifndef CHECK_GRADIENTS_H
#define CHECK_GRADIENTS_H

#include "backprop.h"
#include "by_op.h"
#include "check.h"

/* Looks for the golden's gradients, r->dwant and r->gwant, and works out yardsticks. */
void read_gradients(struct reference *r, const struct options *o);

/* How one gradient was given: its width, and where it was not, why and whether that is
 * a failure. */
struct given {
    size_t width;
    const char *absent;  /* NULL: it is there */
    bool missing, fails;
};

/* Gradients at nodes and of weights, from shelves, or as they are computed. */
struct gradient_side {
    struct shelf *tensor, *weight;
    struct by_op *computed;     /* NULL: from the shelves */
};

/* What there is to judge. */
struct gradient_case {
    const char *subject, *repeat;
    enum mode mode;
    struct gradient_side got_side, want_side;  /* at most one of them is computed */
    struct gradients got, want;  /* the same in memory; NULL where they are too many */
    const struct subject *own;  /* only what is its own, or NULL: all */
    size_t width;               /* of all of got, or */
    const struct given *given;  /* where not NULL: of each, a node and then a weight each */
    const char *forward_failure;  /* the first tensor that failed in the forward pass of a
                                   * chain, or NULL: all that is wrong follows from it */
};

/* Judges gradients in the order in which backpropagation makes them, then those of the
 * weights. */
void judge_gradients(struct results *all, const struct reference *r,
                     const struct gradient_case *c, const struct options *o);

/* The gradients of one subject in one mode. */
void check_gradients(struct results *all, const struct reference *r, const struct runner *run,
                     enum mode mode, const struct options *o, const char *repeat,
                     const char *forward_failure);

#endif
