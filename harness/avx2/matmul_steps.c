/* matmul_steps.c: who computes what of a matrix product, and in which order (matmul.c). */
#include "matmul_steps.h"

#include "packed.h"

/* Whether threads share out the rows of a block. */
static bool by_rows(size_t row_panels, size_t column_panels, size_t threads)
{
    const size_t rows = pieces(row_panels, threads) * column_panels;
    const size_t columns = pieces(column_panels, threads) * row_panels;

    return 100 * columns > 102 * rows;
}

struct part part_of_thread(const struct work *w)
{
    const size_t all = pieces(w->m->N, TILE_COLUMNS), grain = w->m->then ? BLOCK_PANELS : 1;
    struct part p = {{0, w->panels.count}, {0, pieces(all, grain)}, grain};

    if (by_rows(w->panels.count, p.units.end, threads_here()))
        p.panels = share(w->panels.count, thread_here(), threads_here());
    else
        p.units = share(p.units.end, thread_here(), threads_here());
    return p;
}

static size_t blocks_of(const struct part *p)
{
    return pieces((p->units.end - p->units.begin) * p->grain, BLOCK_PANELS);
}

size_t steps_of(const struct work *w, const struct part *p)
{
    return p->panels.begin < p->panels.end ? blocks_of(p) * packed_blocks(w->m->K) : 0;
}

struct step step_of(const struct work *w, const struct part *p, size_t i)
{
    const size_t all = pieces(w->m->N, TILE_COLUMNS), blocks = packed_blocks(w->m->K);
    const struct range now = share_from(p->units, i / blocks, blocks_of(p));

    return (struct step){.panels = p->panels, .block = i % blocks,
                         .k = packed_block(w->m->K, i % blocks),
                         .columns = {now.begin * p->grain, smaller(all, now.end * p->grain)},
                         .first = i % blocks == 0, .last = i % blocks + 1 == blocks};
}

size_t left_at(const struct work *w, size_t panel, struct range k)
{
    return k.begin * (w->rows.end - w->rows.begin) +
           panel_rows(w->panels, panel).begin * (k.end - k.begin);
}

struct fetch left_of_step(const struct work *w, const struct step *s, struct range panels)
{
    const size_t begin = left_at(w, panels.begin, s->k);

    return fetch_floats(w->left + begin, left_at(w, panels.end, s->k) - begin);
}

struct fetch right_panel(const struct work *w, const struct step *s, size_t j)
{
    const struct matmul *m = w->m;
    const size_t K = s->k.end - s->k.begin, column = j * TILE_COLUMNS;

    if (m->packed)
        return fetch_floats(packed_panel(m->packed, m->K, m->N, s->block, j), K * TILE_COLUMNS);
    return fetch_view(view_from(m->b, s->k.begin, column), K,
                      smaller(m->N - column, TILE_COLUMNS));
}
