/* compare_gradients.h: the gradients of a trace. */
#ifndef COMPARE_GRADIENTS_H
#define COMPARE_GRADIENTS_H

#include "traced.h"

/* Where golden and trace both have gradients. Chain: against the golden's; local: against what
 * the f64 subject makes of the trace's own tensors and gradients, one op at a time.
 * forward_failure is the first tensor that is wrong in the forward pass of a chain, or NULL. */
void compare_gradients(struct results *all, const struct reference *r, const struct traced *t,
                       enum mode mode, const struct options *o, const char *repeat,
                       const char *forward_failure);

#endif
