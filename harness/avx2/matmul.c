/* matmul.c: the matrix product, cut into blocks that fit the caches.
 *
 *     out[i][j] = sum over k of a[i][k] * b[k][j], + also[i][j], + bias[j]
 *
 * A product of M by K and K by N numbers multiplies each number of a N times and each of b
 * M times. What matters is from where it is fetched each time. From the inside out:
 *
 *   registers  a tile of out, TILE_ROWS by TILE_COLUMNS (tile.c): every number fetched
 *              is used 16 or 6 times;
 *   L1         a panel of b, its TILE_COLUMNS columns, beside a tile's own rows of a: read
 *              again for every tile below;
 *   L2         FEW_PANELS or MANY_PANELS of a: read again for every panel of b; and
 *              BLOCK_PANELS of b, where there are more of a;
 *   memory     a and b. What will be read next from there is known, and asked for while the
 *              tiles before it are multiplied (fetch.c).
 *
 * Panels are packed (pack.c): a's before, by the threads that begin with them; b's by the thread
 * that needs them, just before they are used, or long ago, for weights that stay the same. Threads
 * have rows, or columns (matmul_steps.c); each sum is that of one thread, in blocks of K that
 * depend on K alone. Goto and van de Geijn (2008) as in tile.c; BLIS has the same loops. */
#include "matmul.h"

#include "matmul_steps.h"
#include "packed.h"

enum { MOST_EACH = 8 };  /* lines that a tile asks for at a time: some ten can be under way */

/* One thread's own room: the panels of b that it packs, and where a result goes that is
 * not kept. */
static size_t own_right(const struct room *r)
{
    return smaller(pieces(r->N, TILE_COLUMNS), BLOCK_PANELS) * TILE_COLUMNS *
           packed_longest(r->K);
}

static size_t own_room(const struct room *r)
{
    return own_right(r) + smaller(r->M, BLOCK_ROWS) * BLOCK_COLUMNS;
}

size_t room_size(const struct room *r)
{
    return left_room(r) + (size_t)threads_within(0) * own_room(r);
}

/* Packs these panels of the thread's band. */
static void pack_left(const struct work *w, struct range which)
{
    const struct band s = band_now(w);
    const size_t blocks = packed_blocks(w->m->K);

    for (size_t i = 0; i < blocks; i++) {
        const struct range k = packed_block(w->m->K, i);
        pack_panels(left_at(w, &s, which.begin, k),
                    view_from(w->m->a, w->rows.begin, k.begin), w->panels, which, k.end - k.begin);
    }
}

/* Gives the tile a strip of what comes next, or what is near at hand. */
static void set_next(struct tile *t, struct work *w, const float *near, size_t K)
{
    struct strip s = {(const char *)near, sizeof(float) * LINE};

    t->next_more = w->soon_each - 1;
    if (!fetch_next(&s, &w->soon, w->soon_each * (K / TILE_AHEAD))) {
        t->next_more = 0;
        fetch_next(&s, &w->then, K / TILE_AHEAD);
    }
    t->next = s.at;
    t->next_skip = s.step - sizeof(float) * LINE;
}

/* The tiles of some row panels and panel j of b, which begins at `b`. `out` is that of row
 * rows.begin and the panel's first column. */
static void multiply_panel(struct work *w, const struct step *s, struct range panels, size_t j,
                           const float *b, float *out)
{
    const struct matmul *m = w->m;
    const size_t K = s->k.end - s->k.begin, column = j * TILE_COLUMNS;
    const float *also = s->first ? m->also : out, *left = left_at(w, &s->band, panels.begin, s->k);
    struct tile t = {.columns = smaller(m->N - column, TILE_COLUMNS), .out_stride = w->out_stride,
                     .also_stride = s->first ? m->also_stride : w->out_stride,
                     .bias = s->last && m->bias ? m->bias + column : NULL};

    if (also && s->first)
        also += w->rows.begin * m->also_stride + column;
    for (size_t p = panels.begin; p < panels.end; p++) {
        const struct range r = panel_rows(w->panels, p);

        t.rows = r.end - r.begin;
        t.out = out + r.begin * t.out_stride;
        t.also = also ? also + r.begin * t.also_stride : NULL;
        set_next(&t, w, b, K);
        tile_multiply(&t, left, b, K);
        left += t.rows * K;
    }
}

