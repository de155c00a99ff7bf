/* test_avx2_ops.c: what else of harness/avx2 is tested by itself: the two optimisers, to the
 * bit; arrays large enough to be dealt out to threads; exp and tanh. */
#undef REAL
#define REAL float       /* what is linked here works on floats */
#include "tool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "00_ingredients/gelu.h"
#include "00_ingredients/layernorm.h"
#include "07_backprop/gelu_backward.h"
#include "07_backprop/layernorm_backward.h"
#include "avx2/log_sum.h"
#include "avx2/threads.h"
#include "die.h"
#include "fast.h"
#include "small_model.h"

/* ---------------------------------------------------------------------- optimisers */

/* steps/08_train/adamw.c, in floats. */
static void step_adamw(float *weight, float *mean, float *square, float dweight,
                       const struct adam *o, bool openai)
{
    const double late1 = 1 - pow(o->beta1, (double)o->t), late2 = 1 - pow(o->beta2, (double)o->t);
    const float g = dweight * (float)o->scale, eps = (float)o->eps;

    *mean = (float)o->beta1 * *mean + (float)(1 - o->beta1) * g;
    *square = (float)o->beta2 * *square + (float)(1 - o->beta2) * g * g;
    if (openai)
        *weight -= (float)(o->rate * sqrt(late2) / late1) *
                   (*mean / (sqrtf(*square) + eps) + (float)o->decay * *weight);
    else
        *weight = *weight * (float)(1 - o->rate * o->decay) -
                  (float)(o->rate / late1) * *mean / (sqrtf(*square) / (float)sqrt(late2) + eps);
}

static void optimisers_equal_the_steps(void **state)
{
    unsigned long long x = random_seed();
    struct fences f = {.count = 0};

    (void)state;
    skip_without_avx2();
    for (size_t i = 0; i < random_cases(60); i++) {
        const size_t n = 1 + random_below(&x, random_below(&x, 4) ? 100 : 30000);
        const bool openai = i % 2;
        const struct adam o = {.rate = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8,
                               .decay = 0.01, .scale = 0.7, .t = 1 + i};
        f.at_end = i / 2 % 2;
        const float *dweight = fenced_random(&f, &x, n, 1e-2);
        float *weight = fenced_random(&f, &x, n, 1), *mean = fenced_random(&f, &x, n, 1e-3);
        float *square = fenced_random(&f, &x, n, 1e-5), *want[3];

        for (size_t j = 0; j < n; j++)
            square[j] = fabsf(square[j]);
        for (size_t k = 0; k < 3; k++) {
            want[k] = allocate(n, sizeof(float));
            memcpy(want[k], k == 0 ? weight : k == 1 ? mean : square, n * sizeof(float));
        }
        for (size_t j = 0; j < n; j++)
            step_adamw(&want[0][j], &want[1][j], &want[2][j], dweight[j], &o, openai);
        (openai ? openai_adam : adamw)(weight, mean, square, dweight, &o, n);
        assert_memory_equal(weight, want[0], n * sizeof(float));
        assert_memory_equal(mean, want[1], n * sizeof(float));
        assert_memory_equal(square, want[2], n * sizeof(float));
        for (size_t k = 0; k < 3; k++)
            free(want[k]);
        take_down(&f);
    }
}

/* ---------------------------------------------------------------------- large arrays */

/* What threads share out, and what goes block by block, is equal to one piece at a time. */
static void layer_norm_of_many_rows_is_that_of_each(void **state)
{
    enum { N = 601, C = 77 };
    unsigned long long x = random_seed();
    struct fences f = {.count = 0, .at_end = true};

    (void)state;
    skip_without_avx2();
    const int before = threads_limit(2);
    const float *in = fenced_random(&f, &x, N * C, 1), *dout = fenced_random(&f, &x, N * C, 1);
    const float *gain = fenced_random(&f, &x, C, 1), *bias = fenced_random(&f, &x, C, 1);
    float *out = fenced_floats(&f, N * C), *din = fenced_random(&f, &x, N * C, 1);
    float *dgain = fenced_random(&f, &x, C, 1), *dbias = fenced_random(&f, &x, C, 1);
    float row[C], drow[C], dgain_of[C], dbias_of[C];
    double gain_sum[C], bias_sum[C];

    widen(gain_sum, dgain, sizeof(float), C);
    widen(bias_sum, dbias, sizeof(float), C);
    layernorm(out, in, gain, bias, 1e-5, N, C);
    for (size_t n = 0; n < N; n++) {
        layernorm(row, in + n * C, gain, bias, 1e-5, 1, C);
        assert_memory_equal(out + n * C, row, sizeof row);
    }
    memset(din, 0, N * C * sizeof *din);
    layernorm_backward(din, dgain, dbias, dout, in, gain, 1e-5, N, C);
    for (size_t n = 0; n < N; n++) {
        memset(drow, 0, sizeof drow);
        memset(dgain_of, 0, sizeof dgain_of);
        memset(dbias_of, 0, sizeof dbias_of);
        layernorm_backward(drow, dgain_of, dbias_of, dout + n * C, in + n * C, gain, 1e-5, 1, C);
        assert_memory_equal(din + n * C, drow, sizeof drow);
        for (size_t c = 0; c < C; c++) {
            gain_sum[c] += (double)dgain_of[c];
            bias_sum[c] += (double)dbias_of[c];
        }
    }
    for (size_t c = 0; c < C; c++) {
        assert_true(fabs((double)dgain[c] - gain_sum[c]) < 1e-4);
        assert_true(fabs((double)dbias[c] - bias_sum[c]) < 1e-4);
    }
    threads_limit(before);
    take_down(&f);
}

