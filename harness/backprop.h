/* backprop.h: runs a subject's gradients, whole or one op at a time. */
#ifndef BACKPROP_H
#define BACKPROP_H

#include "execute.h"

/* Gradients in the graph's order, as double. An entry is NULL where what it is
 * computed from was not given; that of the loss is always NULL. */
struct gradients {
    double **tensor, **weight;
};

/* Chain: the subject's forward and backward pass. */
struct gradients gradients_chain(const struct runner *r, const int *tokens, const int *targets);

/* The same of a forward pass whose tensors are given, none of them NULL. */
struct gradients gradients_after(const struct runner *r, double *const made[],
                                 const int *tokens, const int *targets);

/* Op by op, each given the forward tensors `made` and the gradients of its outputs:
 * `given`, or where that is NULL what the ops after it have computed. A gradient is
 * the sum over the ops that read the tensor. `rounded`: everything that an op reads
 * is rounded to float, as a float32 machine would hold it. */
struct gradients gradients_by_op(const struct runner *r, double *const made[],
                                 double *const given[], const int *tokens, const int *targets,
                                 bool rounded);

void gradients_free(struct gradients *d, const struct graph *g);

#endif
