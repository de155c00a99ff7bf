/* coverage.h: how much of the graph a trace shows. */
#ifndef COVERAGE_H
#define COVERAGE_H

#include "files/shelf.h"

/* The lines for people: how many tensors, gradients at tensors and gradients of weights are
 * there in their shapes; where tensors are left out, which are there in which layers. Free
 * it. */
char *coverage_text(const struct graph *g, const struct shelf *forward,
                    const struct shelf *backward, const struct shelf *grad);

#endif
