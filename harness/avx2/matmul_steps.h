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
    PACKED_ROWS = 256, BLOCK_ROWS = 1024   /* whose panels of a are packed at a time, where b
                                            * is packed and where it is not */
};

/* What a thread works on. */
struct work {
    const struct matmul *m;
    struct range rows;       /* of the block of a that is packed now */
    struct panels panels;    /* and how it is cut */
    float *left;             /* [rows, K] packed, one block of K after another: all threads' */
    float *right;            /* [BLOCK_PANELS, k, TILE_COLUMNS] this thread's own */
    float *out;              /* of element (rows.begin, 0), and its stride; */
    size_t out_stride;       /* or of the first of the columns now, where nothing is kept */
    struct fetch soon, then; /* what will be read next, and after that */
    size_t soon_each;        /* cache lines of `soon` that a tile asks for at a time */
};

/* One step of a thread: some row panels times some panels of b, for a block of K. */
struct step {
    struct range panels;     /* of a */
    struct range columns;    /* panels of b, at most BLOCK_PANELS */
    size_t block;            /* of K, and its rows of b */
    struct range k;
    bool first, last;        /* of the blocks of K */
};

/* What a thread takes of a block of rows: all panels of a and some columns, or some panels
 * and all columns, whichever is fairer. Columns are counted in units of `grain` panels. */
struct part {
    struct range panels, units;
    size_t grain;
};

struct part part_of_thread(const struct work *w);

/* How many steps that is, and step i: block after block of columns, in each all of K. */
size_t steps_of(const struct work *w, const struct part *p);
struct step step_of(const struct work *w, const struct part *p, size_t i);

/* Where a row panel begins in w->left, for a block of K. */
size_t left_at(const struct work *w, size_t panel, struct range k);

/* What will be read: some row panels, and panel j of b, or what it is packed from. */
struct fetch left_of_step(const struct work *w, const struct step *s, struct range panels);
struct fetch right_panel(const struct work *w, const struct step *s, size_t j);

#endif
