/* gemv.c: one vector times a matrix, which is what decoding a token does with every weight.
 *
 *     out[j] = sum over k of x[k] * b[k][j], + also[j], + bias[j]
 *
 * Each weight is used once: 2 operations for 4 bytes, where a core could do 30 in the time
 * that it takes to fetch them. So the only aim is to read without a pause. Packed panels lie one
 * after the other in just the order in which they are read, so the hardware sees one long
 * walk; lines are asked for AHEAD of it all the same, as it stops at the end of each page.
 * Four k at a time have sums of their own: with one, each multiply-add would wait for the
 * one before. The order of a sum does not depend on the threads: a panel is one's own. */
#include "gemv.h"

#include "packed.h"
#include "tile.h"

enum { AT_ONCE = 4, AHEAD = 4096 / sizeof(float) };

/* Two registers of sums. */
struct sums {
    vec left, right;
};

static inline struct sums add_product(struct sums s, const float *x, const float *b)
{
    const vec spread = vec_spread(x);

    _mm_prefetch(b + AHEAD, _MM_HINT_T0);
    if (LANES > 8)
        _mm_prefetch(b + AHEAD + LANES, _MM_HINT_T0);
    return (struct sums){vec_fma(spread, vec_load(b), s.left),
                         vec_fma(spread, vec_load(b + LANES), s.right)};
}

static inline struct sums both(struct sums a, struct sums b)
{
    return (struct sums){vec_add(a.left, b.left), vec_add(a.right, b.right)};
}

/* One panel of one block of K. */
static struct sums panel_product(const float *x, const float *b, size_t K)
{
    const struct sums none = {vec_zero(), vec_zero()};
    struct sums s = none, t = none, u = none, v = none;
    size_t k = 0;

    for (; k + AT_ONCE <= K; k += AT_ONCE, b += AT_ONCE * TILE_COLUMNS) {
        s = add_product(s, x + k, b);
        t = add_product(t, x + k + 1, b + TILE_COLUMNS);
        u = add_product(u, x + k + 2, b + 2 * TILE_COLUMNS);
        v = add_product(v, x + k + 3, b + 3 * TILE_COLUMNS);
    }
    for (; k < K; k++, b += TILE_COLUMNS)
        s = add_product(s, x + k, b);
    return both(both(s, t), both(u, v));
}

/* out += sum, or = where `first`; n numbers, at most LANES. */
static void take(float *out, vec sum, int first, const float *also, const float *bias, size_t n)
{
    if (!first)
        sum = vec_add(sum, vec_load_part(out, n, 0));
    if (also)
        sum = vec_add(sum, vec_load_part(also, n, 0));
    if (bias)
        sum = vec_add(sum, vec_load_part(bias, n, 0));
    vec_store_part(out, sum, n);
}

struct range gemv(float *out, const float *x, const float *packed, const float *also,
                  const float *bias, size_t K, size_t N)
{
    const size_t blocks = packed_blocks(K), panels = (N + TILE_COLUMNS - 1) / TILE_COLUMNS;
    const struct range mine = share(panels, thread_here(), threads_here());

    for (size_t i = 0; i < blocks; i++) {
        const struct range k = share(K, i, blocks);
        const int first = i == 0, last = i + 1 == blocks;

        for (size_t j = mine.begin; j < mine.end; j++) {
            const size_t size = (k.end - k.begin) * TILE_COLUMNS;
            const float *b = packed + k.begin * panels * TILE_COLUMNS + j * size;
            const struct sums s = panel_product(x + k.begin, b, k.end - k.begin);

            for (size_t half = 0; half < 2; half++) {
                const size_t at = j * TILE_COLUMNS + half * LANES;
                if (at < N)
                    take(out + at, half ? s.right : s.left, first, first && also ? also + at : NULL,
                         last && bias ? bias + at : NULL, N - at < LANES ? N - at : LANES);
            }
        }
    }
    return (struct range){mine.begin * TILE_COLUMNS,
                          N < mine.end * TILE_COLUMNS ? N : mine.end * TILE_COLUMNS};
}
