/* embed_backward.c: the gradient of looking tokens up.
 *
 *     forward:   resid_pre[b][t] = wte[tokens[b][t]] + wpe[t]
 *
 *     dwte[v] = sum of dresid_pre[b][t] over all places where the token is v
 *     dwpe[t] = sum of dresid_pre[b][t] over the texts b
 *
 * A token that occurs twice is moved by both of its places; a row that does not
 * occur gets nothing from here (wte's rows get their other part from the
 * unembedding, unembed_backward.c). */
#include "embed_backward.h"

void embed_tokens_backward(real *dwte, const real *dtok_embed, const int *tokens, size_t N,
                           size_t C)
{
    for (size_t n = 0; n < N; n++)
        for (size_t c = 0; c < C; c++)
            dwte[(size_t)tokens[n] * C + c] += dtok_embed[n * C + c];
}

void embed_positions_backward(real *dwpe, const real *dpos_embed, size_t T, size_t C)
{
    for (size_t i = 0; i < T * C; i++)
        dwpe[i] += dpos_embed[i];
}

void embed_sum_backward(real *dtok_embed, real *dpos_embed, const real *dresid_pre,
                        size_t B, size_t T, size_t C)
{
    for (size_t b = 0; b < B; b++)
        for (size_t i = 0; i < T * C; i++) {
            dtok_embed[b * T * C + i] += dresid_pre[b * T * C + i];
            dpos_embed[i] += dresid_pre[b * T * C + i];
        }
}
