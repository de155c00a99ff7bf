/* check_gradients.h: verdicts on gradients, for check and compare. */
#ifndef CHECK_GRADIENTS_H
#define CHECK_GRADIENTS_H

#include "backprop.h"
#include "check.h"

/* Reads the golden's gradients into r->dwant and r->gwant, and works out yardsticks. */
void read_gradients(struct reference *r, const struct options *o);

/* How one gradient was given: its width, and where it was not, why and whether that is
 * a failure. */
struct given {
    size_t width;
    const char *absent;  /* NULL: it is there */
    bool missing, fails;
};

/* What there is to judge. */
struct gradient_case {
    const char *subject, *repeat;
    enum mode mode;
    struct gradients got, want;
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
