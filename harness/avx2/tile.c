/* tile.c: the register tile.
 *
 *     out[i][j] = sum over k of a[k][i] * b[k][j], + also[i][j], + bias[j]
 *
 * The scalar step fetches two numbers for each product and stores the sum again. But a
 * core multiplies much faster than it fetches: in one cycle it starts two multiply-adds
 * on 8 numbers each (AVX2) and as many loads. So each number that is fetched must be used
 * several times. Here a tile of 6 rows and 16 columns stays in 12 registers; for each k
 * it takes 2 loads for 16 numbers of b and 6 for a, each of these spread over a register,
 * and then 12 multiply-adds: 8 loads in 6 cycles, which the core has to spare.
 *
 * A multiply-add takes 4 cycles until its sum can be added to. As two start in each,
 * 8 sums must be under way at a time; a tile has 12, one of 4 rows still has 8.
 *
 * Both factors lie packed, in the order in which they are read here. The idea and the
 * names are those of Goto and van de Geijn, "Anatomy of High-Performance Matrix
 * Multiplication" (2008), the inner kernel; the tile's shape is that of BLIS for Haswell
 * (Van Zee and van de Geijn, 2015). A tile at the lower or right edge has fewer rows, by
 * a function of its own, or fewer columns, by a mask. */
#include "tile.h"

/* A row of the tile takes what is added and goes to memory. */
static inline void finish_row(const struct tile *t, size_t row, vec left, vec right)
{
    float *out = t->out + row * t->out_stride;
    const float *also = t->also + (t->also ? row * t->also_stride : 0);

    if (t->also) {
        left = vec_add(left, vec_load(also));
        right = vec_add(right, vec_load(also + LANES));
    }
    if (t->bias) {
        left = vec_add(left, vec_load(t->bias));
        right = vec_add(right, vec_load(t->bias + LANES));
    }
    vec_store(out, left);
    vec_store(out + LANES, right);
}

/* The same at the right edge, where nothing beyond `columns` is the caller's. */
static inline void finish_half(const struct tile *t, size_t row, size_t begin, vec sum)
{
    const size_t n = t->columns <= begin ? 0 : t->columns - begin < LANES ? t->columns - begin
                                                                          : LANES;

    if (n == 0)
        return;
    if (t->also)
        sum = vec_add(sum, vec_load_part(t->also + row * t->also_stride + begin, n, 0));
    if (t->bias)
        sum = vec_add(sum, vec_load_part(t->bias + begin, n, 0));
    vec_store_part(t->out + row * t->out_stride + begin, sum, n);
}

/* Asks for a row that is read only at the tile's end. Not for all at once: some ten misses are all
 * that a core has under way, and those of a and b, which wait for L2, are among them. */
INLINED void fetch_row(const float *row)
{
    _mm_prefetch(row, _MM_HINT_T0);
    if (LANES > 8)
        _mm_prefetch(row + LANES, _MM_HINT_T0);
}

/* The products of one k. `rows` is a constant to the compiler, here and below. */
INLINED void add_products(vec sum[TILE_ROWS][2], const float *a, const float *b, size_t rows)
{
    const vec left = vec_load(b), right = vec_load(b + LANES);

    UNROLLED
    for (size_t i = 0; i < rows; i++) {
        const vec x = vec_spread(a + i);
        vec_add_product(&sum[i][0], x, left);
        vec_add_product(&sum[i][1], x, right);
    }
}

/* Whatever is not a multiply-add or one of its loads is done once in TILE_AHEAD k: where another
 * thread runs on the same core, each instruction more takes the place of a multiply-add. */
INLINED void multiply(const struct tile *t, const float *a, const float *b, size_t K, size_t rows)
{
    vec sum[TILE_ROWS][2];
    const char *next = t->next;
    const size_t step = 64 + t->next_skip, more = t->next_more;
    const float *out = t->out, *also = t->also ? t->also : out;
    size_t unasked = rows;

    UNROLLED
    for (size_t i = 0; i < rows; i++)
        sum[i][0] = sum[i][1] = vec_zero();
    for (size_t n = K / TILE_AHEAD; n > 0; n--) {
        _mm_prefetch(next, _MM_HINT_T1);
        next += step;
        for (size_t i = more; i > 0; i--, next += step)
            _mm_prefetch(next, _MM_HINT_T1);
        if (unasked > 0) {
            fetch_row(out);
            fetch_row(also);
            out += t->out_stride;
            also += t->also_stride;
            unasked--;
        }
        UNROLLED
        for (size_t k = 0; k < TILE_AHEAD; k++)
            add_products(sum, a + k * rows, b + k * TILE_COLUMNS, rows);
        a += TILE_AHEAD * rows;
        b += TILE_AHEAD * TILE_COLUMNS;
    }
    for (size_t n = K % TILE_AHEAD; n > 0; n--, a += rows, b += TILE_COLUMNS)
        add_products(sum, a, b, rows);
    if (t->columns == TILE_COLUMNS) {
        UNROLLED
        for (size_t i = 0; i < rows; i++)
            finish_row(t, i, sum[i][0], sum[i][1]);
    } else {
        UNROLLED
        for (size_t i = 0; i < rows; i++) {
            finish_half(t, i, 0, sum[i][0]);
            finish_half(t, i, LANES, sum[i][1]);
        }
    }
}

typedef void kernel(const struct tile *t, const float *a, const float *b, size_t K);

#define KERNEL(rows)                                                                       \
    static void multiply_##rows(const struct tile *t, const float *a, const float *b, size_t K) \
    {                                                                                      \
        multiply(t, a, b, K, rows);                                                        \
    }
KERNEL(1) KERNEL(2) KERNEL(3) KERNEL(4) KERNEL(5) KERNEL(6)
#ifdef __AVX512F__
KERNEL(7) KERNEL(8) KERNEL(9) KERNEL(10) KERNEL(11) KERNEL(12) KERNEL(13) KERNEL(14)
#endif

static kernel *const kernels[TILE_ROWS] = {
    multiply_1, multiply_2, multiply_3, multiply_4, multiply_5, multiply_6,
#ifdef __AVX512F__
    multiply_7, multiply_8, multiply_9, multiply_10, multiply_11, multiply_12, multiply_13,
    multiply_14,
#endif
};

void tile_multiply(const struct tile *t, const float *a, const float *b, size_t K)
{
    kernels[t->rows - 1](t, a, b, K);
}
