/* gemv.c: one vector times a matrix, which is what decoding a token does with every weight.
 *
 *     out[j] = sum over k of x[k] * b[k][j], + also[j], + bias[j]
 *
 * Each weight is used once: 2 operations for 4 bytes, where a core could do 30 in the time
 * that it takes to fetch them. So the only aim is to read without a pause. Packed panels lie
 * in just the order in which they are read. Two walks go side by side, through two blocks of K:
 * they have more lines on their way than one, and a panel's sums end together. The hardware
 * sees a walk and fetches ahead of it, but not beyond a page of 4 kB: so each step asks for a
 * line further on. Two walks that come to new pages at the same time read 2 to 6 % slower than
 * two half a page apart, and so they are packed (packed.c).
 *
 * A line from elsewhere now and then holds reading up for 50 to 100 ns, however early it is
 * asked for. So nothing is read between the panels: residual and bias are added when all sums
 * are there, and where the sums go at once, they go past the caches, which would read the line
 * first.
 *
 * Even and odd k have sums of their own, so that a multiply-add need not wait for the one
 * before. The order of a sum does not depend on the threads: a panel is one's own. */
#include "gemv.h"

#include <stdbool.h>
#include <stdint.h>

#include "packed.h"
#include "tile.h"

enum {
    LINE = 16,
    MANY_ENDS = 32,     /* panels whose results are asked for at once */
    PART = 1 << 16,     /* weights, 256 kB: some 10 us, and a walk begins with a miss or two */
    SHARES = 4,
    FEW = 1 << 18       /* weights, 1 MB, which the caches hold beside the results */
};

/* How far ahead was found by trying, with half a GB of weights, and processors differ. Where a
 * step reads one line of each walk, 2.5 to 3.5 kB are alike on Intel's, and 8 to 10 % faster than
 * 2 or 4 kB; on AMD's Zen 4 the same is a fifth slower than 1 kB. Where it reads two, 0.5 to 1 kB
 * are best or no worse, and only one of the two is asked for. */
static size_t floats_ahead(void)
{
    const size_t bytes = LANES == 8 && !__builtin_cpu_is("amd") ? 3072 : 1024;
    return bytes / sizeof(float);
}

/* The compiler leaves the order of reading as it is here. A line of each walk in turn, and each
 * asked for just before, is 3 to 7 % faster in a bare loop than two and two, 1 to 2 % here. */
#define IN_ORDER __asm__ volatile("" ::: "memory")

/* The sums of a panel, which is two registers wide: of even k and of odd. */
struct sums {
    vec left[2], right[2];
};

static inline struct sums none(void)
{
    return (struct sums){{vec_zero(), vec_zero()}, {vec_zero(), vec_zero()}};
}

/* A walk through the panels of a block of K: where it is, and x that belongs to the block. */
struct walk {
    const float *x, *b;
    size_t rows;   /* of a panel */
    size_t ahead;  /* what is asked for, in floats */
};

INLINED void add_product(struct sums *s, size_t odd, const float *x, const float *b, size_t ahead)
{
    const vec spread = vec_spread(x);

    IN_ORDER;
    _mm_prefetch(b + ahead, _MM_HINT_T1);
    IN_ORDER;
    s->left[odd] = vec_fma(spread, vec_load(b), s->left[odd]);
    IN_ORDER;
    s->right[odd] = vec_fma(spread, vec_load(b + LANES), s->right[odd]);
    IN_ORDER;
}

/* The rows of a panel from row k on, which is even. */
static void add_rows(struct sums *s, const struct walk *w, size_t k)
{
    struct sums sum = *s;

    for (; k + 2 <= w->rows; k += 2)
        UNROLLED
        for (size_t odd = 0; odd < 2; odd++)
            add_product(&sum, odd, w->x + k + odd, w->b + (k + odd) * TILE_COLUMNS,
                        w->ahead);
    if (k < w->rows)
        add_product(&sum, 0, w->x + k, w->b + k * TILE_COLUMNS, w->ahead);
    *s = sum;
}

/* A panel of each of two walks, one of which may have a row more. */
static void add_panels(struct sums *s, const struct walk *v, struct sums *t, const struct walk *w)
{
    const float *x = v->x, *y = w->x, *b = v->b, *c = w->b;
    const size_t ahead = v->ahead, n = (v->rows < w->rows ? v->rows : w->rows) / 2 * 2;
    struct sums first = *s, second = *t;

    for (size_t k = 0; k < n; k += 2, x += 2, y += 2, b += 2 * TILE_COLUMNS, c += 2 * TILE_COLUMNS)
        UNROLLED
        for (size_t odd = 0; odd < 2; odd++) {
            add_product(&first, odd, x + odd, b + odd * TILE_COLUMNS, ahead);
            add_product(&second, odd, y + odd, c + odd * TILE_COLUMNS, ahead);
        }
    *s = first;
    *t = second;
    add_rows(s, v, n);
    add_rows(t, w, n);
}

