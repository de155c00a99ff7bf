/* matmul_steps.c: who computes what of a matrix product, and in which order (matmul.c). */
#include "matmul_steps.h"

#include <stdatomic.h>

#include "packed.h"

/* Whether threads share out the rows of a block, once and for all. */
static bool by_rows(size_t row_panels, size_t units)
{
    const size_t threads = threads_here();
    const size_t rows = pieces(row_panels, threads) * units;
    const size_t columns = pieces(units, threads) * row_panels;

    return 100 * columns > 102 * rows;
}

/* Panels in a unit. `then` gets all columns of a block at once. */
static size_t grain_of(const struct matmul *m)
{
    return m->then ? BLOCK_PANELS : 1;
}

void begin_steps(struct work *w)
{
    const struct matmul *m = w->m;
    const size_t units = pieces(pieces(m->N, TILE_COLUMNS), grain_of(m));

    if (thread_here() == 0)
        atomic_store(w->taken, 0);
    w->begun = 0;
    w->part = (struct part){{0, 0}, {0, units}};
    if (by_rows(w->panels.count, units)) {
        w->part.panels = share(w->panels.count, thread_here(), threads_here());
        w->deal = deal_out(0, 1, w->taken);
    } else {
        /* Few rows at a time cost nothing where b is packed already. */
        w->split = m->packed ? pieces(w->panels.count, FEW_PANELS) : 1;
        w->deal = deal_out(units, w->split, w->taken);
    }
}

/* What is dealt: all rows of some units, or some rows of one. */
static bool next_part(struct work *w)
{
    struct range dealt;

    if (!deal_next(&w->deal, &dealt))
        return false;
    w->begun = 0;
    if (dealt.end - dealt.begin == 1)
        w->part.panels = share(w->panels.count, dealt.begin % w->split, w->split);
    else
        w->part.panels = (struct range){0, w->panels.count};
    w->part.units = (struct range){dealt.begin / w->split, pieces(dealt.end, w->split)};
    return true;
}

/* Blocks of columns of the part that a thread has. */
static size_t blocks_now(const struct work *w)
{
    const struct range units = w->part.units;

    if (w->part.panels.begin == w->part.panels.end)
        return 0;
    return pieces((units.end - units.begin) * grain_of(w->m), BLOCK_PANELS);
}

static struct step step_now(const struct work *w)
{
    const size_t all = pieces(w->m->N, TILE_COLUMNS), grain = grain_of(w->m);
    const size_t blocks = packed_blocks(w->m->K), block = w->begun % blocks;
    const struct range units = share_from(w->part.units, w->begun / blocks, blocks_now(w));

    return (struct step){.panels = w->part.panels, .block = block,
                         .k = packed_block(w->m->K, block),
                         .columns = {units.begin * grain, smaller(all, units.end * grain)},
                         .first = block == 0, .last = block + 1 == blocks};
}

bool next_step(struct work *w, struct step *s)
{
    if (w->begun == blocks_now(w) * packed_blocks(w->m->K) && !next_part(w))
        return false;
    *s = step_now(w);
    w->begun++;
    return true;
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
