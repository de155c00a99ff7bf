/* test_precision.c: subjects of less precision: their bars, and that they are taken for what
 * they are while a mistake is not. */
#include "tool.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bars.h"
#include "diagnosis/rounding.h"
#include "files/store.h"

/* ------------------------------------------------------------------- rounding */

static void rounding_is_to_nearest_even(void **state)
{
    static const struct {
        const char *precision;
        double x, rounded;
    } cases[] = {
        {"f16", 1 + 0x1p-11, 1}, {"f16", 1 + 0x3p-11, 1 + 0x1p-9}, {"f16", -0.1, -0x1.998p-4},
        {"f16", 65504, 65504}, {"f16", 65519, 65504}, {"f16", 65520, (double)INFINITY},
        {"f16", 0x1p-24, 0x1p-24}, {"f16", 0x1p-25, 0}, {"f16", 0x3p-26, 0x1p-24},
        {"f16", 0x1.004p-14, 0x1.004p-14}, {"f16", 0x1.002p-14, 0x1p-14},
        {"bf16", 1 + 0x1p-8, 1}, {"bf16", 1 + 0x3p-8, 1 + 0x1p-6}, {"bf16", 1e30, 0x1.94p99},
        {"tf32", 1 + 0x1p-10, 1 + 0x1p-10}, {"tf32", 1 + 0x1p-11, 1},
        {"f64", 0.1, 0.1}, {"f32", -0.0, -0.0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const double got = round_to(cases[i].x, precision_find(cases[i].precision));
        if (memcmp(&got, &cases[i].rounded, sizeof got) != 0)
            fail_msg("%s: %a became %a", cases[i].precision, cases[i].x, got);
    }
    assert_true(isnan(round_to((double)NAN, precision_find("f16"))));
}

/* The compiler's own rounding to float, over all magnitudes, too small and too large ones. */
static void rounding_to_float_is_the_compilers(void **state)
{
    const struct precision *p = precision_find("f32");
    unsigned long long random = 1;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        random = random * 6364136223846793005ULL + 1442695040888963407ULL;
        const double x = ldexp((double)(random >> 11) * 0x1p-53 - 0.5, i % 320 - 160);
        assert_true(round_to(x, p) == (double)(float)x);
    }
}

static void bars_scale_with_the_roundoff(void **state)
{
    static const struct yardstick y = {1e-7, 4e-7, "test"};
    static const struct {
        const char *name;
        double u;
    } all[] = {{"f16", 0x1p-11}, {"bf16", 0x1p-8}, {"tf32", 0x1p-11}, {"f32", 0x1p-24}};

    (void)state;
    for (int i = 0; i < 4; i++) {
        const struct precision *p = precision_find(all[i].name);
        const double bar = bar_at(p, &y, 1, 1, 1).rms;
        const double should = bar_factor * 1e-7 * all[i].u / 0x1p-24 + 4 * all[i].u;
        assert_true(fabs(bar - should) <= 1e-3 * should);
    }
    /* Where all of a tensor is as small as float16's smallest numbers, so is its precision. */
    assert_true(bar_at(precision_find("f16"), &y, 1, 1, 1e-7).rms > 1);
    assert_true(bar_at(precision_find("bf16"), &y, 1, 1, 1e-7).rms < 0.05);
}

/* ------------------------------------------------------------ what rounding looks like */

enum { N = 2000 };