/* Where sums go. */
struct target {
    float *out;    /* [N] */
    size_t N;
    bool more;     /* they are added to what is there; */
    bool stream;   /* or there is nothing, and they go past the caches */
};

/* The columns from `begin` on, at most LANES. */
static void put(const struct target *t, vec sum, size_t begin)
{
    if (begin >= t->N)
        return;
    const size_t n = t->N - begin < LANES ? t->N - begin : LANES;

    if (t->more)
        sum = vec_add(sum, vec_load_part(t->out + begin, n, 0));
    if (t->stream && n == LANES)
        vec_stream(t->out + begin, sum);
    else
        vec_store_part(t->out + begin, sum, n);
}

static vec total_of(const vec s[2], const vec t[2])
{
    return vec_add(vec_add(s[0], s[1]), vec_add(t[0], t[1]));
}

/* Asks for where some panels' sums go: many lines at once cost little more than one. */
INLINED void fetch_ends(const struct target *t, size_t begin, size_t end)
{
    for (size_t c = begin * TILE_COLUMNS; c < end * TILE_COLUMNS && c < t->N; c += LINE)
        __builtin_prefetch(t->out + c, 1);
}

/* Some panels of two blocks of K, or of one where rows of `w` are 0. */
static void walk_panels(const struct target *to, struct walk v, struct walk w, struct range panels)
{
    for (size_t j = panels.begin; j < panels.end; j++) {
        const size_t many = smaller(j + MANY_ENDS, panels.end);
        struct sums s = none(), t = none();

        if (!to->stream && (j - panels.begin) % MANY_ENDS == 0)
            fetch_ends(to, j, many);
        add_panels(&s, &v, &t, &w);
        put(to, total_of(s.left, t.left), j * TILE_COLUMNS);
        put(to, total_of(s.right, t.right), j * TILE_COLUMNS + LANES);
        v.b += v.rows * TILE_COLUMNS;
        w.b += w.rows * TILE_COLUMNS;
    }
}

/* Adds what is not NULL. */
static void add_to(const struct gemv *g, struct range columns)
{
    for (size_t j = columns.begin; j < columns.end && (g->also || g->bias); j += LANES) {
        const size_t n = columns.end - j < LANES ? columns.end - j : LANES;
        vec sum = vec_load_part(g->out + j, n, 0);

        if (g->also)
            sum = vec_add(sum, vec_load_part(g->also + j, n, 0));
        if (g->bias)
            sum = vec_add(sum, vec_load_part(g->bias + j, n, 0));
        vec_store_part(g->out + j, sum, n);
    }
}

/* The walk through block i of K from panel j on; through nothing where there is no such block. */
static struct walk walk_from(const struct gemv *g, size_t i, size_t j)
{
    if (i >= packed_blocks(g->K))
        return (struct walk){g->x, g->packed, 0, 0};
    const struct range k = packed_block(g->K, i);

    return (struct walk){g->x + k.begin, packed_panel(g->packed, g->K, g->N, i, j),
                         k.end - k.begin, floats_ahead()};
}

/* Some for each thread, too. */
static size_t panels_in_part(const struct gemv *g)
{
    const size_t few = pieces(g->N, TILE_COLUMNS) / (SHARES * threads_here());

    return few == 0 ? 1 : smaller(few, pieces(PART, g->K * TILE_COLUMNS));
}

size_t gemv_parts(const struct gemv *g)
{
    return pieces(pieces(g->N, TILE_COLUMNS), panels_in_part(g));
}

struct range gemv(const struct gemv *g, struct range parts)
{
    const size_t blocks = packed_blocks(g->K), each = panels_in_part(g);
    const struct range panels = {parts.begin * each,
                                 smaller(pieces(g->N, TILE_COLUMNS), parts.end * each)};
    const struct range columns = {panels.begin * TILE_COLUMNS,
                                  smaller(g->N, panels.end * TILE_COLUMNS)};
    const bool aligned = (uintptr_t)g->out % sizeof(vec) == 0, large = g->K * g->N > FEW;

    for (size_t i = 0; i < blocks; i += 2) {
        const struct target to = {g->out, g->N, i > 0, blocks <= 2 && large && aligned};

        walk_panels(&to, walk_from(g, i, panels.begin), walk_from(g, i + 1, panels.begin), panels);
    }
    vec_fence();
    add_to(g, columns);
    return columns;
}