static void gelu_of_many_numbers_is_that_of_each(void **state)
{
    enum { N = 20011, PART = 1003 };
    unsigned long long x = random_seed();
    struct fences f = {.count = 0};

    (void)state;
    skip_without_avx2();
    const int before = threads_limit(2);
    const float *in = fenced_random(&f, &x, N, 4), *dout = fenced_random(&f, &x, N, 1);
    float *out = fenced_floats(&f, N), *din = fenced_floats(&f, N), *part = fenced_floats(&f, N);

    memset(din, 0, N * sizeof *din);
    gelu(out, in, N);
    gelu_backward(din, dout, in, N);
    for (size_t i = 0; i < N; i += PART)
        gelu(part + i, in + i, N - i < PART ? N - i : PART);
    assert_memory_equal(out, part, N * sizeof *out);
    memset(part, 0, N * sizeof *part);
    for (size_t i = 0; i < N; i += PART)
        gelu_backward(part + i, dout + i, in + i, N - i < PART ? N - i : PART);
    assert_memory_equal(din, part, N * sizeof *din);
    threads_limit(before);
    take_down(&f);
}

/* -------------------------------------------------------------------- exp and tanh */

/* A third is no float. Were it rounded, all results would be too large by 3e-8; of their own
 * roundings little is left in a sum of thousands. */
static void a_scale_is_not_rounded_for_a_whole_row(void **state)
{
    enum { MANY = 4099 };
    static float x[MANY], plain[MANY], third[MANY];
    double sum_plain = 0, sum_third = 0;
    unsigned long long random = random_seed();

    (void)state;
    skip_without_avx2();
    for (size_t i = 0; i < MANY; i++)
        x[i] = (float)(2 * small_random(&random));
    scaled_exp(plain, x, 1, 1, 0, MANY);
    scaled_exp(third, x, 1, 1.0 / 3, 0, MANY);
    for (size_t i = 0; i < MANY; i++) {
        sum_plain += (double)plain[i];
        sum_third += (double)third[i];
    }
    assert_true(fabs(3 * sum_third / sum_plain - 1) < 3e-9);
}

/* All floats take minutes (make test-all-floats); here every 1009th. */
static void exp_and_tanh_are_close(void **state)
{
    (void)state;
    skip_without_avx2();
    assert_says(shell("$BUILD/tests/all_floats 1009 2> /dev/null"), 0, "PASS exp, avx2",
                "PASS exp of shares, avx2", "PASS tanh, avx2", "3 passed, 0 failed, 0 skipped",
                NULL);
    assert_refused(shell("$BUILD/tests/all_floats 0"), "all_floats: ", "1 to 2^32", NULL);
    assert_refused(shell("$BUILD/tests/all_floats 3x"), "all_floats: ", "1 to 2^32", NULL);
    assert_refused(shell("$BUILD/tests/all_floats 3 4"), "all_floats: ", "1 to 2^32", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(optimisers_equal_the_steps),
        cmocka_unit_test(layer_norm_of_many_rows_is_that_of_each),
        cmocka_unit_test(gelu_of_many_numbers_is_that_of_each),
        cmocka_unit_test(a_scale_is_not_rounded_for_a_whole_row),
        cmocka_unit_test(exp_and_tanh_are_close),
    };
    return cmocka_run_group_tests(tests, begin, finish);
}
