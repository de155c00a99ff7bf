/* mlp.c: what a token does by itself with what attention gathered.
 *
 *     mlp_pre  = in * c_fc + bias            C numbers become F, usually 4 C
 *     mlp_post = gelu(mlp_pre)
 *     mlp_out  = mlp_post * c_proj + bias    and F become C again
 *
 * No token sees another one here. Each of the F numbers in the middle asks one
 * question of the vector (a column of c_fc), the bend keeps those that answer
 * yes, and each of these adds its own vector to the stream (a row of c_proj).
 * Without the bend the two maps would be one.
 *
 * Source: Radford and others (2018), section 4.1; openai/gpt-2 src/model.py,
 * `mlp`. The layer norm around it is wired in forward.c. */
#include "mlp.h"

#include "00_ingredients/gelu.h"
#include "00_ingredients/linear.h"

void mlp(real *mlp_out, real *mlp_pre, real *mlp_post, const real *in,
         const struct block_weights *p, size_t N, size_t C, size_t F)
{
    linear(mlp_pre, in, p->c_fc_weight, p->c_fc_bias, N, C, F);
    gelu(mlp_post, mlp_pre, N * F);
    linear(mlp_out, mlp_post, p->mlp_c_proj_weight, p->mlp_c_proj_bias, N, F, C);
}
