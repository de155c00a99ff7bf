#ifndef MLP_H
#define MLP_H

#include "gpt.h"

/* The feed-forward half of a block, for N vectors at once.
 * mlp_out [N, C]; mlp_pre [N, F]; mlp_post [N, F]; in [N, C]; of the block's
 * weights p it reads c_fc [C, F] and c_proj [F, C] with their biases. */
void mlp(real *mlp_out, real *mlp_pre, real *mlp_post, const real *in,
         const struct block_weights *p, size_t N, size_t C, size_t F);

#endif
