#ifndef EMBED_H
#define EMBED_H

#include "gpt.h"

/* The vector of each token. tok_embed [N, C]; tokens [N], each below the number
 * of wte's rows; wte [V, C]. */
void embed_tokens(real *tok_embed, const int *tokens, const real *wte, size_t N, size_t C);

/* The vector of each position. pos_embed [T, C]; wpe [P, C], T at most P. */
void embed_positions(real *pos_embed, const real *wpe, size_t T, size_t C);

/* What the first block reads. resid_pre [B, T, C]; tok_embed [B, T, C];
 * pos_embed [T, C], the same for every text of the batch. */
void embed_sum(real *resid_pre, const real *tok_embed, const real *pos_embed,
               size_t B, size_t T, size_t C);

#endif