/* Tells whoever waits for it that a part is done. */
static void call_then(const struct work *w, const struct step *s, struct range panels, float *out)
{
    const struct matmul *m = w->m;
    const size_t begin = panel_rows(w->panels, panels.begin).begin;
    const size_t end = panel_rows(w->panels, panels.end - 1).end;

    m->then(m->with, out + begin * w->out_stride, w->out_stride,
            (struct range){w->rows.begin + begin, w->rows.begin + end},
            (struct range){s->columns.begin * TILE_COLUMNS,
                           smaller(m->N, s->columns.end * TILE_COLUMNS)});
}

/* Panel j of b, which is packed with the first part of the rows, into the same place each
 * time where that part is the only one. */
static const float *right_at(const struct work *w, const struct step *s, size_t j, size_t part,
                             size_t parts)
{
    const struct matmul *m = w->m;
    const size_t K = s->k.end - s->k.begin, column = j * TILE_COLUMNS;
    float *b = w->right + (parts == 1 ? 0 : (j - s->columns.begin) * K * TILE_COLUMNS);

    if (m->packed)
        return packed_panel(m->packed, m->K, m->N, s->block, j);
    if (part == 0)
        pack_wide(b, view_from(m->b, s->k.begin, column), smaller(m->N - column, TILE_COLUMNS), K);
    return b;
}

/* What comes after panel j of b, to be asked for by the tiles of that many row panels: the fewer
 * there are, the more lines by each. What has to be packed first is asked for there, too. */
static void set_soon(struct work *w, const struct step *s, const struct step *next, size_t j,
                     size_t row_panels)
{
    const size_t times = row_panels * ((s->k.end - s->k.begin) / TILE_AHEAD);

    w->soon = j + 1 < s->columns.end ? right_panel(w, s, j + 1)
                                     : right_panel(w, next, next->columns.begin);
    w->soon_each = w->m->packed && times ? smaller(pieces(w->soon.lines, times), MOST_EACH) : 1;
}

/* One step; `next` is the one after it, or the same again. */
static void multiply_step(struct work *w, const struct step *s, const struct step *next)
{
    const struct matmul *m = w->m;
    const size_t parts = pieces(s->panels.end - s->panels.begin,
                                m->packed || m->then ? FEW_PANELS : MANY_PANELS);
    float *out = w->out + (m->out ? s->columns.begin * TILE_COLUMNS : 0);

    for (size_t n = 0; n < parts; n++) {
        const struct range p = share_from(s->panels, n, parts);

        w->then = n + 1 < parts ? left_of_step(w, s, share_from(s->panels, n + 1, parts))
                                : left_of_step(w, next, share_from(next->panels, 0, parts));
        for (size_t j = s->columns.begin; j < s->columns.end; j++) {
            const float *b = right_at(w, s, j, n, parts);

            if (n == 0)
                set_soon(w, s, next, j, p.end - p.begin);
            multiply_panel(w, s, p, j, b, out + (j - s->columns.begin) * TILE_COLUMNS);
        }
        if (m->then && s->last)
            call_then(w, s, p, out);
    }
}

/* What one thread does of a block of rows. */
static void multiply_rows(struct work *w)
{
    struct step s;

    pack_left(w, begin_steps(w));
    begin_band(w);
    for (bool more = next_step(w, &s); more;) {
        struct step next = s;

        more = next_step(w, &next);
        multiply_step(w, &s, &next);
        s = next;
    }
#pragma omp barrier
}

void matmul(const struct matmul *m, const struct room *room)
{
    const size_t blocks = pieces(m->M, m->packed ? PACKED_ROWS : BLOCK_ROWS);
    const size_t left = left_room(room);
    struct progress of[MOST_BANDS] = {0};

#pragma omp parallel
    {
        float *own = room->at + left + thread_here() * own_room(room);
        struct work w = {.m = m, .room = room, .right = own, .of = of,
                         .copies = is_copied(m), .bands = bands_of(m, m->M / blocks),
                         .out_stride = m->out ? m->out_stride : BLOCK_COLUMNS};

        for (size_t i = 0; i < blocks; i++) {
            w.blocks_before = i;
            w.rows = share(m->M, i, blocks);
            w.panels = panels_of(w.rows.end - w.rows.begin);
            w.out = m->out ? m->out + w.rows.begin * m->out_stride : own + own_right(room);
            multiply_rows(&w);
        }
    }
}
