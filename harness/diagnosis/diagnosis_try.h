/* diagnosis_try.h: runs known mistakes on given tensors. */
#ifndef DIAGNOSIS_TRY_H
#define DIAGNOSIS_TRY_H

#include "backprop.h"
#include "check.h"

/* The model's weights as far as mistakes have needed them, by width. */
struct trials {
    const struct reference *r;
    void **weight[2];     /* float, double; NULL where not read yet */
    size_t held;          /* elements of all of them */
};

struct trials trials_begin(const struct reference *r);
void trials_end(struct trials *t);

/* A weight in double. */
const double *trial_weight(struct trials *t, size_t i);

/* One op on `in`; out[k] has room for node first + k. */
void try_op(struct trials *t, const struct subject *s, size_t first, const double *const in[],
            double *const out[]);

/* The same with other numbers in place of weight i. */
void try_op_with(struct trials *t, const struct subject *s, size_t first,
                 const double *const in[], size_t i, const double *weight, double *const out[]);

/* The wiring of one step in one layer, given all tensors of a forward pass; what node i is
 * then, as the step has made it. NULL where the subject has no parts. */
double *try_part(struct trials *t, const struct subject *s, double *const made[], size_t i);

/* Node i of a whole forward pass from the golden's tokens. */
double *try_forward(struct trials *t, const struct subject *s, size_t i);

/* All gradients: op by op, or `given` NULL the whole of backpropagation. */
struct gradients try_backward(struct trials *t, const struct subject *s, double *const made[],
                              double *const given[]);

/* Multiplications and additions of the op that makes node i; of its step in its layer; and
 * of a whole backward pass, about. */
double cost_of_op(const struct graph *g, size_t i);
double cost_of_part(const struct graph *g, size_t i);
double cost_of_backward(const struct graph *g);

#endif
