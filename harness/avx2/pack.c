/* pack.c: copies a part of a matrix into panels.
 *
 *     packed[k][i] = v[i][k]
 *
 * The tile (tile.c) takes, for one k after another, the numbers of all its rows or
 * columns. In the matrix these lie a whole row apart: each on a cache line of its own,
 * each line in use for one number at a time, and where rows are a multiple of 4096 bytes
 * long (3072 floats are three times that), all in the same few places of the cache, where
 * they push each other out. Copied, they lie one after the other. The copy costs one
 * load and one store a number and pays where each is used in tens of products.
 *
 * Two cases. Where the numbers of one k lie side by side they are copied as they are: a panel
 * takes its part of ROWS rows, whose lines wait in L1 for the next few panels. Row by row for all
 * of these panels would write to many places at once, each time less than a line. Where the
 * numbers of one panel row lie side by side, blocks of 4 by 4 are turned over in registers.
 *
 * Rows are far apart, so the processor does not see by itself which line comes next: each
 * copy asks for the lines of some rows further down. */
#include "pack.h"

#include <stdbool.h>

#include "tile.h"

enum { FOUR = 4, EIGHT = 8, LINE = 16, TURN = 256, ROWS = 32, SOME = 16, AHEAD_WIDE = 16,
       AHEAD_PACKED = 768 };

struct view transposed(struct view v)
{
    return (struct view){v.at, v.across, v.down};
}

struct view view_from(struct view v, size_t i, size_t j)
{
    v.at += i * v.down + j * v.across;
    return v;
}

/* n floats. What is left at the end is less than 4, so the last 4 are copied again. */
static inline void copy_row(float *to, const float *from, size_t n)
{
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        vec_store(to + i, vec_load(from + i));
    for (; i + FOUR <= n; i += FOUR)
        _mm_storeu_ps(to + i, _mm_loadu_ps(from + i));
    if (i < n && n >= FOUR)
        _mm_storeu_ps(to + n - FOUR, _mm_loadu_ps(from + n - FOUR));
    else
        for (; i < n; i++)
            to[i] = from[i];
}

/* The first n of four. */
static inline void store_some(float *p, __m128 a, size_t n)
{
    if (n == FOUR)
        _mm_storeu_ps(p, a);
    else if (n == 1)
        _mm_store_ss(p, a);
    else
        _mm_storel_pi((__m64 *)p, a);
    if (n == 3)
        _mm_store_ss(p + 2, _mm_movehl_ps(a, a));
}

/* v.across is 1: asks for a line of each of n rows of v, from row `first` on. */
INLINED void fetch_rows(struct view v, size_t first, size_t n, size_t k)
{
    for (size_t i = first; i < first + n; i++)
        _mm_prefetch(v.at + i * v.down + k, _MM_HINT_T0);
}

/* Asks for n lines to write to, from AHEAD_PACKED floats further on: where another core has read
 * them, they are its, too, and a store waits until it has given them up. */
INLINED void fetch_packed(const float *packed, size_t n)
{
    for (size_t i = 0; i < n; i++)
        __builtin_prefetch(packed + AHEAD_PACKED + i * LINE, 1);
}

/* v.across is 1: n rows of v, at most 4; 8 columns at a time, two blocks of 4 by 4 that
 * are turned side by side. Rows beyond n are read as the last. */