static void structure_is_seen(void **state)
{
    const struct precision *p = precision_find("bf16");
    double want[N], rounded[N], scaled[N], other[N], part[N], later[N];
    unsigned long long random = 1;

    (void)state;
    for (int i = 0; i < N; i++) {
        random = random * 6364136223846793005ULL + 1442695040888963407ULL;
        const double x = 6 * ((double)(random >> 11) * 0x1p-53 - 0.5);
        const double tanh_form = 0.5 * x * (1 + tanh(0.7978845608 * (x + 0.044715 * x * x * x)));
        want[i] = tanh_form;
        rounded[i] = round_to(tanh_form, p);
        scaled[i] = 1.0001 * tanh_form;
        other[i] = 0.5 * x * (1 + erf(x / sqrt(2)));
        part[i] = i % 4 ? tanh_form : rounded[i];
        later[i] = i > N * 3 / 4 ? rounded[i] : tanh_form;
    }
    const struct rounding is = look_at_rounding(rounded, want, N, true, 4 * 0x1p-24);
    assert_true(is.is_bf16 && is.is_f32 && !is.structured && is.pairs > 100);
    assert_false(look_at_rounding(scaled, want, N, true, 4 * 0x1p-24).is_f16);
    assert_true(look_at_rounding(scaled, want, N, true, 4 * 0x1p-24).structured);
    assert_true(look_at_rounding(other, want, N, true, 4 * 0x1p-24).structured);
    assert_true(look_at_rounding(part, want, N, true, 4 * 0x1p-24).structured);
    assert_true(look_at_rounding(later, want, N, true, 4 * 0x1p-24).structured);
}

/* ----------------------------------------------------------------------- subjects */

static const struct outcome *check(const char *subject, const char *model, const char *more)
{
    return shell("touchstone check --fixtures $F --only %s --subject ./$BUILD/mutants/correct/"
                 "%s.so %s", model, subject, more);
}

/* Each passes with its own precision, fails with float32's, and is recognised. */
static void less_precise_is_not_wrong(void **state)
{
    static const char *const names[] = {"f16", "bf16", "tf32"};
    static const char *const says[] = {
        "looks like float16, not like a mistake: all numbers are numbers of it, and every "
        "tensor passes with --precision f16\n",
        "looks like bfloat16, not like a mistake: all numbers are numbers of it, and every "
        "tensor passes with --precision bf16\n",
        "looks like TF32, not like a mistake: the errors are those of rounding, and every "
        "tensor passes with --precision tf32\n"};
    static const char *const models[] = {"gpt2-b", "gpt1-odd", "gpt2-loud"};
    char option[64];

    (void)state;
    for (int i = 0; i < 3; i++)
        for (int m = 0; m < 3; m++) {
            snprintf(option, sizeof option, "--quiet --precision %s", names[i]);
            assert_says(check(names[i], models[m], option), 0, " 0 failed, ", NULL);
            assert_says(check(names[i], models[m], "--mode local"), 1, says[i], NULL);
            assert_says(check(names[i], models[m], "--mode chain"), 1, says[i], NULL);
        }
    assert_says(check("bf16", "gpt2-b", "--quiet --precision f16"), 1, " failed, ", NULL);
}

static void another_order_of_sums_passes(void **state)
{
    (void)state;
    assert_says(check("reversed", "gpt2-b", "--quiet"), 0, "\n", NULL);
    assert_says(check("reversed", "gpt1-odd", "--quiet"), 0, "\n", NULL);
}

/* With the golden's own bars for loud scores bfloat16 says nothing: not a pass. */
static void a_bar_above_one_is_mistrusted(void **state)
{
    (void)state;
    assert_says(check("bf16", "gpt2-loud", "--precision bf16 --mode chain"), 0,
                "mistrusted: its bar would pass all zeros: ", NULL);
}

/* A mistake in a subject of less precision still fails by its bars, and is not excused. */
static void a_mistake_in_low_precision_fails(void **state)
{
    const char *m = borrow("gpt2-a.model.h5");

    (void)state;
    damage_file(m, "weights/h.1.attn.c_attn.bias", "zeros");
    const struct outcome *o = shell("touchstone check --model %s --golden $F/gpt2-a.golden.h5 "
                                    "--subject ./$BUILD/mutants/correct/bf16.so --mode local "
                                    "--direction forward --precision bf16", m);
    assert_says(o, 1, "FAIL h.1/q", NULL);
    assert_null(strstr(o->out, "FAIL h.0/"));
    o = shell("touchstone check --model %s --golden $F/gpt2-a.golden.h5 --mode local "
              "--direction forward --subject ./$BUILD/mutants/correct/bf16.so", m);
    assert_int_equal(o->code, 1);
    assert_null(strstr(o->out, "looks like bfloat16, not"));
}

