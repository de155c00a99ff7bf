#ifndef EMBED_BACKWARD_H
#define EMBED_BACKWARD_H

#include "gpt.h"

/* Adds the gradients of the embedding: to dwte [V, C] from dtok_embed [N, C], */
void embed_tokens_backward(real *dwte, const real *dtok_embed, const int *tokens, size_t N,
                           size_t C);

/* to dwpe [P, C] from dpos_embed [T, C], */
void embed_positions_backward(real *dwpe, const real *dpos_embed, size_t T, size_t C);

/* and to dtok_embed [B, T, C] and dpos_embed [T, C] from dresid_pre [B, T, C]. */
void embed_sum_backward(real *dtok_embed, real *dpos_embed, const real *dresid_pre,
                        size_t B, size_t T, size_t C);

#endif
