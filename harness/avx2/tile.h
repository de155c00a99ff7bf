/* tile.h: the innermost part of the matrix product: one tile of the result, held in
 * registers from the first product to the last. What stands around it: matmul.c. */
#ifndef TILE_H
#define TILE_H

#include "vector.h"

/* The size of a full tile. Each of its rows is two registers wide. */
#ifdef __AVX512F__
enum { TILE_ROWS = 14, TILE_COLUMNS = 2 * LANES };  /* 28 of 32 registers */
#else
enum { TILE_ROWS = 6, TILE_COLUMNS = 2 * LANES };   /* 12 of 16 */
#endif

/* A tile asks for some cache lines of what comes later (fetch.h) once in so many k. */
enum { TILE_AHEAD = 8 };

/* A tile of out = a * b, and what is done to it before it is stored. */
struct tile {
    size_t rows, columns;     /* at most TILE_ROWS and TILE_COLUMNS */
    float *out;               /* [rows, columns], a row every out_stride floats */
    size_t out_stride;
    const float *also;        /* [rows, columns] to be added, or NULL; may be out */
    size_t also_stride;
    const float *bias;        /* [columns] to be added, or NULL */
    const void *next;         /* what will be needed soon, from far away: K / TILE_AHEAD times */
    size_t next_more;         /* a cache line, and so many more, */
    size_t next_skip;         /* so many bytes between them */
};

/* a [K, rows], b [K, TILE_COLUMNS], both packed (pack.h); every sum runs over k in
 * order, so it does not matter who computes a tile, nor what stands beside it. */
void tile_multiply(const struct tile *t, const float *a, const float *b, size_t K);

#endif
