/* test_avx2_products.c: packed factors, matrix products by any number of threads, and vectors
 * times packed weights, of harness/avx2, on random sizes. */
#undef REAL
#define REAL float       /* what is linked here works on floats */
#include "tool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "avx2/gemv.h"
#include "avx2/matmul.h"
#include "avx2/pack.h"
#include "avx2/packed.h"
#include "avx2/threads.h"
#include "fast.h"
#include "small_model.h"

/* ------------------------------------------------------------------- packed factors */

enum { COLUMNS = 16 };  /* TILE_COLUMNS of tile.h, which is for AVX2 alone */

static float element(struct view v, size_t i, size_t j)
{
    return v.at[i * v.down + j * v.across];
}

/* A matrix [rows, columns] with some numbers between its rows, or its transpose's. */
static struct view fenced_view(struct fences *f, unsigned long long *x, size_t rows,
                               size_t columns)
{
    const bool turned = random_below(x, 2);
    const size_t n = turned ? columns : rows, row = turned ? rows : columns;
    const size_t stride = row + random_below(x, 9);
    const struct view v = {fenced_random(f, x, (n - 1) * stride + row, 1), stride, 1};

    return turned ? transposed(v) : v;
}

static void check_left(struct fences *f, unsigned long long *x, size_t M, size_t K)
{
    const struct view v = fenced_view(f, x, M, K);
    const struct panels p = panels_of(M);
    float *packed = fenced_floats(f, M * K);

    pack_panels(packed, v, p, (struct range){0, p.count}, K);
    for (size_t n = 0; n < p.count; n++) {
        const struct range r = panel_rows(p, n);

        for (size_t k = 0; k < K; k++)
            for (size_t i = r.begin; i < r.end; i++)
                assert_true(packed[r.begin * K + k * (r.end - r.begin) + i - r.begin] ==
                            element(v, i, k));
    }
}

static void check_right(struct fences *f, unsigned long long *x, size_t K, size_t N)
{
    const struct view v = fenced_view(f, x, K, N);
    const size_t panels = (N + COLUMNS - 1) / COLUMNS;
    float *packed = fenced_floats(f, panels * COLUMNS * K);

    pack_wide(packed, v, N, K);
    for (size_t j = 0; j < panels * COLUMNS; j++)
        for (size_t k = 0; k < K; k++)
            assert_true(packed[j / COLUMNS * COLUMNS * K + k * COLUMNS + j % COLUMNS] ==
                        (j < N ? element(v, k, j) : 0));
}

static void check_panel(struct fences *f, unsigned long long *x, size_t width, size_t K)
{
    const struct view v = fenced_view(f, x, width, K);
    const size_t stride = width + random_below(x, 5);
    float *packed = fenced_floats(f, stride * K);

    pack_panel(packed, v, width, stride, K);
    for (size_t k = 0; k < K; k++)
        for (size_t i = 0; i < stride; i++)
            assert_true(packed[k * stride + i] == (i < width ? element(v, i, k) : 0));
}

static void packed_factors_hold_every_number(void **state)
{
    unsigned long long x = random_seed();
    const size_t n = random_cases(1000);
    struct fences f = {.count = 0};

    (void)state;
    skip_without_avx2();
    print_message("%zu factors packed, seed %llu\n", 3 * n, random_seed());
    for (size_t i = 0; i < n; i++) {
        const size_t K = 1 + random_below(&x, i % 5 ? 40 : 600);

        f.at_end = i % 2;
        check_left(&f, &x, 1 + random_below(&x, 40), K);
        check_right(&f, &x, K, 1 + random_below(&x, 40));
        check_panel(&f, &x, 1 + i % 33, K);
        take_down(&f);
    }
}

/* A sum in double, and how large its terms are together. */
struct exact_sum {
    double sum, size;
};

static void add_term(struct exact_sum *s, double term)
{
    s->sum += term;
    s->size += fabs(term);
}

static bool is_close(float x, const struct exact_sum *s)
{
    return fabs((double)x - s->sum) <= 1e-6 * s->size;
}

/* None where the build has no OpenMP. More threads than cores are welcome here. */
extern void omp_set_num_threads(int n) __attribute__((weak));

/* Where a product that is not kept goes to: [M, N], and how many numbers have come. */
struct parts_of {
    float *out;
    size_t N;
    _Atomic size_t count;
};

static void then_keep(void *with, float *part, size_t stride, struct range rows,
                      struct range columns)
{
    struct parts_of *p = with;

    for (size_t i = rows.begin; i < rows.end; i++, part += stride)
        memcpy(p->out + i * p->N + columns.begin, part,
               (columns.end - columns.begin) * sizeof *part);
    p->count += (rows.end - rows.begin) * (columns.end - columns.begin);
}

/* By so many threads, in a room for such products or larger ones. */
static void multiply_by(struct fences *f, unsigned long long *x, struct matmul m, float *out,
                        int threads)
{
    struct parts_of p = {out, m.N, 0};
    struct room r = {.M = m.M, .N = m.N, .K = m.K};

    if (random_below(x, 2)) {
        r.M += random_below(x, 200);
        r.N += random_below(x, 20);
        r.K += random_below(x, 900);
    }
    if (random_below(x, 2)) {
        m.then = then_keep;
        m.with = &p;
    } else {
        m.out = out;
    }
    if (omp_set_num_threads)
        omp_set_num_threads(threads);
    r.at = fenced_room(f, room_size(&r));
    matmul(&m, &r);
    if (m.then && p.count != m.M * m.N)
        fail_msg("M=%zu N=%zu K=%zu: `then` got %zu numbers", m.M, m.N, m.K, p.count);
}

