/* exercise.c: the embedding, to be written by you. docs/02-embed.md explains it, HINTS.md
 * has hints, and
 *
 *     make check-02 SUBJECT=exercise
 *
 * marks it. Take the line with not_written out of a function when you write its body. */
#include "exercise.h"

#include "embed.h"

/* The vector of each position. pos_embed [T, C]; wpe [P, C], T at most P.
 *
 * The first T rows of wpe, as they are. */
void embed_positions(real *pos_embed, const real *wpe, size_t T, size_t C)
{
    not_written(__func__);
}

/* The vector of each token. tok_embed [N, C]; tokens [N], each below the number
 * of wte's rows; wte [V, C].
 *
 * For each of the N tokens: copy its row of wte, C numbers. A token is an int; as a part of
 * an index it is a (size_t)tokens[n]. */
void embed_tokens(real *tok_embed, const int *tokens, const real *wte, size_t N, size_t C)
{
    not_written(__func__);
}

/* What the first block reads. resid_pre [B, T, C]; tok_embed [B, T, C];
 * pos_embed [T, C], the same for every text of the batch.
 *
 * For each of the B texts, for each of its T C numbers: a sum of two. */
void embed_sum(real *resid_pre, const real *tok_embed, const real *pos_embed,
               size_t B, size_t T, size_t C)
{
    not_written(__func__);
}
