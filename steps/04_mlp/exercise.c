/* exercise.c: the MLP, to be written by you. docs/04-mlp.md explains it, HINTS.md has
 * hints, and
 *
 *     make check-04 SUBJECT=exercise
 *
 * marks it. Take the line with not_written out when you write the body. linear and gelu of
 * step 00 may be called. */
#include "exercise.h"

#include "00_ingredients/gelu.h"
#include "00_ingredients/linear.h"
#include "mlp.h"

/* The feed-forward half of a block, for N vectors at once.
 * mlp_out [N, C]; mlp_pre [N, F]; mlp_post [N, F]; in [N, C]; of the block's
 * weights p it reads c_fc [C, F] and c_proj [F, C] with their biases:
 * p->c_fc_weight, p->c_fc_bias, p->mlp_c_proj_weight, p->mlp_c_proj_bias.
 *
 * A linear map from C to F numbers, the bend, a linear map back. All three results are
 * kept. */
void mlp(real *mlp_out, real *mlp_pre, real *mlp_post, const real *in,
         const struct block_weights *p, size_t N, size_t C, size_t F)
{
    not_written(__func__);
}
