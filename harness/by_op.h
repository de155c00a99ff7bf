/* by_op.h: a subject's gradients, one op after the other, so that no more is in memory than
 * the next op needs. */
#ifndef BY_OP_H
#define BY_OP_H

#include "execute.h"
#include "files/shelf.h"

struct by_op;

/* What is fed to the ops. */
struct by_op_input {
    struct shelf *made;   /* the forward tensors */
    struct shelf *given;  /* the gradients of the ops' outputs, or NULL: what the ops after
                           * them have computed, and 1 at the loss */
    const int *tokens, *targets;
    bool rounded;         /* all that an op reads is rounded to float */
};

/* Begins behind the last node. What is pointed to has to stay. */
struct by_op *by_op_begin(const struct runner *r, const struct by_op_input *in);
void by_op_end(struct by_op *w);

/* The gradient at node i when all nodes after it are done, or NULL where what it is computed
 * from was not there. It is there until by_op_step(w, i). */
const double *by_op_node(struct by_op *w, size_t i);

/* Goes back through what makes node i; nodes are done from the last to the first. */
void by_op_step(struct by_op *w, size_t i);

/* When all nodes are done: the gradient of weight i, or NULL as above, until the next. */
const double *by_op_weight(struct by_op *w, size_t i);

#endif
