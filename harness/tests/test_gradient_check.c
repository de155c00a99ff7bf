/* test_gradient_check.c: differences of the loss, and the verdicts that they give on
 * gradients: right ones pass, wrong ones fail, those too small to tell are mistrusted. */
#include "tool.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backprop.h"
#include "die.h"
#include "differences.h"
#include "small_model.h"

#define POCKET(n) "--model $F/gpt" n "-pocket.model.h5 --golden $F/gpt" n "-pocket.golden.h5 "
#define CHECK "touchstone check --gradient-check "
#define BROKEN "export BREAK_INNER=$BUILD/subjects/f64.so; " CHECK "--subject " \
               "./$BUILD/tests/broken.so "

/* ---------------------------------------------------------------- the differences */

/* A probe on the small model, and what goes with it. */
struct fixture {
    struct runner r;
    struct probe p;
    struct gradients d;
    size_t weight;
    double *direction;
};

static void open_fixture(struct fixture *f, enum family family, const char *weight)
{
    unsigned long long x = 42;

    f->r = small_runner(family, "f64");
    f->weight = 0;
    while (strcmp(f->r.graph->weight[f->weight].name, weight) != 0)
        f->weight++;
    const size_t count = f->r.graph->weight[f->weight].count;

    f->direction = allocate(count, sizeof *f->direction);
    for (size_t k = 0; k < count; k++)
        f->direction[k] = small_random(&x);
    f->d = gradients_chain(&f->r, small_tokens, small_targets);
    f->p = probe_begin(&f->r, small_tokens, small_targets);
}

static void close_fixture(struct fixture *f)
{
    probe_end(&f->p);
    gradients_free(&f->d, f->r.graph);
    free(f->direction);
    small_runner_free(&f->r);
}

/* A gradient that is wrong by 3e-8 is beyond the bar of 1e-8. */
static void differences_are_sharp(void **state)
{
    struct fixture f;

    (void)state;
    open_fixture(&f, GPT2, "h.1.mlp.c_fc.weight");
    const size_t count = f.r.graph->weight[f.weight].count;
    const struct slopes s = measure_slopes(&f.p, f.weight, f.direction);
    struct expected e = expect_slope(f.d.weight[f.weight], f.direction, count);

    assert_true(slope_error(&e, s.best) < 1e-10);
    e.slope += 3e-8 * e.scale;
    assert_true(slope_error(&e, s.best) > 2e-8);
    assert_true(s.uncertainty < 1e-8 * e.scale);
    close_fixture(&f);
}

/* From step to step the error falls by 10 with order 2, by 100 with order 4; it grows again
 * where the steps are too small. */
static void each_order_has_its_slope(void **state)
{
    struct fixture f;

    (void)state;
    open_fixture(&f, GPT1, "h.0.attn.c_attn.weight");
    const size_t count = f.r.graph->weight[f.weight].count;
    const struct slopes s = measure_slopes(&f.p, f.weight, f.direction);
    const struct expected e = expect_slope(f.d.weight[f.weight], f.direction, count);
    double error[2][N_STEPS];

    for (size_t j = 0; j < N_STEPS; j++)
        for (size_t k = 0; k < 2; k++)
            error[k][j] = slope_error(&e, s.value[j][k]);
    assert_true(isnan(error[1][0]));
    for (size_t j = 0; j < 3; j++)
        assert_true(fabs(error[0][j] / error[0][j + 1] - 10) < 1);
    assert_true(fabs(error[1][1] / error[1][2] - 100) < 20);
    assert_true(error[0][N_STEPS - 1] > 100 * slope_error(&e, s.best));
    close_fixture(&f);
}

/* Bit for bit. */
static void weights_are_put_back(void **state)
{
    struct fixture f;

    (void)state;
    open_fixture(&f, GPT2, "wte");
    const size_t size = f.r.graph->weight[f.weight].count * sizeof(double);
    double *before = allocate(size, 1);

    memcpy(before, f.r.weight[f.weight], size);
    measure_slopes(&f.p, f.weight, f.direction);
    assert_memory_equal(before, f.r.weight[f.weight], size);
    free(before);
    close_fixture(&f);
}

