/* test_commands.c: the programs as people use and misuse them. */
#include "tool.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "files/store.h"

/* ------------------------------------------------------------------ misuse */

static const struct {
    const char *command, *words;
} misuses[] = {
    {"touchstone", "name a command"},
    {"touchstone chek", "`chek` is no command"},
    {"touchstone check", "check needs --model M --golden G, or --fixtures FOLDER"},
    {"touchstone check --model $F/gpt2-a.model.h5", "check needs"},
    {"touchstone check --model", "--model needs a value"},
    {"touchstone check --model ''", "--model needs a value"},
    {"touchstone check --modle x", "unknown option --modle"},
    {"touchstone check --quiet=1", "--quiet takes no value"},
    {"touchstone check stray", "`stray` is not expected here"},
    {"touchstone check --fixtures /nowhere", "--fixtures /nowhere"},
    {"touchstone check --fixtures docs", "holds no golden"},
    {"touchstone check --fixtures $F --only gpt3", "--only gpt3"},
    {"touchstone check --fixtures $F --layer 99", "no model in fixtures has that layer"},
    {"touchstone check $M --only a", "check needs"},
    {"touchstone check $M --subject fast", "there is none of that name"},
    {"touchstone check $M --subject ./nothing.so", "cannot be loaded"},
    {"touchstone check $M --subject ./README.md", "cannot be loaded"},
    {"touchstone check $M --mode sideways", "--mode sideways"},
    {"touchstone check $M --direction sideways", "--direction sideways"},
    {"touchstone check $M --layer 2", "--layer 2: there is no such layer"},
    {"touchstone check $M --layer x", "`x` is not a whole number"},
    {"touchstone check $M --layer -1", "`-1` is not a whole number"},
    {"touchstone check $M --step 06", "--step 06: no tensor is made by that step"},
    {"touchstone check $M --tensor h.0/o", "--tensor h.0/o: there is no such tensor"},
    {"touchstone check $M --tensor logits --layer 0", "together select nothing"},
    {"touchstone check $M --quiet --json /nowhere/x", "/nowhere/x cannot be written"},
    {"touchstone check $M --quiet --tsv docs", "docs cannot be written"},
    {"touchstone check $M --json - --tsv -", "only one of them"},
    {"touchstone compare", "name a trace file"},
    {"touchstone compare x", "compare needs --golden G"},
    {"touchstone compare x y", "`y`: one trace file at a time"},
    {"touchstone compare --golden $F/gpt2-a.golden.h5 --mode local x", "needs --model"},
    {"touchstone count --like gpt2 > /dev/full", "standard output cannot be written"},
    {"touchstone check $M > /dev/full", "standard output cannot be written"},
    {"touchstone inspect", "name a file"},
    {"touchstone inspect --verbose x", "unknown option --verbose"},
    {"touchstone run", "run needs"},
    {"touchstone run --model $F/gpt2-a.model.h5 -o $T/x --tokens ' '", "there are no tokens"},
    {"touchstone run --model $F/gpt2-a.model.h5 -o $T/x --tokens '1 two'", "`two`"},
    {"touchstone run --model $F/gpt2-a.model.h5 -o $T/x --tokens '1 97'", "from 0 to 96"},
    {"touchstone run --model $F/gpt2-a.model.h5 -o $T/x --tokens 1 --input y", "run needs"},
    {"touchstone run --model $F/gpt2-a.model.h5 -o $T/x --tokens 1 --subject f64,scalar",
     "run takes one subject"},
    {"touchstone run --model $F/gpt2-a.model.h5 -o $T/x --text He", "has no tokenizer"},
    {"touchstone run --model $F/gpt2-pocket.model.h5 -o $T/x --text Hi", "gpt2-pocket"},
    {"touchstone run --model $F/gpt2-one-token.model.h5 -o $T/x --tokens '1 2 3'",
     "3 tokens are more than the model's n_ctx of 2"},
    {"touchstone run --model $F/gpt2-a.model.h5 -o /nowhere/x --tokens 1",
     "/nowhere/x: cannot be written"},
    {"touchstone run --model $F/gpt2-a.model.h5 -o $T --tokens 1", "is a folder"},
    {"touchstone run --model $F/gpt2-a.model.h5 -o $T/x --input $F/gpt1-a.golden.h5",
     "is of the family gpt1"},
    {"03_attention", "needs --model M and --trace T"},
    {"03_attention --model $F/gpt2-a.model.h5", "needs --trace T"},
    {"03_attention --layer", "--layer needs a value"},
    {"03_attention p 0", "unknown option p"},
    {"03_attention --model $F/gpt2-a.model.h5 --trace $F/gpt2-a.golden.h5 --layer 2",
     "--layer 2"},
    {"03_attention --model $F/gpt2-a.model.h5 --trace $F/gpt2-a.golden.h5 --head 4",
     "--head 4"},
    {"03_attention --model $F/gpt2-a.model.h5 --trace $F/gpt2-a.golden.h5 --text 2",
     "--text 2"},
    {"02_embed --model $F/gpt2-pocket.model.h5 --trace $T/x --tokens 'He goes'", "`goes`"},
    {"02_embed --model $F/gpt2-pocket.model.h5 --trace $T/x --tokens ' '", "0 tokens"},
    {"02_embed --model $F/gpt2-pocket.model.h5 --trace $T/x --tokens '0 0 0 0 0 0 0 0 0'",
     "9 tokens"},
    {"02_embed --model $F/gpt2-pocket.model.h5 --trace /nowhere/x --tokens 0",
     "/nowhere/x: cannot be written"},
    {"02_embed --model $F/gpt2-pocket.model.h5 --trace $T/x --tokens 0 --input y",
     "give one of them"},
};

