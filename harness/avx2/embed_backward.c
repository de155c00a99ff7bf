/* embed_backward.c: the gradient of looking tokens up, twin of
 * steps/07_backprop/embed_backward.c.
 *
 *     forward:   resid_pre[b][t] = wte[tokens[b][t]] + wpe[t]
 *
 *     dwte[v] = sum of dresid_pre[b][t] over all places where the token is v
 *     dwpe[t] = sum of dresid_pre[b][t] over the texts b
 *
 * Row after row in the order of the text: two places may hold the same token, so they
 * cannot be dealt out to threads. */
#include "07_backprop/embed_backward.h"

#include "00_ingredients/add.h"

void embed_tokens_backward(real *dwte, const real *dtok_embed, const int *tokens, size_t N,
                           size_t C)
{
    for (size_t n = 0; n < N; n++) {
        real *row = dwte + (size_t)tokens[n] * C;  /* [C] */
        add(row, row, dtok_embed + n * C, C);
    }
}

void embed_positions_backward(real *dwpe, const real *dpos_embed, size_t T, size_t C)
{
    add(dwpe, dwpe, dpos_embed, T * C);
}

void embed_sum_backward(real *dtok_embed, real *dpos_embed, const real *dresid_pre,
                        size_t B, size_t T, size_t C)
{
    add(dtok_embed, dtok_embed, dresid_pre, B * T * C);
    for (size_t b = 0; b < B; b++)
        add(dpos_embed, dpos_embed, dresid_pre + b * T * C, T * C);
}