/* A tensor of zeros has no size that a step could be relative to; a subject without an
 * engine gives the same as with one. */
static void zeros_and_no_engine(void **state)
{
    struct fixture f;

    (void)state;
    open_fixture(&f, GPT2, "h.0.ln_2.bias");
    const struct graph *g = f.r.graph;
    const size_t count = g->weight[f.weight].count;
    struct subject plain = *f.r.subject;
    struct runner r = runner_with(&plain, g, f.r.weight);

    plain.engine = NULL;
    memset(f.r.weight[f.weight], 0, count * sizeof(double));
    struct gradients d = gradients_chain(&f.r, small_tokens, small_targets);
    struct probe p = probe_begin(&r, small_tokens, small_targets);
    const struct expected e = expect_slope(d.weight[f.weight], f.direction, count);
    const struct slopes with = measure_slopes(&f.p, f.weight, f.direction);
    const struct slopes without = measure_slopes(&p, f.weight, f.direction);

    assert_true(with.best == without.best);
    assert_true(slope_error(&e, with.best) < 1e-10);
    gradients_free(&d, g);
    probe_end(&p);
    close_fixture(&f);
}

/* Nothing to divide by: only a loss that does not change is right. */
static void a_gradient_of_zeros(void **state)
{
    static const double zero[3] = {0}, direction[3] = {1, -2, 1};
    const struct expected e = expect_slope(zero, direction, 3);

    (void)state;
    assert_true(slope_error(&e, 0) == 0);
    assert_true(isinf(slope_error(&e, 1e-300)));
    assert_true(isnan(slope_error(&e, NAN)));
}

/* -------------------------------------------------------------------- the command */

static void right_gradients_pass(void **state)
{
    (void)state;
    assert_says(shell(CHECK POCKET("1")), 0, "gpt1-pocket: gpt1, f64, loss 0.", "--seed 1",
                "PASS       wte ", "PASS       h.0.ln_2.bias ",
                "\n14 passed, 0 failed, 0 skipped\n", NULL);
    assert_says(shell(CHECK "--fixtures $F --only gpt2-one-token --seed 7 --quiet"), 0,
                "28 passed, 0 failed, 0 skipped\n", NULL);
    assert_says(shell(CHECK "--fixtures $F --only gpt1-loud --layer 1 --verbose"), 0,
                "h.1.attn.c_attn.bias", "random           gradient", "differences",
                "12 passed, 0 failed, 0 skipped\n", NULL);
    assert_says(shell(CHECK "--fixtures $F/foreign --only gpt1-float16 --tensor wte"), 0,
                "\n1 passed, 0 failed, 0 skipped\n", NULL);
}

/* Every kind of weight and every kind of damage, and nothing else fails. */
static void a_wrong_gradient_fails(void **state)
{
    static const char *const wrong[][2] = {
        {"wte", "scaled"}, {"wpe", "last"}, {"h.0.ln_1.weight", "offset"},
        {"h.0.ln_1.bias", "shifted"}, {"h.0.attn.c_attn.weight", "column"},
        {"h.0.attn.c_attn.bias", "last"}, {"h.0.attn.c_proj.weight", "transposed"},
        {"h.0.attn.c_proj.bias", "scaled"}, {"h.0.ln_2.weight", "nan"},
        {"h.0.ln_2.bias", "zeros"}, {"h.0.mlp.c_fc.weight", "scaled"},
        {"h.0.mlp.c_fc.bias", "infinite"}, {"h.0.mlp.c_proj.weight", "shifted"},
        {"h.0.mlp.c_proj.bias", "offset"}, {"ln_f.weight", "scaled"}, {"ln_f.bias", "last"},
    };
    char row[100], failure[100];

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const struct outcome *o = shell("export BREAK_ENGINE=1 BREAK_TENSOR=grad/%s BREAK=%s; "
                                        BROKEN POCKET("2"), wrong[i][0], wrong[i][1]);
        snprintf(row, sizeof row, "FAIL       %s ", wrong[i][0]);
        snprintf(failure, sizeof failure, "FAIL grad/%s  (broken)", wrong[i][0]);
        assert_says(o, 1, row, failure, "15 passed, 1 failed, 0 skipped\n", NULL);
    }
}