static void usage_errors_are_one_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof misuses / sizeof misuses[0]; i++)
        assert_refused(shell("M='--model fixtures/gpt2-a.model.h5 --golden "
                             "fixtures/gpt2-a.golden.h5'; %s", misuses[i].command),
                       misuses[i].words, NULL);
    assert_int_equal(shell("ls $T/x*")->code, 2);  /* none of them left a file */
}

static void help_is_help(void **state)
{
    (void)state;
    assert_says(shell("touchstone help"), 0, "touchstone compare --golden G", NULL);
    assert_says(shell("touchstone --help"), 0, "Exit codes", NULL);
    assert_says(shell("05_unembed --help"), 0, "--model M --trace T", NULL);
    assert_says(shell("make -s help"), 0, "make check-03", NULL);
}

/* A limit on file size stands in for a full disk. */
static void a_full_disk_loses_nothing(void **state)
{
    (void)state;
    assert_refused(shell("ulimit -f 8; touchstone run --model $F/gpt2-a.model.h5 --input "
                         "$F/gpt2-a.golden.h5 -o $T/full.h5"), "full.h5", "disk full", NULL);
    assert_int_equal(shell("ls $T/full*")->code, 2);
    assert_refused(shell("ulimit -f 1; touchstone check --fixtures $F --quiet --only gpt2-a "
                         "--tsv $T/full.tsv"), "--tsv", "full.tsv cannot be written", NULL);
    assert_int_equal(shell("ls $T/full*")->code, 2);
    assert_int_equal(shell("02_embed --model $F/gpt2-a.model.h5 --input $F/gpt2-a.golden.h5 "
                           "--trace $T/keep.h5 && cp $T/keep.h5 $T/copy.h5")->code, 0);
    assert_refused(shell("ulimit -f 40; 03_attention --model $F/gpt2-a.model.h5 "
                         "--trace $T/keep.h5"), "keep.h5", NULL);
    assert_int_equal(shell("cmp $T/keep.h5 $T/copy.h5 && ! ls $T/keep.h5.*")->code, 0);
}

/* ----------------------------------------------------------------- selection */

