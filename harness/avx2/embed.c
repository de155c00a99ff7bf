/* embed.c: from token numbers to vectors, twin of steps/02_embed/embed.c.
 *
 *     resid_pre[b][t] = wte[tokens[b][t]] + wpe[t]
 *
 * Rows are copied and added whole; there is nothing to compute. */
#include "02_embed/embed.h"

#include <string.h>

#include "00_ingredients/add.h"

void embed_tokens(real *tok_embed, const int *tokens, const real *wte, size_t N, size_t C)
{
    for (size_t n = 0; n < N; n++)
        memcpy(tok_embed + n * C, wte + (size_t)tokens[n] * C, C * sizeof(real));
}

void embed_positions(real *pos_embed, const real *wpe, size_t T, size_t C)
{
    memcpy(pos_embed, wpe, T * C * sizeof(real));
}

void embed_sum(real *resid_pre, const real *tok_embed, const real *pos_embed,
               size_t B, size_t T, size_t C)
{
    for (size_t b = 0; b < B; b++)
        add(resid_pre + b * T * C, tok_embed + b * T * C, pos_embed, T * C);
}
