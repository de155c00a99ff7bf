/* test_units.c: errors, bars, verdicts and patterns on small arrays. */
#include "tool.h"

#include <math.h>
#include <string.h>

#include "diagnosis/pattern.h"
#include "results.h"
#include "words.h"

static const struct yardstick quiet = {1e-7, 4e-7, "test"};

/* cmocka 1.1 compares floats only. */
static void assert_near(double a, double b, double tolerance)
{
    assert_true(fabs(a - b) <= tolerance);
}

static struct result judged(const double *got, const double *want, size_t rank, size_t n,
                            size_t width)
{
    struct result r = {.node = {.name = "x", .letters = "BC", .rank = rank, .count = n}};

    r.node.dim[0] = rank == 2 ? 2 : n;
    r.node.dim[1] = n / 2;
    judge(&r, got, want, width, &quiet);
    return r;
}

static void errors_are_relative_to_the_rms(void **state)
{
    static const double want[4] = {3, -4, 0, 5}, got[4] = {3, -4, 0.5, 5};
    const struct errors e = measure_errors(got, want, 4);

    (void)state;
    assert_near(e.scale, sqrt(50 / 4.0), 1e-15);
    assert_near(e.rms, 0.25 / e.scale, 1e-15);
    assert_near(e.max, 0.5 / e.scale, 1e-15);
    assert_near(e.peak, 5 / e.scale, 1e-15);
    assert_int_equal(e.n_worst, 1);
    assert_int_equal(e.worst[0], 2);
    assert_int_equal(e.zeros, 1);
}

static void the_worst_come_first(void **state)
{
    static const double want[6] = {1, 1, 1, 1, 1, 1}, got[6] = {1.1, 1.5, 0.8, 1, 1.2, -1};
    const struct errors e = measure_errors(got, want, 6);

    (void)state;
    assert_int_equal(e.n_worst, 3);
    assert_int_equal(e.worst[0], 5);
    assert_int_equal(e.worst[1], 1);
}

static void nothing_that_is_not_finite_passes(void **state)
{
    static const double bad[] = {(double)NAN, (double)INFINITY, (double)-INFINITY};
    double want[8] = {1, 2, -3, 4, -5, 6, 7, -8}, got[8];

    (void)state;
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < 8; i++) {
            memcpy(got, want, sizeof got);
            got[i] = bad[k];
            const struct result r = judged(got, want, 2, 8, 4);
            assert_int_equal(r.status, FAIL);
            assert_int_equal(r.errors.nonfinite, 1);
            assert_int_equal(r.errors.worst[0], i);
            assert_int_equal(r.wrong, 1);
        }
}

static void one_wrong_element_among_many_fails(void **state)
{
    enum { N = 20000 };
    static double want[N], got[N];

    (void)state;
    for (int i = 0; i < N; i++)
        got[i] = want[i] = sin(i);
    assert_int_equal(judged(got, want, 2, N, 4).status, PASS);
    got[N - 1] += 1e-4;
    assert_int_equal(judged(got, want, 2, N, 4).status, FAIL);
    assert_int_equal(judged(got, want, 2, N, 4).wrong, 1);
    got[N - 1] = want[N - 1] + 1e-9;
    assert_int_equal(judged(got, want, 2, N, 4).status, PASS);
    assert_int_equal(judged(got, want, 2, N, 8).status, FAIL);
}

static void the_bar_scales_with_the_precision(void **state)
{
    const struct bar single = bar_for(4, &quiet, 1, 1), twice = bar_for(8, &quiet, 1, 1);

    (void)state;
    assert_near(single.rms, bar_factor * 1e-7 + 4 * 0x1p-24, 1e-20);
    assert_near(twice.rms, bar_factor * 1e-7 * 0x1p-29 + 16 * 0x1p-53, 1e-28);
    assert_true(bar_for(4, &quiet, 8, 1).max > single.max);
    assert_true(bar_for(4, &quiet, 1, 100).max > single.max);
}

static void what_proves_nothing_is_mistrusted(void **state)
{
    static const double ones[8] = {1, 1, 1, 1, 1, 1, 1, 1}, none[8] = {0};
    static const double sparse[8] = {0, 0, 3, 0, 0, -2, 0, 1}, alone[1] = {2.5};
    static const double fine[8] = {0, 0, 3, 0, 5, -2, 0, 1};
    static const struct yardstick loud = {0.5, 1, "test"};
    struct result r;

    (void)state;
    assert_int_equal(judged(ones, ones, 2, 8, 4).status, MISTRUSTED);
    assert_int_equal(judged(none, none, 2, 8, 4).status, MISTRUSTED);
    assert_int_equal(judged(sparse, sparse, 2, 8, 4).status, MISTRUSTED);
    assert_int_equal(judged(fine, fine, 2, 8, 4).status, PASS);
    assert_int_equal(judged(alone, alone, 1, 1, 4).status, PASS);
    r = judged(fine, fine, 2, 8, 4);
    judge(&r, fine, fine, 4, &loud);
    assert_int_equal(r.status, MISTRUSTED);
    assert_string_equal(r.reason, "its bar would pass all zeros");
}

