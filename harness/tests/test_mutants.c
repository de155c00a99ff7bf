/* test_mutants.c: the catalogue of known mistakes is read and applied as it is written,
 * and the command mutants tells what is caught from what is missed, not visible or broken. */
#include "tool.h"

#include <stdio.h>
#include <string.h>

static const struct outcome *catalogue(const char *text)
{
    return shell("cat >$T/x.mutants <<'END'\n%s\nEND\nawk -f harness/mutants/catalogue.awk "
                 "$T/x.mutants", text);
}

#define ENTRY "mutant a-b\nfile steps/00_ingredients/add.c\nshows resid_mid\nsays It is so.\n"

static void the_catalogue_is_read(void **state)
{
    (void)state;
    assert_says(catalogue(ENTRY "seen here#1\n-old\n+new\n"), 0,
                "id\tstep\tfile\tkind\tbuild\ttensors\tsentence\treported\tprobe\n",
                "a-b\tx\tsteps/00_ingredients/add.c\top\tf64\tresid_mid\tIt is so.\there#1\t\n",
                NULL);
    assert_says(shell("awk -v list=1 -f harness/mutants/catalogue.awk $T/x.mutants"), 0,
                "a-b:steps/00_ingredients/add.c:f64:x\n", NULL);
}

static void what_is_no_entry_is_refused(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {ENTRY "-old\n\n" ENTRY "-old\n", "a-b is there already"},
        {"mutant A\n", "an id is small letters"},
        {"mutant a b\n", "an id is small letters"},
        {"file x\n", "stands before the first `mutant ID`"},
        {"mutant a\nfile steps/none.c\n", "there is no file steps/none.c"},
        {"mutant a\nbuild fast\n", "build is f64, scalar, avx2 or touchstone"},
        {"mutant a\nfolder x\n", "`folder` is not known"},
        {"mutant a\nsays a\tb\n", "no tabs"},
        {ENTRY, "an entry has file, says, shows or probe, and lines with - or +"},
        {"mutant a\nfile steps/gpt.h\nsays So.\n-old\n", "an entry has file"},
        {"mutant a\nfile steps/gpt.h\nshows q\n-old\n", "an entry has file"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_refused(catalogue(cases[i].text), "x.mutants", cases[i].says, NULL);
}

static const struct outcome *apply(const char *edit, const char *source)
{
    return shell("cat >$T/x.mutants <<'END'\nmutant other\n-one\n\nmutant a\n%s\n\nmutant last\n"
                 "+two\nEND\nprintf '%s' >$T/x.c\nawk -v id=a -f harness/mutants/apply.awk "
                 "$T/x.mutants $T/x.c", edit, source);
}

static void an_edit_is_applied(void **state)
{
    (void)state;
    assert_string_equal(apply("-  two\n+  2\n+  zwei", "one\n  two\nthree\n")->out,
                        "one\n  2\n  zwei\nthree\n");
    assert_string_equal(apply(" one\n-two\n three\n+four", "one\ntwo\nthree\none\n")->out,
                        "one\nthree\nfour\none\n");
    assert_string_equal(apply("-three\n+3\n@@\n-one\n+1", "one\ntwo\nthree\n")->out,
                        "1\ntwo\n3\n");
    assert_string_equal(apply("-one", "one\ntwo\n")->out, "two\n");
}

static void a_stale_edit_is_refused(void **state)
{
    (void)state;
    assert_refused(apply("-four\n+4", "one\ntwo\n"), "x.mutants: a: the lines from `four` on",
                   "x.c 0 times, not once", NULL);
    assert_refused(apply("-  one\n+4", "one\n"), "0 times, not once", NULL);
    assert_refused(apply("-one\n+4", "one\ntwo\none\n"), "2 times, not once", NULL);
    assert_refused(apply(" one\n-three", "one\ntwo\nthree\n"), "0 times, not once", NULL);
    assert_refused(shell("awk -v id=none -f harness/mutants/apply.awk $T/x.mutants $T/x.c"),
                   "x.mutants: none: there is no such entry", NULL);
}

/* A line of the table. */
static void assert_row(const struct outcome *o, const char *id, const char *words)
{
    char begin[64];
    const char *row;

    snprintf(begin, sizeof begin, "\n  %s ", id);
    row = strstr(o->out, begin);
    if (!row)
        fail_msg("no row for %s in: %s", id, o->out);
    const char *found = strstr(row + 1, words), *end = strchr(row + 1, '\n');
    if (!found || found > end)
        fail_msg("`%s` is not in the row of %s: %.*s", words, id, (int)(end - row), row);
}

static void mistakes_are_caught(void **state)
{
    (void)state;
    const struct outcome *o = shell(
        "touchstone mutants --only attn-no-scale,ln-eps,emb-pos-first-text,res-doubled,"
        "bwd-tied,bwd-scale,tok-merge-once,smp-topk-ties,attn-cache-leak,opt-eps,chk-exit-0");
    assert_says(o, 0, "caught: 11 of 11 visible mistakes (100.0 %)",
                "first wrong tensor where the mistake is: 10 of 10 (100.0 %)",
                "11 passed, 0 failed, 0 skipped\n", NULL);
    assert_row(o, "attn-no-scale", "caught      gpt2-odd     h.0/scores                  local");
    assert_row(o, "attn-no-scale", "rightly");
    assert_row(o, "ln-eps", "h.0/ln_1 ");
    assert_row(o, "emb-pos-first-text", "gpt2-batch3  h.0/resid_pre ");
    assert_row(o, "res-doubled", "h.0/resid_mid               chain");
    assert_row(o, "bwd-tied", "grad/wte                    chain");
    assert_row(o, "bwd-scale", "backward/h.2/k              local");
    assert_row(o, "tok-merge-once", "tokenizers   bpe/apply ");
    assert_row(o, "smp-topk-ties", "sampling     sample/top-k-ties ");
    assert_row(o, "attn-cache-leak", "cache/gpt1-a ");
    assert_row(o, "opt-eps", "training     adamw/eps ");
    assert_row(o, "chk-exit-0", "caught      exit code 0, not 1");
}

/* Steps 01, 06 and 08 have no tensors: a mistake is known by the cases that it fails. */
static void mistakes_in_cases_are_named(void **state)
{
    static const char *const cases[][3] = {
        {"1", "tok-greedy", "The longest token that fits is taken"},
        {"6", "smp-topk-ties", "Tokens as likely as the k-th are cut."},
        {"8", "opt-eps", "The epsilon is divided by the bias correction, too."},
    };
    char likely[200];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(likely, sizeof likely, "  likely: %s", cases[i][2]);
        const struct outcome *o = shell("touchstone check --fixtures $F --step %s --subject "
                                        "./${BUILD:-build}/mutants/%s.so", cases[i][0],
                                        cases[i][1]);
        assert_says(o, 1, likely, "first wrong group of cases: ", NULL);
        assert_null(strstr(o->out, " Or: "));
    }
    assert_null(strstr(shell("touchstone check --fixtures $F --step 8 --subject "
                             "./${BUILD:-build}/mutants/smp-topk-ties.so")->out, "likely"));
}

