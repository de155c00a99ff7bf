/* test_verdicts.c: damaged tensors of subjects and of traces get the verdict,
 * and the pattern, that the damage deserves. */
#include "tool.h"

#include <stdio.h>
#include <string.h>

#include "files/store.h"

static const struct {
    const char *kind, *tensor, *pattern;
} cases[] = {
    {"nan", "h.0/q", "1 NaN and 0 infinite"},
    {"infinite", "h.1/mlp_pre", "0 NaN and 1 infinite"},
    {"zeros", "h.1/v", "every element is 0"},
    {"transposed", "h.0/scores", "transposed: query and key are exchanged"},
    {"shifted", "h.1/k", "shifted by one: column n holds what belongs to column n - 1"},
    {"shifted", "h.0/ln_2", "shifted by one"},
    {"last", "logits", "(the last)"},
    {"last", "h.1/resid_post", "only column 31 (the last)"},
    {"column", "h.0/attn_out", "only column 31 (the last)"},
    {"head", "h.0/v", "only head 1"},
    {"head", "h.1/pattern", "only head 1"},
    {"scaled", "h.1/resid_mid", "every element is 1.0001 times what it should be"},
    {"offset", "h.0/mlp_out", "every element is off by the same 0.001"},
    {"above", "h.1/pattern", "queries see later keys: no mask, and rows sum to other than 1"},
};

enum { N_CASES = sizeof cases / sizeof cases[0] };

static void a_broken_subject_fails(void **state)
{
    (void)state;
    for (int i = 0; i < N_CASES; i++)
        for (int mode = 0; mode < 2; mode++)
            assert_says(shell("export BREAK=%s BREAK_TENSOR=%s; BREAK_INNER=$BUILD/subjects/f64.so"
                              "; export BREAK_INNER; touchstone check --model $F/gpt2-a.model.h5 "
                              "--golden $F/gpt2-a.golden.h5 --mode %s --direction forward "
                              "--subject ./$BUILD/tests/broken.so", cases[i].kind,
                              cases[i].tensor, mode ? "chain" : "local"),
                        1, cases[i].pattern, cases[i].tensor, "FAIL",
                        "first wrong tensor in graph order", "again: build/touchstone check",
                        "34 passed, 1 failed, 0 skipped\n", NULL);
}

static void an_unbroken_one_passes(void **state)
{
    (void)state;
    assert_says(shell("export BREAK=none BREAK_TENSOR=h.0/q BREAK_INNER=$BUILD/subjects/f64.so; "
                      "touchstone check --model $F/gpt2-a.model.h5 --golden $F/gpt2-a.golden.h5 "
                      "--direction forward --subject ./$BUILD/tests/broken.so"),
                0, "70 passed, 0 failed, 0 skipped\n", NULL);
}

static void make_trace(const char *subject)
{
    assert_int_equal(shell("touchstone run --model $F/gpt2-a.model.h5 --input "
                           "$F/gpt2-a.golden.h5 --subject %s -o $T/x.trace.h5", subject)->code, 0);
}

static const struct outcome *compare(const char *more)
{
    return shell("touchstone compare --golden $F/gpt2-a.golden.h5 %s $T/x.trace.h5", more);
}

static void a_good_trace_passes(void **state)
{
    (void)state;
    make_trace("f64");
    assert_says(compare(""), 0, "35 passed, 0 failed, 0 skipped\n", NULL);
    make_trace("scalar");
    assert_says(compare("--model $F/gpt2-a.model.h5"), 0, "70 passed, 0 failed, 0 skipped\n",
                NULL);
}

static void a_damaged_trace_fails(void **state)
{
    char name[64];

    (void)state;
    for (int i = 0; i < N_CASES; i++) {
        make_trace("f64");
        snprintf(name, sizeof name, "forward/%s", cases[i].tensor);
        damage_file(file("x.trace.h5"), name, cases[i].kind);
        assert_says(compare(""), 1, cases[i].pattern, "34 passed, 1 failed, 0 skipped\n", NULL);
    }
}

/* With the model, a mistake shows where it was made: what follows from it is
 * computed from the wrong tensor and is right. */
static void local_mode_finds_the_place(void **state)
{
    (void)state;
    make_trace("f64");
    damage_file(file("x.trace.h5"), "forward/h.0/q", "scaled");
    const struct outcome *o = compare("--mode local --model $F/gpt2-a.model.h5");
    assert_says(o, 1, "FAIL h.0/q", "FAIL h.0/scores", "33 passed, 2 failed, 0 skipped\n", NULL);
}

/* A float32 trace that says it is float64 is held to the bars of float64. */
static void precision_can_be_said(void **state)
{
    (void)state;
    make_trace("scalar");
    damage_file(file("x.trace.h5"), "forward/h.1/ln_1", "none");  /* now stored as double */
    assert_says(compare(""), 1, "first wrong tensor in graph order: h.1/ln_1", NULL);
    assert_says(compare("--precision f32"), 0, "35 passed, 0 failed, 0 skipped\n", NULL);
    assert_refused(compare("--precision f8"), "--precision f8", "only f16, bf16, tf32, f32", NULL);
}

