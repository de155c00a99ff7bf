/* matmul_steps.h: the work of one thread in a matrix product, in steps. */
#ifndef MATMUL_STEPS_H
#define MATMUL_STEPS_H

#include <stdbool.h>

#include "fetch.h"
#include "matmul.h"
#include "tile.h"

enum {
    /* Of a, in L2: so few that what they make is still in L1 or L2 when it is looked at, or,
     * where nobody does, so many that b's panel serves all of them while it is in L1. With
     * AVX-512 many in any case: a panel of b fills L1, and few tiles are done with it before
     * the next one has come. */
    FEW_PANELS = ((LANES == 8 ? 64 : 256) + TILE_ROWS - 1) / TILE_ROWS,
    MANY_PANELS = (256 + TILE_ROWS - 1) / TILE_ROWS,
    BLOCK_PANELS = (MATMUL_GRAIN + TILE_COLUMNS - 1) / TILE_COLUMNS,
    BLOCK_COLUMNS = BLOCK_PANELS * TILE_COLUMNS,               /* of b */
    PACKED_ROWS = 256, BLOCK_ROWS = 1024,  /* whose panels of a are packed at a time, where b
                                            * is packed and where it is not */
    /* Of a in a band, at least: for each band all of b is packed again, or read. */
    BAND_PANELS = 256 / TILE_ROWS, BAND_PANELS_PACKED = 128 / TILE_ROWS,
    MOST_BANDS = 64,
    /* So few rows each thread packs for itself, if it has that many columns for them. */
    COPY_ROWS = 128, COPY_COLUMNS = 256,
    LINE = 16                              /* floats in a cache line */
};

/* Rows of a block, with the threads that pack them and begin with them. */
struct band {
    struct range panels;     /* of the block */
    size_t before, rows;     /* how many rows of the block come before it, and are in it */
    float *left;             /* [rows, K] packed, one block of K after another */
};

/* How far all threads are with a band. */
struct progress {
    _Atomic size_t packed;   /* how often one has packed its share: once for each block */
    _Atomic size_t taken;    /* for `deal` */
};

/* What a thread works on: some panels of a times some columns, counted in units of one panel
 * of b or of BLOCK_PANELS. */
struct part {
    struct range panels, units;
};

struct work {
    const struct matmul *m;
    struct range rows;       /* of the block of a that is packed now */
    struct panels panels;    /* and how it is cut */
    size_t blocks_before;    /* how many there were */
    bool copies;             /* each thread packs all rows for itself, or */
    size_t bands;            /* that the rows are cut into, */
    size_t first, now;       /* the one that this thread began with, and the one that it is at */
    struct progress *of;     /* [bands] */
    const struct room *room;
    float *right;            /* [BLOCK_PANELS, k, TILE_COLUMNS] this thread's own */
    float *out;              /* of element (rows.begin, 0), and its stride; */
    size_t out_stride;       /* or of the first of the columns now, where nothing is kept */
    struct deal deal;        /* of the band's units, each of them `split` times some rows */
    size_t split;
    struct part part;        /* what this thread has now, and how many steps of it */
    size_t begun;            /* have been */
    struct fetch soon, then; /* what will be read next, and after that */
    size_t soon_each;        /* cache lines of `soon` that a tile asks for at a time */
};

/* One step of a thread: some row panels times some panels of b, for a block of K. */
struct step {
    struct band band;
    struct range panels;     /* of it */
    struct range columns;    /* panels of b, at most BLOCK_PANELS */
    size_t block;            /* of K, and its rows of b */
    struct range k;
    bool first, last;        /* of the blocks of K */
};

/* Whether a product has so few rows that each thread packs all of them. */
bool is_copied(const struct matmul *m);

/* Into how many bands blocks of at least so many rows are cut: one for each thread, or for as many
 * as go into their number and leave enough rows. */
size_t bands_of(const struct matmul *m, size_t rows);

/* Deals out a block of rows. The panels of its band that this thread is to pack, if any. */
struct range begin_steps(struct work *w);

/* Says that they have been packed, and waits for the rest of the band. */
void begin_band(struct work *w);

/* The band that this thread is at. */
struct band band_now(const struct work *w);

/* The next step of this thread: block after block of columns, in each all of K. False: none is
 * left; *s is as it was. */
bool next_step(struct work *w, struct step *s);

/* Where a panel of a band begins, for a block of K; b->panels.end: where the last one ends. */
float *left_at(const struct work *w, const struct band *b, size_t panel, struct range k);

/* Floats that the packed left factors of a room take. */
size_t left_room(const struct room *r);

/* What will be read: some row panels, and panel j of b, or what it is packed from. */
struct fetch left_of_step(const struct work *w, const struct step *s, struct range panels);
struct fetch right_panel(const struct work *w, const struct step *s, size_t j);

#endif