static void a_step_can_be_chosen(void **state)
{
    (void)state;
    const struct outcome *o = shell("touchstone mutants --step 5 --list");
    assert_says(o, 0, "out-no-lnf            05      GPT-2's last layer norm", NULL);
    assert_null(strstr(o->out, "attn-"));
    assert_says(shell("touchstone mutants --only checker,loss-sum --list"), 0, "chk-exit-0 ",
                "loss-sum ", NULL);
    assert_null(strstr(shell("touchstone mutants --list")->out, "right-"));
}

static void every_golden_with_verbose(void **state)
{
    (void)state;
    assert_row(shell("touchstone mutants --only emb-pos-first-text,gelu-erf --fixtures "
                     "$F/foreign --verbose"), "gelu-erf", "visible on 4 of 4 goldens");
    assert_row(shell("touchstone mutants --only attn-merge-reshape --fixtures $F --verbose"),
               "attn-merge-reshape", "visible on 19 of 23 goldens");
}

static void results_for_programs(void **state)
{
    (void)state;
    const struct outcome *o = shell("touchstone mutants --only attn-no-scale,tok-greedy --json - "
                                    "2>$T/people");
    assert_says(o, 0, "\"format\": \"touchstone-mutants\"", "\"format_version\": 1",
                "\"caught\": 2", "\"missed\": 0", "\"located\": 2", "\"id\": \"attn-no-scale\"",
                "\"tensor\": \"h.0/scores\"", "\"located\": true", "\"shows\": \"scores\"",
                "\"verdict\": \"caught\"", NULL);
    assert_says(shell("cat $T/people"), 0, "2 passed, 0 failed, 0 skipped\n", NULL);
    assert_says(shell("touchstone mutants --only attn-no-scale --quiet --tsv $T/x.tsv; "
                      "cut -f 1,5,7,9 $T/x.tsv; awk -F'\\t' '{ print NF }' $T/x.tsv"),
                0, "1 passed, 0 failed, 0 skipped\nid\tverdict\ttensor\tlocated\n"
                "attn-no-scale\tcaught\th.0/scores\t1\n18\n18\n", NULL);
}

/* A folder like the build's, with that program and an index of one line: a mistake of
 * step 00 with that object in its place. */
