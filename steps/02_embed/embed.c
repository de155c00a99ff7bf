/* embed.c: from token numbers to vectors.
 *
 *     resid_pre[b][t] = wte[tokens[b][t]] + wpe[t]
 *
 * A token's number says nothing by itself; row `token` of wte holds the C
 * numbers that the model has learnt for it. Attention alone cannot tell one
 * order of the tokens from another, so row t of wpe, learnt as well, is added
 * for the position (openai/gpt-2 src/model.py, `model`; Radford and others,
 * "Improving Language Understanding by Generative Pre-Training" (2018),
 * equation 2: h_0 = U W_e + W_p). */
#include "embed.h"

void embed_tokens(real *tok_embed, const int *tokens, const real *wte, size_t N, size_t C)
{
    for (size_t n = 0; n < N; n++)
        for (size_t c = 0; c < C; c++)
            tok_embed[n * C + c] = wte[(size_t)tokens[n] * C + c];
}

void embed_positions(real *pos_embed, const real *wpe, size_t T, size_t C)
{
    for (size_t i = 0; i < T * C; i++)
        pos_embed[i] = wpe[i];
}

void embed_sum(real *resid_pre, const real *tok_embed, const real *pos_embed,
               size_t B, size_t T, size_t C)
{
    for (size_t b = 0; b < B; b++)
        for (size_t i = 0; i < T * C; i++)
            resid_pre[b * T * C + i] = tok_embed[b * T * C + i] + pos_embed[i];
}
