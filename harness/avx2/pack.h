/* pack.h: factors of a matrix product, copied into the order in which they are read. */
#ifndef PACK_H
#define PACK_H

#include <stddef.h>

#include "threads.h"

/* A matrix as it lies in memory: element (i, j) is at[i * down + j * across]. One of the
 * two is 1; with both exchanged it is the transpose. */
struct view {
    const float *at;
    size_t down, across;
};

struct view transposed(struct view v);

/* The part of v that begins at element (i, j). */
struct view view_from(struct view v, size_t i, size_t j);

/* A panel: `width` rows of v, side by side for each of its K columns: packed [K, stride],
 * zeros from width to stride, which is at least width. */
void pack_panel(float *packed, struct view v, size_t width, size_t stride, size_t K);

/* Rows cut into as few panels of at most TILE_ROWS as there can be, and these as even as
 * they can be: with few rows a tile has too few sums under way. The first `taller` have
 * one row more than the others. */
struct panels {
    size_t count, low, taller;
};

struct panels panels_of(size_t rows);
struct range panel_rows(struct panels p, size_t i);

/* Panels of a left factor v [rows, K]: those in `which`, one
 * after the other, each [K, its rows]. */
void pack_panels(float *packed, struct view v, struct panels p, struct range which, size_t K);

/* A right factor v [K, n] in panels of TILE_COLUMNS columns: [panels, K, TILE_COLUMNS],
 * the last one filled up with zeros. */
void pack_wide(float *packed, struct view v, size_t n, size_t K);

#endif