static void selections_select(void **state)
{
    static const struct {
        const char *options, *closing;
    } cases[] = {
        {"", "148 passed, 0 failed, 0 skipped\n"},
        {"--subject f64", "74 passed, 0 failed, 0 skipped\n"},
        {"--mode local", "78 passed, 0 failed, 0 skipped\n"},
        {"--direction forward", "148 passed, 0 failed, 0 skipped\n"},
        {"--direction backward", "248 passed, 0 failed, 0 skipped\n"},
        {"--direction both", "396 passed, 0 failed, 0 skipped\n"},
        {"--direction both --step 07", "248 passed, 0 failed, 0 skipped\n"},
        {"--direction both --tensor backward/h.1/q", "4 passed, 0 failed, 0 skipped\n"},
        {"--direction both --tensor grad/wte", "4 passed, 0 failed, 0 skipped\n"},
        {"--direction both --tensor q", "16 passed, 0 failed, 0 skipped\n"},
        {"--step 02", "12 passed, 0 failed, 0 skipped\n"},
        {"--step 03", "72 passed, 0 failed, 0 skipped\n"},
        {"--step 04 --layer 0", "20 passed, 0 failed, 0 skipped\n"},
        {"--step 05", "12 passed, 0 failed, 0 skipped\n"},
        {"--step 00", "100 passed, 0 failed, 0 skipped\n"},
        {"--layer 1", "60 passed, 0 failed, 0 skipped\n"},
        {"--tensor q", "8 passed, 0 failed, 0 skipped\n"},
        {"--tensor h.1/q", "4 passed, 0 failed, 0 skipped\n"},
        {"--tensor /forward/h.1/q", "4 passed, 0 failed, 0 skipped\n"},
        {"--tensor=logits --mode=chain", "2 passed, 0 failed, 0 skipped\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *all = cases[i].options;
        const struct outcome *o = shell("touchstone check --fixtures $F --only gpt2-a --quiet "
                                        "%s%s%s",
                                        strstr(all, "--subject") ? "" : "--subject f64,scalar ",
                                        strstr(all, "--direction") ? "" : "--direction forward ",
                                        all);
        assert_int_equal(o->code, 0);
        assert_string_equal(o->out, cases[i].closing);
    }
    assert_says(shell("make -s check-03 MODEL=gpt2-a SUBJECT=scalar BUILD=$BUILD"), 0,
                "36 passed, 0 failed, 0 skipped\n", NULL);
}

/* -------------------------------------------------------- results for programs */

static double number(const json_t *object, const char *key)
{
    const json_t *n = json_object_get(object, key);

    assert_true(json_is_number(n));
    return json_number_value(n);
}

static void json_says_what_cli_promises(void **state)
{
    static const char *const keys[] = {"name", "subject", "mode", "step", "layer", "status",
                                       "rms_error", "max_error", "bar", "worst", "got", "want",
                                       "elements", "nonfinite"};
    json_error_t error;

    (void)state;
    shell("cp $F/gpt2-a.model.h5 $T/m.h5; chmod u+w $T/m.h5");
    damage_file(file("m.h5"), "weights/ln_f.bias", "offset");
    assert_int_equal(shell("touchstone check --model $T/m.h5 --golden $F/gpt2-a.golden.h5 "
                           "--subject f64,scalar --direction forward --json $T/r.json")->code, 1);
    json_t *root = json_load_file(file("r.json"), 0, &error);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, "format")), "touchstone-result");
    assert_int_equal((int)number(root, "format_version"), 1);
    assert_string_equal(json_string_value(json_object_get(root, "first_failure")), "ln_f");
    assert_true(json_is_null(json_object_get(root, "diagnosis")));
    assert_non_null(json_object_get(root, "model"));
    assert_non_null(json_object_get(root, "golden"));
    const json_t *tensors = json_object_get(root, "tensors");
    assert_int_equal(json_array_size(tensors), 140);
    assert_int_equal((int)(number(root, "passed") + number(root, "failed") +
                           number(root, "skipped")), 140);
    assert_int_equal((int)number(root, "mistrusted"), 0);
    for (size_t i = 0; i < 140; i++) {
        const json_t *t = json_array_get(tensors, i);
        for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++)
            assert_non_null(json_object_get(t, keys[k]));
        if (strcmp(json_string_value(json_object_get(t, "status")), "FAIL") != 0)
            continue;
        assert_true(number(t, "rms_error") > number(t, "bar"));
        assert_int_equal(json_array_size(json_object_get(t, "worst")), 3);
        assert_true(number(t, "got") - number(t, "want") > 0.0009);
    }
    json_decref(root);
}