/* Where a golden lacks the reference's errors, as gpt2-a's does in local mode, they are worked
 * out with the model's weights: wrong ones must not raise the bar. */
static void wrong_weights_raise_no_bar(void **state)
{
    const char *m = borrow("gpt2-a.model.h5");

    (void)state;
    damage_file(m, "weights/h.1.attn.c_attn.weight", "scaled");
    assert_says(shell("touchstone check --model %s --golden $F/gpt2-a.golden.h5 --subject scalar "
                      "--mode local", m), 1, "worked out: the golden has no f32_ attributes",
                "FAIL h.1/q", "FAIL backward/h.1/ln_1", NULL);
}

/* A mistake of float16's size in a subject of full precision is not taken for rounding. */
static void a_small_mistake_is_not_rounding(void **state)
{
    static const char *const cases[][2] = {{"scaled", "tok_embed"}, {"scaled", "h.0/q"},
                                           {"scaled", "h.0/ln_1"}, {"offset", "h.0/attn_out"},
                                           {"scaled", "backward/logits"},
                                           {"scaled", "grad/wte"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct outcome *o =
            shell("export BREAK=%s BREAK_TENSOR=%s BREAK_INNER=$BUILD/subjects/f64.so; "
                  "touchstone check --fixtures $F --only gpt2-a --precision f32 "
                  "--subject ./$BUILD/tests/broken.so", cases[i][0], cases[i][1]);
        assert_int_equal(o->code, 1);
        assert_null(strstr(o->out, "looks like float16, not"));
    }
    const char *m = borrow("gpt2-a.model.h5");
    damage_file(m, "weights/wte", "scaled");
    const struct outcome *o = shell("touchstone check --model %s --golden $F/gpt2-a.golden.h5 "
                                    "--subject scalar", m);
    assert_int_equal(o->code, 1);
    assert_null(strstr(o->out, "looks like float16, not"));
}

/* Traces, too; and the files for programs say what it looks like. */
static void a_trace_is_recognised(void **state)
{
    (void)state;
    assert_int_equal(shell("touchstone run --model $F/gpt2-a.model.h5 --input $F/gpt2-a.golden.h5 "
                           "--subject ./$BUILD/mutants/correct/f16.so -o $T/h.h5")->code, 0);
    assert_says(shell("touchstone compare --golden $F/gpt2-a.golden.h5 --model "
                      "$F/gpt2-a.model.h5 $T/h.h5 --json $T/h.json"), 1,
                "looks like float16, not like a mistake", NULL);
    assert_says(shell("touchstone compare --golden $F/gpt2-a.golden.h5 $T/h.h5 --precision f16"),
                0, "35 passed, 0 failed, 0 skipped\n", NULL);
    assert_says(shell("grep -m 1 '\"looks_like\": \"f16\"' $T/h.json && "
                      "grep '\"precision\"' $T/h.json"), 0, "null", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounding_is_to_nearest_even),
        cmocka_unit_test(rounding_to_float_is_the_compilers),
        cmocka_unit_test(bars_scale_with_the_roundoff),
        cmocka_unit_test(structure_is_seen),
        cmocka_unit_test(less_precise_is_not_wrong),
        cmocka_unit_test(another_order_of_sums_passes),
        cmocka_unit_test(a_bar_above_one_is_mistrusted),
        cmocka_unit_test(a_mistake_in_low_precision_fails),
        cmocka_unit_test(wrong_weights_raise_no_bar),
        cmocka_unit_test(a_small_mistake_is_not_rounding),
        cmocka_unit_test(a_trace_is_recognised),
    };

    return cmocka_run_group_tests_name("precision", tests, begin, finish);
}
