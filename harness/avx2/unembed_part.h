/* unembed_part.h: the gradient of some columns of the logits. */
#ifndef UNEMBED_PART_H
#define UNEMBED_PART_H

#include <stdbool.h>

#include "threads.h"

/* As many columns of logits as go through their gradient together: with a few hundred
 * tokens they stay in a cache meanwhile. */
enum { UNEMBED_COLUMNS = 3072 };

/* What the logits of the tokens v add to din [N, C], and to rows v of dwte [V, C]; the one
 * or the other is set instead. dlogits [N, V], a row every `stride` floats; in [N, C];
 * wte [V, C]; room: for matmul (matmul.h), or NULL. */
struct unembed_part {
    float *din, *dwte;
    bool add_din, add_dwte;
    const float *dlogits, *in, *wte;
    size_t stride, N, C;
};

void unembed_backward_part(const struct unembed_part *u, struct range v, const struct room *room);

#endif
