/* test_polynomial.c: 07_backprop --polynomial. */
#include "tool.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "06_sample/random.h"
#include "07_backprop/polynomial.h"

static void assert_near(double got, double want, double within)
{
    if (!(fabs(got - want) <= within))
        fail_msg("%.17g instead of %.17g", got, want);
}

/* 30 points, none on a polynomial, and parameters. */
enum { N = 30 };

static void make_points(double *x, double *target, double *w, uint64_t seed)
{
    struct generator random = generator_begin(seed);

    for (size_t i = 0; i < N; i++) {
        x[i] = 4 * generator_uniform(&random) - 2;
        target[i] = generator_normal(&random);
    }
    for (size_t j = 0; j < PARAMETERS; j++)
        w[j] = generator_normal(&random);
}

static void the_formulas_by_hand(void **state)
{
    static const double w[PARAMETERS] = {1, -2, 3, 0.5};
    double dw[PARAMETERS], moved[PARAMETERS];

    (void)state;
    assert_near(polynomial(w, 0), 1, 0);
    assert_near(polynomial(w, 2), 1 - 4 + 12 + 4, 0);
    /* Points (0, 3) and (2, 10) are missed by -2 and 3: 13 / 2, and 1 * (-2 + 3 * 2^j). */
    assert_near(polynomial_loss(w, (double[]){0, 2}, (double[]){3, 10}, 2), 6.5, 0);
    polynomial_backward(dw, w, (double[]){0, 2}, (double[]){3, 10}, 2);
    for (size_t j = 0; j < PARAMETERS; j++)
        assert_near(dw[j], (const double[]){1, 6, 12, 24}[j], 0);
    memcpy(moved, w, sizeof moved);
    polynomial_step(moved, dw, 0.25);
    for (size_t j = 0; j < PARAMETERS; j++)
        assert_near(moved[j], w[j] - 0.25 * dw[j], 0);
}

/* The loss is a parabola in each parameter: central differences have no error of theirs. */
static void the_gradient_is_that_of_the_loss(void **state)
{
    const double h = 1e-3;
    double x[N], target[N], w[PARAMETERS], dw[PARAMETERS];

    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        make_points(x, target, w, seed);
        polynomial_backward(dw, w, x, target, N);
        for (size_t j = 0; j < PARAMETERS; j++) {
            const double at = w[j];
            w[j] = at + h;
            const double above = polynomial_loss(w, x, target, N);
            w[j] = at - h;
            const double below = polynomial_loss(w, x, target, N);
            w[j] = at;
            assert_near((above - below) / (2 * h), dw[j], 1e-9 * (1 + fabs(dw[j])));
        }
    }
}

/* Points of a cubic give its parameters back; at any best the gradient is 0. */
static void the_best_is_the_best(void **state)
{
    double x[N], target[N], w[PARAMETERS], best[PARAMETERS], dw[PARAMETERS];

    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        make_points(x, target, w, seed);
        polynomial_best(best, x, target, N);
        polynomial_backward(dw, best, x, target, N);
        for (size_t j = 0; j < PARAMETERS; j++)
            assert_near(dw[j], 0, 1e-12);
        for (size_t i = 0; i < N; i++)
            target[i] = polynomial(w, x[i]);
        polynomial_best(best, x, target, N);
        for (size_t j = 0; j < PARAMETERS; j++)
            assert_near(best[j], w[j], 1e-11);
    }
}

/* Any rate below the highest comes to the least loss, any above it leaves it. */
static void the_highest_rate_is_the_border(void **state)
{
    double x[N], target[N], start[PARAMETERS], best[PARAMETERS], w[PARAMETERS], dw[PARAMETERS];

    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        make_points(x, target, start, seed);
        polynomial_best(best, x, target, N);
        const double highest = polynomial_highest_rate(x, N);
        for (int above = 0; above < 2; above++) {
            memcpy(w, start, sizeof w);
            for (int step = 0; step < 20000; step++) {
                polynomial_backward(dw, w, x, target, N);
                polynomial_step(w, dw, highest * (above ? 1.01 : 0.99));
            }
            if (above)
                assert_true(!isfinite(polynomial_loss(w, x, target, N)));
            else
                for (size_t j = 0; j < PARAMETERS; j++)
                    assert_near(w[j], best[j], 1e-10);
        }
    }
}