/* Backpropagation that reads what the forward pass did not use: all weights before it. */
static void a_wrong_activation_fails(void **state)
{
    (void)state;
    assert_says(shell("export BREAK_ENGINE=1 BREAK_TENSOR=h.0/mlp_pre BREAK=scaled; " BROKEN
                      POCKET("2") "--verbose"),
                1, "FAIL       wte ", "FAIL       h.0.mlp.c_fc.weight ",
                "PASS       h.0.mlp.c_proj.weight ", "PASS       ln_f.bias ",
                "FAIL grad/h.0.ln_2.weight  (broken)", "again: build/touchstone check "
                "--gradient-check --model fixtures/gpt2-pocket.model.h5 --golden", NULL);
    assert_says(shell("export BREAK_TENSOR=loss BREAK=nan; " BROKEN POCKET("2") "--tensor wte"),
                1, "loss nan", "FAIL grad/wte", "relative error nan",
                "0 passed, 1 failed, 0 skipped\n", NULL);
}

/* The line that a failure gives to run again finds it again, to the last digit. */
static void a_failure_can_be_repeated(void **state)
{
    static char line[600];
    const struct outcome *o = shell("export BREAK_TENSOR=grad/wpe BREAK=last; " BROKEN POCKET("2")
                                    "--seed 99");
    const char *again = strstr(o->out, "again: build/"), *said = strstr(o->out, "FAIL grad/wpe");

    (void)state;
    assert_non_null(again);
    assert_non_null(said);
    snprintf(line, sizeof line, "%.*s", (int)strcspn(again + 13, "\n"), again + 13);
    static char failure[600];
    snprintf(failure, sizeof failure, "%.*s", (int)(again - said), said);
    assert_says(shell("export BREAK_TENSOR=grad/wpe BREAK=last BREAK_INNER=$BUILD/subjects/"
                      "f64.so; %s", line), 1, failure, "0 passed, 1 failed, 0 skipped\n", NULL);
}

/* Where all tokens have one embedding, all logits are alike and no weight matters to
 * them: the gradients are rounding and nothing else. */
static void what_cannot_be_told_is_mistrusted(void **state)
{
    double wte[12 * 8];
    static const size_t shape[2] = {12, 8};

    (void)state;
    for (size_t i = 0; i < 12 * 8; i++)
        wte[i] = 0.3 + 0.1 * (double)(i % 8);
    struct store *s = store_update(borrow("gpt2-pocket.model.h5"));
    store_write(s, "weights/wte", 8, wte, 2, shape);
    store_commit(s);
    assert_says(shell(CHECK "--model $T/gpt2-pocket.model.h5 --golden $F/gpt2-pocket.golden.h5"),
                0, "MISTRUSTED h.0.mlp.c_fc.weight ", "too small a gradient", "PASS       wte ",
                " 0 failed, ", NULL);
    assert_says(shell(CHECK "--model $T/gpt2-pocket.model.h5 --golden $F/gpt2-pocket.golden.h5 "
                      "--strict --tensor ln_f.weight"), 1, "0 passed, 1 failed, 0 skipped\n", NULL);
}

static void without_targets_all_is_skipped(void **state)
{
    (void)state;
    assert_says(shell(CHECK "--fixtures $F/foreign --only gpt2-narrow-ints"), 1,
                "gpt2-narrow-ints: skipped: it has no targets, hence no loss\n",
                "nothing was compared: that is a failure\n", "0 passed, 1 failed, 16 skipped\n",
                NULL);
}