static void shapes_types_and_gaps(void **state)
{
    static const size_t wrong[] = {2, 16, 2, 16};
    static const double zero[1024];
    static const int ints[1024];
    struct store *s;

    (void)state;
    make_trace("f64");
    s = store_update(file("x.trace.h5"));
    store_write(s, "forward/h.0/q", 8, zero, 4, wrong);
    store_write_ints(s, "forward/h.1/q", ints, 4, wrong);
    store_write(s, "forward/h.0/surprise", 8, zero, 2, wrong);
    store_remove(s, "forward/h.1/z");
    store_remove(s, "forward/tok_embed");
    store_commit(s);
    const struct outcome *o = compare("--verbose");
    assert_says(o, 1, "wrong shape: the trace has [2, 16, 2, 16]",
                "wrong type: not floating-point numbers", "missing in the trace",
                "skipped: not in the trace: tok_embed", "31 passed, 3 failed, 1 skipped\n", NULL);
    assert_non_null(strstr(o->err, "/forward/h.0/surprise is no tensor of the graph"));
    assert_says(compare("--tensor tok_embed"), 1, "missing in the trace",
                "0 passed, 1 failed, 0 skipped\n", NULL);
    assert_says(compare("--strict"), 1, "31 passed, 4 failed, 0 skipped\n", NULL);
}

/* Only some tensors: they are compared and the rest is named; but logits must be
 * there, and something must be compared. */
static void part_of_a_trace(void **state)
{
    static const char *const kept[] = {"h.0/resid_post", "h.1/resid_post", "logits"};
    struct store *s;

    (void)state;
    make_trace("f64");
    assert_int_equal(shell("touchstone check --model $F/gpt2-a.model.h5 --golden "
                           "$F/gpt2-a.golden.h5 --tsv $T/all.tsv --mode chain --subject f64 "
                           "--direction forward && "
                           "cut -f5 $T/all.tsv | tail -n +2 | grep -v -e resid_post -e logits "
                           "> $T/names")->code, 0);
    FILE *names = fopen(file("names"), "r");
    char name[64], path[80];
    s = store_update(file("x.trace.h5"));
    while (fscanf(names, "%63s", name) == 1) {
        snprintf(path, sizeof path, "forward/%s", name);
        store_remove(s, path);
    }
    store_commit(s);
    fclose(names);
    assert_says(compare(""), 0, "3 passed, 0 failed, 32 skipped\n", "skipped: not in the trace",
                NULL);
    s = store_update(file("x.trace.h5"));
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "forward/%s", kept[i]);
        store_remove(s, path);
    }
    store_commit(s);
    assert_says(compare(""), 1, "FAIL logits", "missing in the trace", NULL);
}

static void another_input_is_refused(void **state)
{
    struct store *s;
    static const size_t shape[] = {2, 16};
    int tokens[32] = {1, 2, 3};

    (void)state;
    make_trace("f64");
    s = store_update(file("x.trace.h5"));
    store_write_ints(s, "input/tokens", tokens, 2, shape);
    store_commit(s);
    assert_refused(compare(""), "other tokens", "x.trace.h5", NULL);
    make_trace("f64");
    s = store_update(file("x.trace.h5"));
    store_write_ints(s, "input/targets", tokens, 2, shape);
    store_commit(s);
    assert_refused(compare(""), "other targets", NULL);
    assert_refused(shell("touchstone compare --golden $F/gpt1-a.golden.h5 $T/x.trace.h5"),
                   "gpt2", "gpt1", NULL);
}

/* In chain mode what follows from a failure is no new failure. */
static void consequences_are_not_failures(void **state)
{
    (void)state;
    make_trace("f64");
    assert_int_equal(shell("cp $F/gpt2-a.model.h5 $T/m.h5 && chmod u+w $T/m.h5")->code, 0);
    damage_file(file("m.h5"), "weights/h.1.ln_2.weight", "scaled");
    const struct outcome *o = shell("touchstone check --model $T/m.h5 --golden "
                                    "$F/gpt2-a.golden.h5 --mode chain --subject f64 "
                                    "--direction forward");
    assert_says(o, 1, "first wrong tensor in graph order: h.1/ln_2",
                "later tensors that differ as a consequence: 7", "27 passed, 1 failed, 7 skipped\n",
                NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_broken_subject_fails),
        cmocka_unit_test(an_unbroken_one_passes),
        cmocka_unit_test(a_good_trace_passes),
        cmocka_unit_test(a_damaged_trace_fails),
        cmocka_unit_test(local_mode_finds_the_place),
        cmocka_unit_test(precision_can_be_said),
        cmocka_unit_test(shapes_types_and_gaps),
        cmocka_unit_test(part_of_a_trace),
        cmocka_unit_test(another_input_is_refused),
        cmocka_unit_test(consequences_are_not_failures),
    };

    return cmocka_run_group_tests_name("verdicts", tests, begin, finish);
}
