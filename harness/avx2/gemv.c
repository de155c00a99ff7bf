/* gemv.c: one vector times a matrix, which is what decoding a token does with every weight.
 *
 *     out[j] = sum over k of x[k] * b[k][j], + also[j], + bias[j]
 *
 * Each weight is used once: 2 operations for 4 bytes, where a core could do 30 in the time
 * that it takes to fetch them. So the only aim is to read without a pause. Packed panels lie
 * in just the order in which they are read. Two walks go side by side, each through half of a
 * thread's panels: they have more lines on their way than one, and share the work of spreading
 * x. The hardware sees a walk and fetches ahead of it, but not beyond a page of 4 kB: so each
 * step asks for a line further on. How far was found by trying, with half a GB of weights.
 *
 * Even and odd k have sums of their own, so that a multiply-add need not wait for the one
 * before. The order of a sum does not depend on the threads: a panel is one's own, and computed
 * alike alone or beside another. */
#include "gemv.h"

#include <stdbool.h>

#include "packed.h"
#include "tile.h"

/* Where a step reads one line of each walk, 3 kB are 3 to 4 % faster than 1 kB and 5 to 10 %
 * faster than 2 or 4 kB; little is gained at 2.8 and at 3.5. Where it reads two, 0.5 to 1 kB are
 * best, and only one of the two is asked for. */
#ifdef __AVX512F__
#define ASK_AHEAD(b) _mm_prefetch((b) + 1024 / sizeof *(b), _MM_HINT_T1)
#else
#define ASK_AHEAD(b) _mm_prefetch((b) + 3072 / sizeof *(b), _MM_HINT_T0)
#endif

/* The sums of a panel, which is two registers wide: of even k and of odd. */
struct sums {
    vec left[2], right[2];
};

INLINED void add_product(struct sums *s, size_t odd, vec x, const float *b)
{
    ASK_AHEAD(b);
    s->left[odd] = vec_fma(x, vec_load(b), s->left[odd]);
    s->right[odd] = vec_fma(x, vec_load(b + LANES), s->right[odd]);
}

/* Two panels of a block of K, or only the first: b and c [K, TILE_COLUMNS]. */
INLINED void multiply(struct sums s[2], const float *x, const float *b, const float *c, size_t K,
                      bool both)
{
    struct sums first = {{vec_zero(), vec_zero()}, {vec_zero(), vec_zero()}}, second = first;
    size_t k = 0;

    for (; k + 2 <= K; k += 2, b += 2 * TILE_COLUMNS, c += 2 * TILE_COLUMNS) {
        const vec even = vec_spread(x + k), odd = vec_spread(x + k + 1);

        add_product(&first, 0, even, b);
        if (both)
            add_product(&second, 0, even, c);
        add_product(&first, 1, odd, b + TILE_COLUMNS);
        if (both)
            add_product(&second, 1, odd, c + TILE_COLUMNS);
    }
    if (k < K) {
        add_product(&first, 0, vec_spread(x + k), b);
        if (both)
            add_product(&second, 0, vec_spread(x + k), c);
    }
    s[0] = first;
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

struct range gemv(float *out, const float *x, const float *packed, const float *also,
                  const float *bias, size_t K, size_t N)
{
    const size_t blocks = packed_blocks(K), panels = (N + TILE_COLUMNS - 1) / TILE_COLUMNS;
    const struct range mine = share(panels, thread_here(), threads_here());
    const size_t half = (mine.end - mine.begin) / 2, middle = mine.begin + half;

    for (size_t i = 0; i < blocks; i++) {
        const struct range k = share(K, i, blocks);
        const struct ends ends = {out, also, bias, i == 0, i + 1 == blocks, N};
        const size_t length = k.end - k.begin, panel = length * TILE_COLUMNS;
        const float *b = packed_panel(packed, k, mine.begin, N), *c = b + half * panel;
        struct sums s[2];

        for (size_t j = 0; j < half; j++) {
            multiply(s, x + k.begin, b + j * panel, c + j * panel, length, true);
            finish(&ends, &s[0], mine.begin + j);
            finish(&ends, &s[1], middle + j);
        }
        if (middle + half < mine.end) {
            multiply(s, x + k.begin, c + half * panel, c, length, false);
            finish(&ends, &s[0], middle + half);
        }
    }
    return (struct range){mine.begin * TILE_COLUMNS,
                          N < mine.end * TILE_COLUMNS ? N : mine.end * TILE_COLUMNS};
}