static void rows_for_programs(void **state)
{
    (void)state;
    assert_says(shell(CHECK POCKET("1") "--tensor wte --tsv $T/r.tsv >/dev/null; head -2 $T/r.tsv; "
                      "cut -f 4 $T/r.tsv | sort -u | wc -l; wc -l < $T/r.tsv; "
                      "awk -F '\\t' '$7 == 1' $T/r.tsv | wc -l; ls $T/*part* 2>/dev/null"), 2,
                "golden\tsubject\ttensor\tdirection\tstep\torder\tbest\tgradient\tdifferences\t"
                "error\ngpt1-pocket\tf64\twte\trandom\t1.000000e-01\t2\t0\t", "\n5\n301\n4\n",
                NULL);
    const struct outcome *o = shell(CHECK POCKET("1") "--tensor wte --tsv - | head -1");
    assert_int_equal(strncmp(o->out, "golden\t", 7), 0);
    assert_int_equal(shell(CHECK POCKET("1") "--tensor wpe --seed 3 --tsv $T/a.tsv && " CHECK
                           POCKET("1") "--seed 3 --tsv $T/b.tsv && head -1 $T/b.tsv > $T/c.tsv && "
                           "grep '\twpe\t' $T/b.tsv >> $T/c.tsv && cmp $T/a.tsv $T/c.tsv")->code,
                     0);
    assert_int_equal(shell(CHECK POCKET("1") "--tensor wpe --seed 4 --tsv $T/b.tsv && "
                           "cmp -s $T/a.tsv $T/b.tsv")->code, 1);
}

static void misuse_is_one_line(void **state)
{
    (void)state;
    assert_refused(shell(CHECK POCKET("1") "--subject scalar"), "--subject scalar",
                   "computes in float", NULL);
    assert_refused(shell(CHECK POCKET("1") "--subject f64,scalar"), "--subject scalar", NULL);
    assert_refused(shell(CHECK POCKET("1") "--tensor q"), "--tensor q: is no weight", NULL);
    assert_refused(shell(CHECK POCKET("1") "--tensor rotary"), "--tensor rotary",
                   "there is no such tensor", NULL);
    assert_refused(shell(CHECK POCKET("1") "--layer 1"), "--layer 1: there is no such layer", NULL);
    assert_refused(shell(CHECK POCKET("1") "--mode local"), "unknown option --mode", NULL);
    assert_refused(shell(CHECK POCKET("1") "--seed -1"), "--seed: `-1` is not a whole", NULL);
    assert_refused(shell(CHECK "--model $F/gpt1-pocket.model.h5"), "needs --model M --golden G",
                   NULL);
    assert_refused(shell(CHECK "--fixtures $F --only nothing"), "--only nothing", NULL);
    assert_refused(shell(CHECK POCKET("1") "--tensor wpe --quiet --tsv $T/no/such.tsv"), "--tsv",
                   "cannot be written", NULL);
    assert_refused(shell("touchstone check --gradient-check=1 " POCKET("1")),
                   "--gradient-check takes no value", NULL);
    assert_refused(shell("touchstone check --seed 1 " POCKET("1")), "unknown option --seed", NULL);
    assert_refused(shell("export BREAK_NO_BACKWARD=1 BREAK_TENSOR=none BREAK=none; " BROKEN
                         POCKET("1")), "--subject broken: has no backward pass", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(differences_are_sharp),
        cmocka_unit_test(each_order_has_its_slope),
        cmocka_unit_test(weights_are_put_back),
        cmocka_unit_test(zeros_and_no_engine),
        cmocka_unit_test(a_gradient_of_zeros),
        cmocka_unit_test(right_gradients_pass),
        cmocka_unit_test(a_wrong_gradient_fails),
        cmocka_unit_test(a_wrong_activation_fails),
        cmocka_unit_test(a_failure_can_be_repeated),
        cmocka_unit_test(what_cannot_be_told_is_mistrusted),
        cmocka_unit_test(without_targets_all_is_skipped),
        cmocka_unit_test(rows_for_programs),
        cmocka_unit_test(misuse_is_one_line),
    };

    return cmocka_run_group_tests_name("gradient check", tests, begin, finish);
}