/* a * b, + also, + bias, each of these or NULL: by one thread, and to the bit the same by
 * several. */
static void check_product(struct fences *f, unsigned long long *x, size_t M, size_t N, size_t K)
{
    const struct view a = fenced_view(f, x, M, K), b = fenced_view(f, x, K, N);
    const float *also = random_below(x, 2) ? fenced_random(f, x, M * N, 1) : NULL;
    const float *bias = random_below(x, 2) ? fenced_random(f, x, N, 1) : NULL;
    float *packed = fenced_floats(f, packed_size(K, N));
    float *out = fenced_floats(f, M * N), *other = fenced_floats(f, M * N);
    struct matmul m = {.M = M, .N = N, .K = K, .out_stride = N, .a = a, .b = b, .also = also,
                       .also_stride = N, .bias = bias};

    pack_weight(packed, b, K, N);
    if (random_below(x, 2))
        m.packed = packed;
    multiply_by(f, x, m, out, 1);
    for (int threads = 2; threads < 7; threads += 1 + (int)random_below(x, 2)) {
        multiply_by(f, x, m, other, threads);
        if (memcmp(out, other, M * N * sizeof *out) != 0)
            fail_msg("M=%zu N=%zu K=%zu depends on the number of threads, %d", M, N, K, threads);
    }
    for (size_t i = 0; i < M; i += 1 + M / 40)
        for (size_t j = 0; j < N; j++) {
            struct exact_sum sum = {0, 0};

            for (size_t k = 0; k < K; k++)
                add_term(&sum, (double)element(a, i, k) * (double)element(b, k, j));
            add_term(&sum, also ? (double)also[i * N + j] : 0);
            add_term(&sum, bias ? (double)bias[j] : 0);
            if (!is_close(out[i * N + j], &sum))
                fail_msg("%zu, %zu of M=%zu N=%zu K=%zu: %.9g, not %.9g", i, j, M, N, K,
                         (double)out[i * N + j], sum.sum);
        }
}

/* Many rows, which go to threads in bands, and few: with few columns and with many. */
static void products_do_not_depend_on_threads(void **state)
{
    unsigned long long x = random_seed();
    const size_t n = random_cases(60);
    struct fences f = {.count = 0};

    (void)state;
    skip_without_avx2();
    const int before = threads_limit(0);
    print_message("%zu products by 1 to 6 threads, seed %llu\n", 2 * n, random_seed());
    for (size_t i = 0; i < n; i++) {
        f.at_end = i % 2;
        check_product(&f, &x, 1 + random_below(&x, i % 3 ? 2300 : 200), 1 + random_below(&x, 300),
                      1 + random_below(&x, i % 4 ? 30 : 1000));
        take_down(&f);
    }
    for (size_t i = 0; i < n; i++) {
        f.at_end = i % 2;
        check_product(&f, &x, 1 + random_below(&x, 140), 500 + random_below(&x, 1600),
                      1 + random_below(&x, i % 8 ? 30 : 1000));
        take_down(&f);
    }
    threads_limit(before);
}

/* A vector times a packed matrix, + also, + bias, each of them or NULL, in two parts. What is
 * between the blocks of a packed weight stays NaN. */
static void check_gemv(struct fences *f, unsigned long long *x, size_t K, size_t N)
{
    const struct view b = fenced_view(f, x, K, N);
    const float *a = fenced_random(f, x, K, 1);
    const float *also = random_below(x, 2) ? fenced_random(f, x, N, 1) : NULL;
    const float *bias = random_below(x, 2) ? fenced_random(f, x, N, 1) : NULL;
    float *packed = fenced_floats(f, packed_size(K, N)), *out = fenced_floats(f, N);

    pack_weight(packed, b, K, N);
    const struct gemv g = {out, a, packed, also, bias, K, N};
    const size_t parts = gemv_parts(&g), middle = random_below(x, parts);
    const struct range right = gemv(&g, (struct range){middle, parts});
    const struct range left = gemv(&g, (struct range){0, middle});
    assert_true(left.begin == 0 && left.end == right.begin && right.end == N);
    for (size_t j = 0; j < N; j++) {
        struct exact_sum sum = {0, 0};

        for (size_t k = 0; k < K; k++)
            add_term(&sum, (double)a[k] * (double)element(b, k, j));
        add_term(&sum, also ? (double)also[j] : 0);
        add_term(&sum, bias ? (double)bias[j] : 0);
        if (!is_close(out[j], &sum))
            fail_msg("column %zu of K=%zu N=%zu: %.9g, not %.9g", j, K, N, (double)out[j],
                     sum.sum);
    }
}

/* A large product goes past the caches where its result is aligned. */
static void vectors_times_packed_weights_agree(void **state)
{
    unsigned long long x = random_seed();
    const size_t n = random_cases(300);
    struct fences f = {.count = 0};

    (void)state;
    skip_without_avx2();
    print_message("%zu vectors times packed weights, seed %llu\n", n, random_seed());
    for (size_t i = 0; i < n; i++) {
        const bool large = i % 32 < 2;

        f.at_end = i % 2;
        check_gemv(&f, &x, 1 + random_below(&x, large ? 800 : i % 5 ? 60 : 1700),
                   1 + random_below(&x, large ? 1500 : 70));
        take_down(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packed_factors_hold_every_number),
        cmocka_unit_test(products_do_not_depend_on_threads),
        cmocka_unit_test(vectors_times_packed_weights_agree),
    };
    return cmocka_run_group_tests(tests, begin, finish);
}
