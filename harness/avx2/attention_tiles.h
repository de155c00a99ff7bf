/* attention_tiles.h: small matrix products on factors that are packed whole, for attention. */
#ifndef ATTENTION_TILES_H
#define ATTENTION_TILES_H

#include <stdbool.h>

#include "pack.h"

/* A left factor [M, K] that pack_panels packed whole. */
struct left {
    const float *packed;
    struct panels panels;
    size_t K;
};

/* v [M, K] packed into M * K floats, and what was packed so before. */
struct left left_packed(float *packed, struct view v, size_t M, size_t K);
struct left left_before(const float *packed, size_t M, size_t K);

/* out = a * b, or out += a * b where `add`: the panels of a that have one of these rows,
 * and of each only these k. out [M, TILE_COLUMNS]; b [k, TILE_COLUMNS]. */
void multiply_left(float *out, const struct left *a, const float *b, struct range rows,
                   struct range k, bool add);

/* Rows and columns exchanged on the way back to memory: n rows of D floats, `stride`
 * floats apart, each times scale, from `in` [D, TILE_COLUMNS]. room [TILE_COLUMNS, D]. */
void unpack_columns(float *out, float *room, const float *in, float scale, size_t n, size_t D,
                    size_t stride);

#endif