/* -------------------------------------------------------------------- the program */

static void it_comes_to_the_best(void **state)
{
    double distance = 1, above = 1;

    (void)state;
    const struct outcome *o = shell("07_backprop --polynomial --steps 20000 --noise 0.3 --seed 5");
    assert_says(o, 0, "100 points of sin(x); rate 0.005", "seed 5", "\n    20000 ", "the best",
                NULL);
    assert_int_equal(sscanf(strstr(o->out, "further than"),
                            "further than %lf from the best; the loss is above the least by %lf",
                            &distance, &above), 2);
    assert_true(distance <= 1e-12 && fabs(above) <= 1e-14);
    /* Without a step nothing has changed; each step that is shown is shown once. */
    assert_says(shell("07_backprop --polynomial --steps 0 --samples 4 | wc -l"), 0, "5\n", NULL);
    assert_says(shell("07_backprop --polynomial --steps 50 --points $T/points >$T/a && "
                      "07_backprop --polynomial --steps 60 >$T/b && head -9 $T/a >$T/c && "
                      "head -9 $T/b | cmp - $T/c && sed -n 10p $T/b | cut -c -9"), 0,
                "       60\n", NULL);
}

static void points_are_a_table(void **state)
{
    (void)state;
    assert_says(shell("07_backprop --polynomial --samples 5 --points $T/points >/dev/null && "
                      "wc -l <$T/points && head -1 $T/points && cut -f 1,2 $T/points && "
                      "ls $T | grep -c part"), 1, "6\n", "x\ttarget\tbefore\tafter\n",
                "-3.14159265\t-1.2246468e-16\n", "\n0\t0\n", "\n0\n", NULL);
    /* The same seed, the same points; another one, others. */
    assert_says(shell("f() { 07_backprop --polynomial --noise 1 --points $T/$1 --seed $2 "
                      ">/dev/null; }; f a 3; f b 3; f c 4; cmp $T/a $T/b && ! cmp -s $T/a $T/c"),
                0, NULL);
}

static const struct {
    const char *command, *words;
} misuses[] = {
    {"07_backprop --polynomial --model x", "unknown option --model: --polynomial takes --steps"},
    {"07_backprop --polynomial 5", "unknown option 5"},
    {"07_backprop --polynomial --steps", "--steps needs a value"},
    {"07_backprop --points '' --polynomial", "--points needs a value"},
    {"07_backprop --polynomial --steps -1", "--steps: `-1` is not a whole number from 0 to"},
    {"07_backprop --polynomial --samples 3", "--samples: `3` is not a whole number from 4 to"},
    {"07_backprop --polynomial --rate x", "--rate: `x` is not a number from 0 to"},
    {"07_backprop --polynomial --rate nan", "--rate: `nan`"},
    {"07_backprop --polynomial --noise -1", "--noise: `-1`"},
    {"07_backprop --polynomial --seed 1.5", "--seed: `1.5`"},
    {"07_backprop --polynomial --rate 0.01", "--rate 0.01: the loss grew beyond all numbers before "
     "step 1000: take a rate below 0.00673"},
    {"07_backprop --polynomial --points /nowhere/x", "--points: /nowhere/x cannot be written"},
    {"07_backprop --polynomial --points $T", "cannot be written"},
    {"07_backprop --polynomial --points /dev/full/x", "cannot be written"},
    {"07_backprop --polynomial >/dev/full", "standard output cannot be written"},
};

static void misuse_is_one_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof misuses / sizeof misuses[0]; i++)
        assert_refused(shell("%s", misuses[i].command), misuses[i].words, NULL);
    assert_says(shell("ls -d $T.part-* $T/*.part-* 2>/dev/null | wc -l"), 0, "0\n", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_formulas_by_hand),
        cmocka_unit_test(the_gradient_is_that_of_the_loss),
        cmocka_unit_test(the_best_is_the_best),
        cmocka_unit_test(the_highest_rate_is_the_border),
        cmocka_unit_test(it_comes_to_the_best),
        cmocka_unit_test(points_are_a_table),
        cmocka_unit_test(misuse_is_one_line),
    };

    return cmocka_run_group_tests(tests, begin, finish);
}
