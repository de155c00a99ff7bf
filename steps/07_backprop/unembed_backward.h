#ifndef UNEMBED_BACKWARD_H
#define UNEMBED_BACKWARD_H

#include "gpt.h"

/* Adds the gradients of unembed(logits, in, wte) to din [N, C] and dwte [V, C], from
 * dlogits [N, V], in [N, C] and wte [V, C]. */
void unembed_backward(real *din, real *dwte, const real *dlogits, const real *in,
                      const real *wte, size_t N, size_t C, size_t V);

#endif