INLINED void turn(float *packed, struct view v, size_t n, size_t stride, size_t K)
{
    const float *a = v.at, *b = n > 1 ? a + v.down : a, *c = n > 2 ? b + v.down : b;
    const float *d = n > 3 ? c + v.down : c;
    size_t k = 0;

    for (; k + 2 * FOUR <= K; k += 2 * FOUR) {
        if (k % LINE == 0)
            fetch_rows(v, FOUR, n, k);
        const __m256 w = _mm256_loadu_ps(a + k), x = _mm256_loadu_ps(b + k);
        const __m256 y = _mm256_loadu_ps(c + k), z = _mm256_loadu_ps(d + k);
        const __m256 wx = _mm256_unpacklo_ps(w, x), yz = _mm256_unpacklo_ps(y, z);
        const __m256 wx2 = _mm256_unpackhi_ps(w, x), yz2 = _mm256_unpackhi_ps(y, z);
        const __m256 turned[FOUR] = {
            _mm256_shuffle_ps(wx, yz, 0x44), _mm256_shuffle_ps(wx, yz, 0xee),
            _mm256_shuffle_ps(wx2, yz2, 0x44), _mm256_shuffle_ps(wx2, yz2, 0xee)};

        UNROLLED
        for (size_t i = 0; i < FOUR; i++) {
            store_some(packed + (k + i) * stride, _mm256_castps256_ps128(turned[i]), n);
            store_some(packed + (k + FOUR + i) * stride, _mm256_extractf128_ps(turned[i], 1), n);
        }
    }
    for (; k < K; k++)
        for (size_t i = 0; i < n; i++)
            packed[k * stride + i] = v.at[i * v.down + k];
}

/* Four numbers at p, and four at q. */
static inline __m256 load_two(const float *p, const float *q)
{
    return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(p)), _mm_loadu_ps(q), 1);
}

/* v.across is 1: n rows of v, 5 to 8, 4 columns at a time: rows 0 to 3 and the others are turned
 * side by side, so that each column is one register. Where there are fewer than 8, the rest of
 * the register goes to where the next column begins, which is written afterwards. The last
 * columns go one by one, unless there are `more`. */
INLINED void turn_eight(float *packed, struct view v, size_t n, size_t stride, size_t K, bool more)
{
    const size_t last = n - 1 - FOUR, end = n == EIGHT || more ? K : K - 1;
    const float *low = v.at, *high = low + FOUR * v.down;
    const float *x_high = high + (last < 1 ? last : 1) * v.down;
    const float *y_high = high + (last < 2 ? last : 2) * v.down, *z_high = high + last * v.down;
    size_t k = 0;

    for (; k + FOUR <= end; k += FOUR) {
        if (k % LINE == 0) {
            fetch_rows(v, n, n, k);
            if (stride == n)
                fetch_packed(packed + k * n, n);
        }
        const float *at = low + k;
        const __m256 w = load_two(at, high + k), x = load_two(at + v.down, x_high + k);
        const __m256 y = load_two(at + 2 * v.down, y_high + k);
        const __m256 z = load_two(at + 3 * v.down, z_high + k);
        const __m256 wx = _mm256_unpacklo_ps(w, x), yz = _mm256_unpacklo_ps(y, z);
        const __m256 wx2 = _mm256_unpackhi_ps(w, x), yz2 = _mm256_unpackhi_ps(y, z);

        _mm256_storeu_ps(packed + k * stride, _mm256_shuffle_ps(wx, yz, 0x44));
        _mm256_storeu_ps(packed + (k + 1) * stride, _mm256_shuffle_ps(wx, yz, 0xee));
        _mm256_storeu_ps(packed + (k + 2) * stride, _mm256_shuffle_ps(wx2, yz2, 0x44));
        _mm256_storeu_ps(packed + (k + 3) * stride, _mm256_shuffle_ps(wx2, yz2, 0xee));
    }
    for (; k < K; k++)
        for (size_t i = 0; i < n; i++)
            packed[k * stride + i] = v.at[i * v.down + k];
}

/* v.across is 1: `width` rows, for which there is room in L1 at TURN columns a time. From the
 * right to the left, as some write too far to the right. */
