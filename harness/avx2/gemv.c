/* gemv.c: one vector times a matrix, which is what decoding a token does with every weight.
 *
 *     out[j] = sum over k of x[k] * b[k][j], + also[j], + bias[j]
 *
 * Each weight is used once: 2 operations for 4 bytes, where a core could do 30 in the time
 * that it takes to fetch them. So the only aim is to read without a pause. Packed panels lie
 * in just the order in which they are read, and the hardware, which sees a long walk, fetches
 * ahead of it, but not beyond a page of 4 kB: so each line asks for the one 1 kB further on.
 * Two panels are read side by side: two walks have more lines on their way than one, and share
 * the work of spreading x. Even and odd k have sums of their own, so that a
 * multiply-add need not wait for the one before. The order of a sum does not depend on the
 * threads: a panel is one's own, and computed alike alone or beside another. */
#include "gemv.h"

#include "packed.h"
#include "tile.h"

enum { SIDE_BY_SIDE = 2, AHEAD = 1024 / sizeof(float) };

/* The sums of a panel, which is two registers wide: of even k and of odd. */
struct sums {
    vec left[2], right[2];
};

static inline void add_product(struct sums *s, size_t odd, vec x, const float *b)
{
    _mm_prefetch(b + AHEAD, _MM_HINT_T0);
    s->left[odd] = vec_fma(x, vec_load(b), s->left[odd]);
    s->right[odd] = vec_fma(x, vec_load(b + LANES), s->right[odd]);
}

/* `count` panels, 1 or 2, of one block of K: b [count, K, TILE_COLUMNS]. */
INLINED void multiply(struct sums *s, const float *x, const float *b, size_t K, size_t count)
{
    const float *c = b + K * TILE_COLUMNS;
    struct sums first = {{vec_zero(), vec_zero()}, {vec_zero(), vec_zero()}}, second = first;
    size_t k = 0;

    for (; k + 2 <= K; k += 2, b += 2 * TILE_COLUMNS, c += 2 * TILE_COLUMNS) {
        const vec even = vec_spread(x + k), odd = vec_spread(x + k + 1);

        add_product(&first, 0, even, b);
        if (count == SIDE_BY_SIDE)
            add_product(&second, 0, even, c);
        add_product(&first, 1, odd, b + TILE_COLUMNS);
        if (count == SIDE_BY_SIDE)
            add_product(&second, 1, odd, c + TILE_COLUMNS);
    }
    if (k < K) {
        add_product(&first, 0, vec_spread(x + k), b);
        if (count == SIDE_BY_SIDE)
            add_product(&second, 0, vec_spread(x + k), c);
    }
    s[0] = first;
    if (count == SIDE_BY_SIDE)
        s[1] = second;
}

/* Where sums go, and what is added to them or NULL. */
struct ends {
    float *out;
    const float *also, *bias;
    int first, last;   /* of the blocks of K */
    size_t N;
};

/* The columns from `begin` on, at most LANES, of which the sums are these. */
static void finish(const struct ends *e, const vec sum[2], size_t begin)
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

struct range gemv(float *out, const float *x, const float *packed, const float *also,
                  const float *bias, size_t K, size_t N)
{
    const size_t blocks = packed_blocks(K), panels = (N + TILE_COLUMNS - 1) / TILE_COLUMNS;
    const struct range mine = share(panels, thread_here(), threads_here());

    for (size_t i = 0; i < blocks; i++) {
        const struct range k = share(K, i, blocks);
        const struct ends ends = {out, also, bias, i == 0, i + 1 == blocks, N};

        for (size_t j = mine.begin; j < mine.end; j += SIDE_BY_SIDE) {
            const size_t count = mine.end - j < SIDE_BY_SIDE ? mine.end - j : SIDE_BY_SIDE;
            const float *b = packed_panel(packed, k, j, N);
            struct sums s[SIDE_BY_SIDE];

            if (count == SIDE_BY_SIDE)
                multiply(s, x + k.begin, b, k.end - k.begin, SIDE_BY_SIDE);
            else
                multiply(s, x + k.begin, b, k.end - k.begin, 1);
            for (size_t p = 0; p < count; p++) {
                finish(&ends, s[p].left, (j + p) * TILE_COLUMNS);
                finish(&ends, s[p].right, (j + p) * TILE_COLUMNS + LANES);
            }
        }
    }
    return (struct range){mine.begin * TILE_COLUMNS,
                          N < mine.end * TILE_COLUMNS ? N : mine.end * TILE_COLUMNS};
}