/* NaN has no place in JSON: it is null, and the file stays readable. */
static void json_survives_nan(void **state)
{
    json_error_t error;

    (void)state;
    shell("touchstone run --model $F/gpt2-a.model.h5 --input $F/gpt2-a.golden.h5 -o $T/n.h5");
    damage_file(file("n.h5"), "forward/h.0/z", "nan");
    const struct outcome *o = shell("touchstone compare --golden $F/gpt2-a.golden.h5 --json - "
                                    "$T/n.h5");
    assert_int_equal(o->code, 1);
    json_t *root = json_loads(o->out, 0, &error);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, "first_failure")), "h.0/z");
    json_decref(root);
    assert_non_null(strstr(o->err, "1 failed"));
}

static void junit_and_tsv_have_every_tensor(void **state)
{
    (void)state;
    assert_int_equal(shell("touchstone check --fixtures $F --only gpt2-one-token "
                           "--subject f64,scalar --direction forward --junit $T/r.xml "
                           "--tsv $T/r.tsv")->code, 0);
    assert_says(shell("head -3 $T/r.xml; grep -c '<testcase' $T/r.xml; grep -c '<skipped message="
                      "\"mistrusted: ' $T/r.xml"), 0,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"touchstone\" "
                "tests=\"146\" failures=\"0\" errors=\"0\" skipped=\"8\" time=",
                "\n<testsuite name=\"touchstone\" tests=\"146\" failures=\"0\" errors=\"0\" "
                "skipped=\"8\" time=", "\n146\n8\n", NULL);
    assert_says(shell("awk -F '\\t' '{ n[NF]++ } END { for (k in n) print k, n[k] }' $T/r.tsv"),
                0, "17 147\n", NULL);
}

static void colour_is_for_terminals(void **state)
{
    (void)state;
    const struct outcome *o = shell("touchstone check --fixtures $F --only gpt2-a --verbose");
    assert_null(strchr(o->out, '\033'));
}

/* ---------------------------------------------------------------- run, inspect */

static void run_writes_what_compare_reads(void **state)
{
    (void)state;
    assert_says(shell("touchstone run --model $F/gpt2-pocket.model.h5 --tokens '3 5 7 9' "
                      "--subject f64 -o $T/r.h5"), 0, "20 tensors of gpt2-pocket", NULL);
    /* Another second, the same bytes: no object of the file holds the time it was made at. */
    assert_says(shell("sleep 1.1; touchstone run --model $F/gpt2-pocket.model.h5 --text "
                      "'Hello World' --subject f64 -o $T/s.h5 && cmp $T/r.h5 $T/s.h5"), 0,
                "[1, 4] tokens", NULL);
    assert_says(shell("touchstone inspect $T/r.h5"), 0, "format           touchstone-trace",
                "forward/h.0/pattern            [1, 2, 4, 4]       float64",
                "input/tokens                   [1, 4]             int32", "0 damaged\n", NULL);
    assert_says(shell("touchstone compare --golden $F/gpt2-pocket.golden.h5 $T/r.h5 2>&1"), 2,
                "other targets", NULL);
    assert_says(shell("touchstone run --model $F/gpt2-pocket.model.h5 --tokens 3 -o $T/r.h5"), 0,
                "19 tensors", NULL);  /* one token has no next: no loss */
    assert_says(shell("touchstone inspect $F/gpt2-a.model.h5"), 0, "family           gpt2",
                "weights/wte                    [97, 32]           float32", NULL);
}

/* ---------------------------------------------------------------- step programs */