static void turn_rows(float *packed, struct view v, size_t width, size_t stride, size_t K)
{
    const size_t eights = width / EIGHT * EIGHT;

    for (size_t k = 0; k < K; k += TURN) {
        const size_t n = K - k < TURN ? K - k : TURN;
        const bool more = k + n < K;
        const struct view rest = view_from(v, eights, k);
        float *to = packed + k * stride;

        switch (width - eights) {
        case 1: turn(to + eights, rest, 1, stride, n); break;
        case 2: turn(to + eights, rest, 2, stride, n); break;
        case 3: turn(to + eights, rest, 3, stride, n); break;
        case 4: turn(to + eights, rest, 4, stride, n); break;
        case 5: turn_eight(to + eights, rest, 5, stride, n, more); break;
        case 6: turn_eight(to + eights, rest, 6, stride, n, more); break;
        case 7: turn_eight(to + eights, rest, 7, stride, n, more); break;
        }
        for (size_t i = 0; i < eights; i += EIGHT)
            turn_eight(to + i, view_from(v, i, k), EIGHT, stride, n, more);
    }
}

void pack_panel(float *packed, struct view v, size_t width, size_t stride, size_t K)
{
    if (v.down != 1)
        turn_rows(packed, v, width, stride, K);
    for (size_t k = 0; v.down == 1 && k < K; k++)
        copy_row(packed + k * stride, v.at + k * v.across, width);
    for (size_t k = 0; width < stride && k < K; k++)
        for (size_t i = width; i < stride; i++)
            packed[k * stride + i] = 0;
}

struct panels panels_of(size_t rows)
{
    const size_t count = pieces(rows, TILE_ROWS);

    return (struct panels){count, rows / count, rows % count};
}

struct range panel_rows(struct panels p, size_t i)
{
    const size_t begin = i * p.low + (i < p.taller ? i : p.taller);

    return (struct range){begin, begin + p.low + (i < p.taller)};
}

/* v.down is 1: `width` numbers of each column from `begin` to before `end`. */
static void copy_columns(float *packed, struct view v, size_t width, size_t begin, size_t end)
{
    const float *from = v.at + begin * v.across;

    packed += begin * width;
    for (size_t k = begin; k < end; k++, from += v.across, packed += width) {
        _mm_prefetch(from + ROWS * v.across, _MM_HINT_T0);
        copy_row(packed, from, width);
    }
}

/* v.down is 1. */
static void copy_panels(float *packed, struct view v, struct panels p, struct range which, size_t K)
{
    const size_t first = panel_rows(p, which.begin).begin;

    for (size_t some = which.begin; some < which.end; some += SOME)
        for (size_t k = 0; k < K; k += ROWS)
            for (size_t i = some; i < smaller(some + SOME, which.end); i++) {
                const struct range r = panel_rows(p, i);
                copy_columns(packed + (r.begin - first) * K, view_from(v, r.begin, 0),
                             r.end - r.begin, k, smaller(k + ROWS, K));
            }
}

void pack_panels(float *packed, struct view v, struct panels p, struct range which, size_t K)
{
    const size_t first = panel_rows(p, which.begin).begin;

    if (v.down == 1) {
        copy_panels(packed, v, p, which, K);
        return;
    }
    for (size_t i = which.begin; i < which.end; i++) {
        const struct range r = panel_rows(p, i);
        pack_panel(packed + (r.begin - first) * K, view_from(v, r.begin, 0), r.end - r.begin,
                   r.end - r.begin, K);
    }
}

void pack_wide(float *packed, struct view v, size_t n, size_t K)
{
    const size_t whole = n / TILE_COLUMNS, panel = K * TILE_COLUMNS;
    const struct view turned = transposed(v);
    size_t j = 0;

    if (v.across == 1)
        for (size_t k = 0; k < K; k++)
            for (j = 0; j < whole; j++) {
                _mm_prefetch(v.at + (k + AHEAD_WIDE) * v.down + j * TILE_COLUMNS, _MM_HINT_T0);
                copy_row(packed + j * panel + k * TILE_COLUMNS,
                         v.at + k * v.down + j * TILE_COLUMNS, TILE_COLUMNS);
            }
    for (; j * TILE_COLUMNS < n; j++)
        pack_panel(packed + j * panel, view_from(turned, j * TILE_COLUMNS, 0),
                   j < whole ? TILE_COLUMNS : n - j * TILE_COLUMNS, TILE_COLUMNS, K);
}