static void make_build(const char *program, const char *object, const char *line)
{
    assert_int_equal(
        shell("b=$PWD/${BUILD:-build}; rm -rf $T/b; mkdir -p $T/b/mutants && cp $b/%s "
              "$T/b/touchstone && ln -s $b/subjects $T/b/subjects && ln -s $b/mutants/correct "
              "$T/b/mutants/correct && { head -n 1 $b/mutants/catalogue.tsv; printf '%s'; } "
              ">$T/b/mutants/catalogue.tsv; [ ! '%s' ] || cp $b/%s $T/b/mutants/a.so",
              program, line, object, object)->code, 0);
}

#define LINE "a\\t00\\tsteps/00_ingredients/gelu.c\\top\\tf64\\tmlp_post\\tSo.\\t\\t\\n"

/* The right subject in place of the mistake: the two cannot be told apart. */
static void not_visible_is_no_failure(void **state)
{
    (void)state;
    make_build("touchstone", "subjects/f64.so", LINE);
    const struct outcome *o = shell("$T/b/touchstone mutants --step 0");
    assert_says(o, 0, "0 passed, 0 failed, 1 skipped\n", NULL);
    assert_row(o, "a", "not visible");
}

/* The checker that lets NaN pass, given a subject that makes NaN. */
static void missed_is_a_failure(void **state)
{
    (void)state;
    make_build("mutants/chk-nan-passes/touchstone", "mutants/attn-no-max.so", LINE);
    const struct outcome *o = shell("$T/b/touchstone mutants --step 0");
    assert_says(o, 1, "caught: 0 of 1 visible mistakes (0.0 %)", "0 passed, 1 failed, 0 skipped\n",
                NULL);
    assert_row(o, "a", "missed");
    assert_row(o, "a", "the check passes, and the right subject differs");
}

/* Another mistake than the index says. */
static void another_place_is_told(void **state)
{
    (void)state;
    make_build("touchstone", "mutants/ln-no-gain.so", LINE);
    const struct outcome *o = shell("$T/b/touchstone mutants --step 0");
    assert_says(o, 0, "first wrong tensor where the mistake is: 0 of 1 (0.0 %)", NULL);
    assert_row(o, "a", "should show at mlp_post");
}

static void what_breaks_down_is_missed(void **state)
{
    (void)state;
    make_build("touchstone", "", LINE);
    const struct outcome *o = shell("$T/b/touchstone mutants --step 0");
    assert_says(o, 1, "0 passed, 1 failed, 0 skipped\n", NULL);
    assert_row(o, "a", "the check broke down: exit code 2");
    if (!strstr(o->err, "a.so"))
        fail_msg("it does not say why: %s", o->err);
}

static void bad_usage(void **state)
{
    (void)state;
    assert_refused(shell("touchstone mutants --only fly"), "--only fly",
                   "no known mistake of that name", NULL);
    assert_refused(shell("touchstone mutants --only right-gelu"), "--only right-gelu", NULL);
    assert_refused(shell("touchstone mutants --step 9"), "--step and --only select no", NULL);
    assert_refused(shell("touchstone mutants --fixtures $T/none --only gelu-erf"),
                   "--fixtures", "none", NULL);
    assert_refused(shell("touchstone mutants --subject f64"), "unknown option --subject", NULL);
    make_build("touchstone", "", LINE);
    assert_refused(shell("rm $T/b/mutants/catalogue.tsv; $T/b/touchstone mutants"),
                   "catalogue.tsv", "`make mutants` builds them", NULL);
    assert_refused(shell("echo x >$T/b/mutants/catalogue.tsv; $T/b/touchstone mutants"),
                   "is no catalogue of mistakes", NULL);
    make_build("touchstone", "", "a\\tb\\n");
    assert_refused(shell("$T/b/touchstone mutants"), "a line has 2 columns, not 9", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_catalogue_is_read),
        cmocka_unit_test(what_is_no_entry_is_refused),
        cmocka_unit_test(an_edit_is_applied),
        cmocka_unit_test(a_stale_edit_is_refused),
        cmocka_unit_test(mistakes_are_caught),
        cmocka_unit_test(mistakes_in_cases_are_named),
        cmocka_unit_test(a_step_can_be_chosen),
        cmocka_unit_test(every_golden_with_verbose),
        cmocka_unit_test(results_for_programs),
        cmocka_unit_test(not_visible_is_no_failure),
        cmocka_unit_test(missed_is_a_failure),
        cmocka_unit_test(another_place_is_told),
        cmocka_unit_test(what_breaks_down_is_missed),
        cmocka_unit_test(bad_usage),
    };

    return cmocka_run_group_tests_name("mutants", tests, begin, finish);
}
