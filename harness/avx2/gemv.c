/* gemv.c: one vector times a matrix, which is what decoding a token does with every weight.
 *
 *     out[j] = sum over k of x[k] * b[k][j], + also[j], + bias[j]
 *
 * Each weight is used once: 2 operations for 4 bytes, where a core could do 30 in the time
 * that it takes to fetch them. So the only aim is to read without a pause. Packed panels lie
 * in just the order in which they are read. Two walks go side by side, each through half of a
 * thread's panels: they have more lines on their way than one. The hardware sees a walk and
 * fetches ahead of it, but not beyond a page of 4 kB: so each step asks for a line further on.
 *
 * Panels are often whole pages. Two walks at the same place of two pages are in each other's
 * way, wherever it is that they meet; half a page apart they read 2 to 6 % faster. So the first
 * one is some rows ahead.
 *
 * Even and odd k have sums of their own, so that a multiply-add need not wait for the one
 * before. The order of a sum does not depend on the threads: a panel is one's own, and computed
 * alike alone or beside another. */
#include "gemv.h"

#include <stdbool.h>

#include "packed.h"
#include "tile.h"

enum { LINE = 16, MANY_ENDS = 32, PAGE = 4096 / sizeof(float) };

/* How far ahead was found by trying, with half a GB of weights. Where a step reads one line of
 * each walk, 2.5 to 3.5 kB are alike, and 5 to 9 % faster than 2 or 4 kB. Where it reads two, 0.5
 * to 1 kB are best, and only one of the two is asked for. */
#ifdef __AVX512F__
#define ASK_AHEAD(b) _mm_prefetch((b) + 1024 / sizeof *(b), _MM_HINT_T1)
#else
#define ASK_AHEAD(b) _mm_prefetch((b) + 3072 / sizeof *(b), _MM_HINT_T1)
#endif

/* The sums of a panel, which is two registers wide: of even k and of odd. */
struct sums {
    vec left[2], right[2];
};

static inline struct sums none(void)
{
    return (struct sums){{vec_zero(), vec_zero()}, {vec_zero(), vec_zero()}};
}

/* Where a walk is: at row b of a panel [K, TILE_COLUMNS], and x that belongs to it. */
struct place {
    const float *x, *b;
};

static inline struct place place_at(const float *x, const float *panel, size_t k)
{
    return (struct place){x + k, panel + k * TILE_COLUMNS};
}

INLINED void add_product(struct sums *s, size_t odd, const float *x, const float *b)
{
    const vec spread = vec_spread(x);

    ASK_AHEAD(b);
    s->left[odd] = vec_fma(spread, vec_load(b), s->left[odd]);
    s->right[odd] = vec_fma(spread, vec_load(b + LANES), s->right[odd]);
}

/* The next n rows of two walks, or of the first alone. */
INLINED void add_rows(struct sums *s, struct place p, struct sums *t, struct place q, size_t n)
{
    struct sums first = *s, second = t ? *t : none();
    size_t k = 0;

    for (; k + 2 <= n; k += 2)
        UNROLLED
        for (size_t odd = 0; odd < 2; odd++) {
            add_product(&first, odd, p.x + k + odd, p.b + (k + odd) * TILE_COLUMNS);
            if (t)
                add_product(&second, odd, q.x + k + odd, q.b + (k + odd) * TILE_COLUMNS);
        }
    if (k < n) {
        add_product(&first, 0, p.x + k, p.b + k * TILE_COLUMNS);
        if (t)
            add_product(&second, 0, q.x + k, q.b + k * TILE_COLUMNS);
    }
    *s = first;
    if (t)
        *t = second;
}

static void add_both(struct sums *s, struct place p, struct sums *t, struct place q, size_t n)
{
    add_rows(s, p, t, q, n);
}

static void add_one(struct sums *s, struct place p, size_t n)
{
    add_rows(s, p, NULL, p, n);
}

/* Where sums go, and what is added to them or NULL. */
struct ends {
    float *out;
    const float *also, *bias;
    int first, last;   /* of the blocks of K */
    size_t N;
};