static void a_golden_of_zeros_must_be_met_exactly(void **state)
{
    static const double none[8] = {0}, nearly[8] = {0, 0, 0, 1e-300};

    (void)state;
    assert_int_equal(judged(nearly, none, 2, 8, 4).status, FAIL);
}

static void strict_counts_the_mistrusted(void **state)
{
    struct results all = {0};

    (void)state;
    results_add(&all)->status = PASS;
    results_add(&all)->status = MISTRUSTED;
    results_add(&all)->status = SKIP;
    struct totals t = results_count(&all, 0, 3, false);
    assert_int_equal(t.passed, 1);
    assert_int_equal(t.failed, 0);
    assert_int_equal(t.skipped, 2);
    assert_int_equal(t.mistrusted, 1);
    t = results_count(&all, 0, 3, true);
    assert_int_equal(t.failed, 1);
    assert_int_equal(t.skipped, 1);
    results_free(&all);
}

static const char *pattern_of(const double *got, const double *want, const char *letters,
                              size_t a, size_t b, size_t c)
{
    static char text[200];
    struct node n = {.letters = letters, .rank = 3, .dim = {a, b, c}, .count = a * b * c};

    describe_pattern(text, sizeof text, &n, got, want, 1e-9);
    return text;
}

static void places_are_named(void **state)
{
    double want[24], got[24];

    (void)state;
    for (int i = 0; i < 24; i++)
        got[i] = want[i] = sin(i + 1);
    got[5] += 0.1;
    assert_string_equal(pattern_of(got, want, "BTC", 2, 3, 4),
                        "only text 0, only token 1, only column 1");
    for (int i = 0; i < 24; i++)
        got[i] = want[i] + (i / 4 % 3 >= 1 ? 0.1 * sin(3 * i) : 0);
    assert_string_equal(pattern_of(got, want, "BTC", 2, 3, 4), "from token 1 on");
    for (int i = 0; i < 24; i++)
        got[i] = want[i] + (i % 4 == 1 || i % 4 == 2 ? 0.1 * cos(i) : 0);
    assert_string_equal(pattern_of(got, want, "BTC", 2, 3, 4), "only columns 1 to 2");
    for (int i = 0; i < 24; i++)
        got[i] = want[i] + (i % 4 == 0 || i % 4 == 2 ? 0.1 * cos(i) : 0);
    assert_string_equal(pattern_of(got, want, "BTC", 2, 3, 4), "2 of 4 columns");
}

/* Nothing stands out: nothing is said. */
static void noise_has_no_pattern(void **state)
{
    double want[24], got[24];

    (void)state;
    for (int i = 0; i < 24; i++) {
        want[i] = sin(i + 1);
        got[i] = want[i] + 0.1 * cos(7 * i * i);
    }
    assert_string_equal(pattern_of(got, want, "BTC", 2, 3, 4), "");
}

static void words_are_words(void **state)
{
    char text[64];

    (void)state;
    assert_true(list_has("--a --bc", "--a"));
    assert_true(list_has("--a --bc", "--bc"));
    assert_false(list_has("--a --bc", "--b"));
    assert_false(list_has("--a --bc", "c"));
    assert_false(list_has("--a --bc", "-bc"));
    assert_false(list_has("--a --bc", ""));
    assert_string_equal(shell_word(text, sizeof text, "a/b-c.h5"), "a/b-c.h5");
    assert_string_equal(shell_word(text, sizeof text, "it's here"), "'it'\\''s here'");
    assert_string_equal(shell_word(text, sizeof text, ""), "''");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_are_relative_to_the_rms),
        cmocka_unit_test(the_worst_come_first),
        cmocka_unit_test(nothing_that_is_not_finite_passes),
        cmocka_unit_test(one_wrong_element_among_many_fails),
        cmocka_unit_test(the_bar_scales_with_the_precision),
        cmocka_unit_test(what_proves_nothing_is_mistrusted),
        cmocka_unit_test(a_golden_of_zeros_must_be_met_exactly),
        cmocka_unit_test(strict_counts_the_mistrusted),
        cmocka_unit_test(places_are_named),
        cmocka_unit_test(noise_has_no_pattern),
        cmocka_unit_test(words_are_words),
    };

    return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
