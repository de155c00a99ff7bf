/* yardstick.h: how far a float32 implementation errs at each tensor. */
#ifndef YARDSTICK_H
#define YARDSTICK_H

#include "bars.h"
#include "execute.h"
#include "files/shelf.h"

/* One yardstick a node and mode: from the golden's f32_ attributes where it has
 * them, else worked out. `want` are the golden's tensors. Without a model
 * (NULL) only a rough estimate stands in for missing attributes. Free the result. */
struct yardstick *yardsticks(struct trace *golden, struct model *model, const struct graph *g,
                             struct shelf *want, bool chain);

/* The same for the gradients at nodes and of weights (dwant, gwant): a yardstick a node, then
 * one a weight. */
struct yardstick *gradient_yardsticks(struct trace *golden, struct model *model,
                                      const struct graph *g, struct shelf *want,
                                      struct shelf *dwant, struct shelf *gwant, bool chain);

#endif
