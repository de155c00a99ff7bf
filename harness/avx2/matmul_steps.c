/* matmul_steps.c: who computes what of a matrix product, and in which order (matmul.c).
 *
 * The rows of a block are cut into bands, if they are enough one for each thread, and a thread
 * packs its band and multiplies it by all columns. So it alone has what it packs in its caches:
 * before a core can write to a line that another one has read, that one has to give it up, which
 * is several times as slow. Where there are fewer rows, b would be fetched too often; then the
 * threads have columns and pack one band together, or, where there are very few, each for itself.
 *
 * The last quarter of a band's columns is open (threads.c): who is done with a band goes on to what
 * is open of the next one. Nobody waits for all others but at the end; who comes to a band waits
 * until it has been packed. */
#include "matmul_steps.h"

#include <stdatomic.h>

#include "packed.h"

/* Whether bands for all threads are more even than columns for each. */
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

static size_t units_of(const struct matmul *m)
{
    return pieces(pieces(m->N, TILE_COLUMNS), grain_of(m));
}

bool is_copied(const struct matmul *m)
{
    const size_t threads = threads_here();

    return threads > 1 && threads <= MOST_BANDS && m->M <= COPY_ROWS &&
           m->N >= threads * COPY_COLUMNS;
}

size_t bands_of(const struct matmul *m, size_t rows)
{
    const size_t threads = smaller(threads_here(), MOST_BANDS), panels = panels_of(rows).count;
    const size_t least = m->packed ? BAND_PANELS_PACKED : BAND_PANELS;
    size_t n = threads;

    if (is_copied(m))
        return 1;
    if (by_rows(panels, units_of(m)))
        return smaller(threads, panels);
    while (n > 1 && (threads % n != 0 || panels < n * least))
        n--;
    return n;
}

/* What the threads pack together has its place, and what is each thread's own, a band or a copy,
 * has others: the same for all products, as lines would change hands otherwise. */
static size_t left_of_all(const struct room *r)
{
    return pieces(smaller(r->M, BLOCK_ROWS) * r->K, LINE) * LINE;
}

static size_t own_left(const struct room *r, size_t bands)
{
    const size_t band = pieces(smaller(r->M, BLOCK_ROWS), bands) + TILE_ROWS;
    const size_t copy = smaller(r->M, COPY_ROWS);

    return pieces((band > copy ? band : copy) * r->K, LINE) * LINE;
}

size_t left_room(const struct room *r)
{
    const size_t most = smaller((size_t)threads_within(0), MOST_BANDS);
    size_t own = 0;

    for (size_t bands = 2; bands <= most; bands++)
        if (own < bands * own_left(r, bands))
            own = bands * own_left(r, bands);
    return left_of_all(r) + own;
}

struct band band_now(const struct work *w)
{
    const struct range panels = share(w->panels.count, w->now, w->bands);
    const size_t begin = panel_rows(w->panels, panels.begin).begin;
    const size_t end = panel_rows(w->panels, panels.end).begin;
    size_t at = 0;

    if (w->copies)
        at = left_of_all(w->room) + thread_here() * own_left(w->room, threads_here());
    else if (w->bands > 1)
        at = left_of_all(w->room) + w->now * own_left(w->room, w->bands);
    return (struct band){panels, begin, end - begin, w->room->at + at};
}

/* In how many parts of its rows one unit may be dealt, if it is among the last: more of them cost
 * nothing where b is packed already. */
static void set_split(struct work *w)
{
    const struct range panels = band_now(w).panels;

    w->split = pieces(panels.end - panels.begin, w->m->packed ? FEW_PANELS : MANY_PANELS / 2);
}

/* How many threads begin with the band that this one is at. */
static size_t group_of(const struct work *w)
{
    return pieces(threads_here() - w->now, w->bands);
}

struct range begin_steps(struct work *w)
{
    const size_t who = thread_here();

    w->first = w->now = who % w->bands;
    set_split(w);

    const size_t group = group_of(w), in_group = who / w->bands;

    w->deal = deal_out(units_of(w->m), w->split, in_group, group, &w->of[w->now].taken);
    if (in_group == 0 && w->blocks_before > 0)  /* before the first it is 0: others may be ahead */
        atomic_store(&w->of[w->now].taken, 0);
    w->begun = 0;
    w->part = (struct part){{0, 0}, {0, 0}};
    if (w->copies)
        return band_now(w).panels;
    return share_from(band_now(w).panels, in_group, group);
}

/* All threads that begin with it have packed their share of this block, too. */
static void await_band(const struct work *w)
{
    threads_await(&w->of[w->now].packed, (w->blocks_before + 1) * group_of(w));
}

void begin_band(struct work *w)
{
    if (w->copies)
        return;
    atomic_fetch_add(&w->of[w->now].packed, 1);
    await_band(w);
}

/* Goes on to what is open of the next band. */
static bool next_band(struct work *w)
{
    w->now = (w->now + 1) % w->bands;
    if (w->now == w->first)
        return false;
    set_split(w);
    await_band(w);
    w->deal = deal_open(units_of(w->m), w->split, &w->of[w->now].taken);
    return true;
}

/* What is dealt: all rows of some units, or some parts of one. */
static bool next_part(struct work *w)
{
    struct range dealt;

    while (!deal_next(&w->deal, &dealt))
        if (!next_band(w))
            return false;

    const struct range rows = band_now(w).panels;

    w->begun = 0;
    w->part.panels = rows;
    if (dealt.end - dealt.begin < w->split)
        w->part.panels = (struct range){
            share_from(rows, dealt.begin % w->split, w->split).begin,
            share_from(rows, (dealt.end - 1) % w->split, w->split).end};
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

    return (struct step){.band = band_now(w), .panels = w->part.panels, .block = block,
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

float *left_at(const struct work *w, const struct band *b, size_t panel, struct range k)
{
    return b->left + k.begin * b->rows +
           (panel_rows(w->panels, panel).begin - b->before) * (k.end - k.begin);
}

struct fetch left_of_step(const struct work *w, const struct step *s, struct range panels)
{
    const float *begin = left_at(w, &s->band, panels.begin, s->k);

    return fetch_floats(begin, (size_t)(left_at(w, &s->band, panels.end, s->k) - begin));
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
