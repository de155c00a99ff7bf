/* backward.h: backpropagation through the whole model. */
#ifndef BACKWARD_H
#define BACKWARD_H

#include "gpt.h"

/* The gradients of the loss at every tensor and every weight. `a` holds what forward()
 * computed, every tensor of it; da and dw have the same arrays, all 0, and get the
 * gradients (da->loss, da->qkv, too). da->tokens and da->targets are not used. */
void backward(const struct config *cfg, const struct weights *w, const struct acts *a,
              struct weights *dw, struct acts *da);

#endif
