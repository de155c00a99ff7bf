#ifndef LOSS_BACKWARD_H
#define LOSS_BACKWARD_H

#include "gpt.h"

/* Adds the gradient of cross_entropy(loss, logits, targets) to dlogits [N, V]; dloss
 * is the gradient of the loss itself, 1 where it is the end of the chain. */
void cross_entropy_backward(real *dlogits, real dloss, const real *logits, const int *targets,
                            size_t N, size_t V);

#endif