/* The columns from `begin` on, at most LANES, of which the sums are these. */
static void finish_half(const struct ends *e, const vec sum[2], size_t begin)
{
    if (begin >= e->N)
        return;
    const size_t n = e->N - begin < LANES ? e->N - begin : LANES;
    vec total = vec_add(sum[0], sum[1]);

    if (!e->first)
        total = vec_add(total, vec_load_part(e->out + begin, n, 0));
    if (e->first && e->also)
        total = vec_add(total, vec_load_part(e->also + begin, n, 0));
    if (e->last && e->bias)
        total = vec_add(total, vec_load_part(e->bias + begin, n, 0));
    vec_store_part(e->out + begin, total, n);
}

static void finish(const struct ends *e, const struct sums *s, size_t panel)
{
    finish_half(e, s->left, panel * TILE_COLUMNS);
    finish_half(e, s->right, panel * TILE_COLUMNS + LANES);
}

/* Asks for what the sums of some panels are added to, and for where they go. A line now and then
 * from elsewhere costs the walks a tenth of a microsecond, however early it is asked for; many
 * at once cost little more than one. */
INLINED void fetch_ends(const struct ends *e, struct range panels)
{
    const size_t end = panels.end * TILE_COLUMNS < e->N ? panels.end * TILE_COLUMNS : e->N;

    for (size_t c = panels.begin * TILE_COLUMNS; c < end; c += LINE) {
        __builtin_prefetch(e->out + c, 1);
        if (e->first && e->also)
            __builtin_prefetch(e->also + c);
        if (e->last && e->bias)
            __builtin_prefetch(e->bias + c);
    }
}

/* How many rows the first walk has to be ahead for the two to be half a page apart. Even, so that
 * even k stay even; so must K be, where the second walk goes on. */
static size_t rows_ahead(const float *b, const float *c, size_t K)
{
    const size_t apart = (size_t)(c - b) % PAGE;
    const size_t ahead = (apart + PAGE / 2) % PAGE / (2 * TILE_COLUMNS) * 2;

    return K % 2 == 0 && ahead < K ? ahead : 0;
}

/* The panels of two halves, the first of which begins at b, in a block of K. */
static void walk_halves(const struct ends *e, const float *x, const float *b, size_t K,
                        struct range panels)
{
    const size_t half = (panels.end - panels.begin) / 2, middle = panels.begin + half;
    const size_t panel = K * TILE_COLUMNS;
    const float *c = b + half * panel;
    const size_t ahead = rows_ahead(b, c, K), rest = K - ahead;
    struct sums first = none(), second;

    add_one(&first, place_at(x, b, 0), ahead);
    for (size_t j = 0; j < half; j++, b += panel, c += panel) {
        if (j % MANY_ENDS == 0) {
            const size_t n = half - j < MANY_ENDS ? half - j : MANY_ENDS;

            fetch_ends(e, (struct range){panels.begin + j, panels.begin + j + n});
            fetch_ends(e, (struct range){middle + j, middle + j + n});
        }
        second = none();
        add_both(&first, place_at(x, b, ahead), &second, place_at(x, c, 0), rest);
        finish(e, &first, panels.begin + j);
        first = none();
        if (j + 1 < half)
            add_both(&first, place_at(x, b + panel, 0), &second, place_at(x, c, rest), ahead);
        else
            add_one(&second, place_at(x, c, rest), ahead);
        finish(e, &second, middle + j);
    }
}

struct range gemv(float *out, const float *x, const float *packed, const float *also,
                  const float *bias, size_t K, size_t N)
{
    const size_t blocks = packed_blocks(K), panels = (N + TILE_COLUMNS - 1) / TILE_COLUMNS;
    const struct range mine = share(panels, thread_here(), threads_here());
    const struct range even = {mine.begin, mine.end - (mine.end - mine.begin) % 2};

    for (size_t i = 0; i < blocks; i++) {
        const struct range k = share(K, i, blocks);
        const struct ends ends = {out, also, bias, i == 0, i + 1 == blocks, N};
        const size_t length = k.end - k.begin;

        if (even.begin < even.end)
            walk_halves(&ends, x + k.begin, packed_panel(packed, k, even.begin, N), length, even);
        if (even.end < mine.end) {
            struct sums last = none();

            add_one(&last, place_at(x + k.begin, packed_panel(packed, k, even.end, N), 0), length);
            finish(&ends, &last, even.end);
        }
    }
    return (struct range){mine.begin * TILE_COLUMNS,
                          N < mine.end * TILE_COLUMNS ? N : mine.end * TILE_COLUMNS};
}