static void walk(const char *name, int layers)
{
    char options[256];

    snprintf(options, sizeof options, "--model $F/%s.model.h5 --trace $T/%s.h5", name, name);
    assert_int_equal(shell("02_embed %s --input $F/%s.golden.h5", options, name)->code, 0);
    for (int l = 0; l < layers; l++) {
        assert_says(shell("03_attention %s --layer %d", options, l), 0, "1.00        -", NULL);
        assert_says(shell("04_mlp %s --layer %d", options, l), 0, "stream out", NULL);
    }
    assert_says(shell("05_unembed %s", options), 0, " %  ", "loss ", NULL);
    assert_says(shell("touchstone compare --golden $F/%s.golden.h5 --model $F/%s.model.h5 "
                      "--strict $T/%s.h5", name, name, name), 0, " 0 failed, 0 skipped\n", NULL);
}

static void the_walk_by_hand_passes(void **state)
{
    (void)state;
    walk("gpt1-pocket", 1);
    walk("gpt2-pocket", 1);
    walk("gpt1-b", 3);
    walk("gpt2-b", 3);
    walk("gpt2-wide", 2);
}

static void steps_say_what_is_missing(void **state)
{
    const char *p = "--model $F/gpt2-b.model.h5 --trace $T/w.h5";

    (void)state;
    assert_refused(shell("02_embed %s", p), "w.h5: cannot be read", NULL);
    assert_int_equal(shell("02_embed %s --input $F/gpt2-b.golden.h5", p)->code, 0);
    assert_refused(shell("04_mlp %s", p), "has no /forward/h.0/resid_mid: run build/03_attention",
                   NULL);
    assert_refused(shell("03_attention %s --layer 1", p), "has no /forward/h.0/resid_post: run "
                   "build/04_mlp before", NULL);
    assert_refused(shell("05_unembed %s", p), "has no /forward/h.2/resid_post", NULL);
    assert_refused(shell("03_attention --model $F/gpt1-b.model.h5 --trace $T/w.h5"),
                   "is of the family gpt2, the model of gpt1", NULL);
}

/* A program in another language may stand in for step 04 and leave only the
 * block's output: the next layer goes on from there. */
static void a_step_can_be_replaced(void **state)
{
    const char *p = "--model $F/gpt2-b.model.h5 --trace $T/s.h5";

    (void)state;
    shell("02_embed %s --input $F/gpt2-b.golden.h5; 03_attention %s; 04_mlp %s", p, p, p);
    struct store *s = store_update(file("s.h5"));
    store_remove(s, "forward/h.1/resid_pre");
    store_commit(s);
    assert_int_equal(shell("03_attention %s --layer 1", p)->code, 0);
    assert_says(shell("touchstone compare --golden $F/gpt2-b.golden.h5 --layer 1 --step 03 "
                      "$T/s.h5"), 0, "9 passed, 0 failed, 0 skipped\n", NULL);
}

static void the_pocket_prints_what_the_talks_show(void **state)
{
    const char *p = "--model $F/gpt2-pocket.model.h5 --trace $T/p.h5";

    (void)state;
    assert_says(shell("02_embed %s --tokens 'He llo Wo rld'", p), 0, "position 3: token 9 rld",
                NULL);
    assert_says(shell("03_attention %s --head 1", p), 0, "layer 0, head 1",
                "        He     1.00        -        -        -\n", NULL);
    shell("04_mlp %s", p);
    assert_says(shell("05_unembed %s --top 3", p), 0, "after He llo ĠWo rld comes\n", " %  !\n",
                " %  .\n", " %  ,\n", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usage_errors_are_one_line),
        cmocka_unit_test(help_is_help),
        cmocka_unit_test(a_full_disk_loses_nothing),
        cmocka_unit_test(selections_select),
        cmocka_unit_test(json_says_what_cli_promises),
        cmocka_unit_test(json_survives_nan),
        cmocka_unit_test(junit_and_tsv_have_every_tensor),
        cmocka_unit_test(colour_is_for_terminals),
        cmocka_unit_test(run_writes_what_compare_reads),
        cmocka_unit_test(the_walk_by_hand_passes),
        cmocka_unit_test(steps_say_what_is_missing),
        cmocka_unit_test(a_step_can_be_replaced),
        cmocka_unit_test(the_pocket_prints_what_the_talks_show),
    };

    return cmocka_run_group_tests_name("commands", tests, begin, finish);
}
