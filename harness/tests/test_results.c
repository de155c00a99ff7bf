/* test_results.c: results for programs: two files of them compared, and JUnit and TSV that
 * any reader takes. */
#include "tool.h"

#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------- compare --results */

/* One tensor of a file of results: its name, status, error (its bar is 1e-6). */
struct line {
    const char *name, *status, *error;
};

static void write_results_file(const char *name, const struct line *line)
{
    FILE *f = fopen(file(name), "w");

    fprintf(f, "{\"format\": \"touchstone-result\", \"format_version\": 1, \"tensors\": [");
    for (const struct line *l = line; l->name; l++)
        fprintf(f, "%s{\"name\": \"%s\", \"subject\": \"mine\", \"mode\": \"chain\", "
                "\"model\": \"m\", \"golden\": \"/some/where/g.h5\", \"status\": \"%s\", "
                "\"rms_error\": %s, \"bar\": 1e-6}", l == line ? "" : ", ", l->name, l->status,
                l->error);
    fprintf(f, "]}\n");
    fclose(f);
}

static const struct line before[] = {
    {"steady", "PASS", "1e-7"}, {"drifts", "PASS", "2e-7"}, {"better", "PASS", "8e-7"},
    {"tiny", "PASS", "1e-9"}, {"breaks", "PASS", "1e-7"}, {"breaks more", "PASS", "1e-7"},
    {"unseen", "PASS", "1e-7"}, {"mended", "FAIL", "3"}, {"nan", "PASS", "1e-7"},
    {"still", "FAIL", "1"}, {"gone", "PASS", "1e-7"}, {NULL, NULL, NULL}};
static const struct line after[] = {
    {"new", "PASS", "1e-7"}, {"still", "FAIL", "1"}, {"nan", "FAIL", "null"},
    {"mended", "PASS", "1e-7"}, {"unseen", "SKIP", "null"}, {"breaks", "FAIL", "1e-5"},
    {"breaks more", "FAIL", "1e-3"}, {"tiny", "PASS", "5e-8"}, {"better", "PASS", "1e-7"},
    {"drifts", "PASS", "8e-7"}, {"steady", "PASS", "1.4e-7"}, {NULL, NULL, NULL}};

static void changes_are_told(void **state)
{
    (void)state;
    write_results_file("a.json", before);
    write_results_file("b.json", after);
    const struct outcome *o = shell("touchstone compare --results $T/a.json $T/b.json");
    assert_says(o, 1,
                "worse: 4\n    factor       old       new  was        is\n"
                "         -  1.00e-07         -  PASS       FAIL        nan mine chain g.h5\n"
                "         -  1.00e-07         -  PASS       SKIP        unseen mine chain g.h5\n"
                "     1e+04  1.00e-07  1.00e-03  PASS       FAIL        breaks more mine chain "
                "g.h5\n"
                "       100  1.00e-07  1.00e-05  PASS       FAIL        breaks mine chain g.h5\n",
                "worse in error or time: 1\n", "         4  2.00e-07  8.00e-07  PASS       PASS"
                "        drifts mine", "better: 2\n", "  3.33e-08  3.00e+00  1.00e-07  FAIL",
                "gone: 1\n", "new: 1\n", "\n6 passed, 4 failed, 2 skipped\n", NULL);
    assert_null(strstr(o->out, "steady"));
    assert_null(strstr(o->out, "tiny"));
    assert_null(strstr(o->out, "still"));
    assert_says(shell("touchstone compare --results $T/a.json $T/b.json --strict --quiet"), 1,
                "5 passed, 6 failed, 1 skipped\n", NULL);
    assert_says(shell("touchstone compare --results $T/b.json $T/b.json"), 0,
                "11 passed, 0 failed, 0 skipped\n", NULL);
}

/* Real files: a subject of less precision in place of one of more. */
static void real_files_can_be_compared(void **state)
{
    (void)state;
    shell("A='--model fixtures/gpt2-a.model.h5 --golden fixtures/gpt2-a.golden.h5'; "
          "touchstone check $A --subject scalar --json $T/old.json; "
          "touchstone check $A --subject ./$BUILD/mutants/correct/f16.so --json - | "
          "sed 's/\"f16\"/\"scalar\"/' > $T/new.json");
    assert_says(shell("touchstone compare --results $T/old.json $T/new.json"), 1, "worse: 194\n",
                "  and 174 more (--verbose lists them)\n0 passed, 194 failed, 0 skipped\n", NULL);
    assert_says(shell("touchstone compare --results $T/new.json $T/old.json"), 0,
                "better: 194\n", "194 passed, 0 failed, 0 skipped\n", NULL);
}

static void write_bench(const char *name, double seconds, double spread, int length)
{
    FILE *f = fopen(file(name), "w");

    fprintf(f, "{\"format\": \"touchstone-bench\", \"format_version\": 1, \"model\": \"m\", "
            "\"batch\": 1, \"length\": %d, \"entries\": [{\"subject\": \"mine\", \"op\": \"qkv\", "
            "\"layer\": 0, \"direction\": \"forward\", \"threads\": 2, \"seconds_median\": %g, "
            "\"seconds_low\": %g, \"seconds_high\": %g}]}\n", length, seconds, seconds - spread,
            seconds + spread);
    fclose(f);
}

static void times_can_be_compared(void **state)
{
    (void)state;
    write_bench("a.json", 1e-3, 1e-4, 8);
    write_bench("b.json", 2e-3, 1e-4, 8);
    write_bench("c.json", 1.1e-3, 1e-4, 8);
    write_bench("d.json", 1e-3, 1e-4, 9);
    assert_says(shell("touchstone compare --results $T/a.json $T/b.json"), 1, "slower: 1\n",
                "         2  1.00e-03  2.00e-03  mine       qkv          layer 0 forward, threads: "
                "2\n",
                "0 passed, 1 failed, 0 skipped\n", NULL);
    assert_says(shell("touchstone compare --results $T/b.json $T/a.json"), 0, "faster: 1\n", NULL);
    assert_string_equal(shell("touchstone compare --results $T/a.json $T/c.json")->out,
                        "1 passed, 0 failed, 0 skipped\n");
    assert_refused(shell("touchstone compare --results $T/a.json $T/d.json"), "another length",
                   NULL);
}

static const struct {
    const char *text, *words;
} misuses[] = {
    {"", "is no JSON"},
    {"[]", "is no file of results"},
    {"{\"format\": \"touchstone-result\", \"format_version\": 2}", "another format_version than 1"},
    {"{\"format\": \"touchstone-result\", \"format_version\": 1}", "has no list `tensors`"},
    {"{\"format\": \"touchstone-result\", \"format_version\": 1, \"tensors\": [7]}",
     "entry 0 has no text `"},
    {"{\"format\": \"touchstone-bench\", \"format_version\": 1, \"entries\": []}",
     "both must be of one kind"},
};

static void bad_files_are_refused(void **state)
{
    (void)state;
    write_results_file("a.json", before);
    for (size_t i = 0; i < sizeof misuses / sizeof misuses[0]; i++)
        assert_refused(shell("printf '%%s' '%s' > $T/x.json; touchstone compare --results "
                             "$T/a.json $T/x.json", misuses[i].text), misuses[i].words, NULL);
    assert_refused(shell("touchstone compare --results $T/a.json"), "name a trace file", NULL);
    assert_refused(shell("touchstone compare --results $T/none.json $T/a.json"), "none.json", NULL);
    static const struct line twice[] = {{"x", "PASS", "1"}, {"x", "PASS", "1"}, {NULL, NULL, NULL}};
    write_results_file("b.json", twice);
    assert_refused(shell("touchstone compare --results $T/a.json $T/b.json"), "twice", NULL);
    static const struct line other[] = {{"y", "PASS", "1"}, {NULL, NULL, NULL}};
    write_results_file("b.json", other);
    assert_says(shell("touchstone compare --results $T/a.json $T/b.json"), 1,
                "nothing is in both files", "0 passed, 1 failed, 12 skipped\n", NULL);
}

/* ---------------------------------------------------------------- JUnit and TSV */

static void junit_is_as_it_should_be(void **state)
{
    (void)state;
    if (shell("command -v xmllint")->code != 0)
        skip();
    shell("touchstone check --fixtures $F --only gpt2-one-token --strict --junit $T/r.xml "
          "--subject scalar,./$BUILD/mutants/correct/bf16.so");
    const struct outcome *o = shell("xmllint --noout --relaxng harness/tests/junit.rng $T/r.xml");
    if (o->code != 0)
        fail_msg("%s", o->err);
    assert_says(shell("for k in failure skipped testcase; do xmllint --xpath \"count(//$k)\" "
                      "$T/r.xml; echo; done; "
                      "xmllint --xpath '//testsuite/@failures' $T/r.xml | tr -d ' '"),
                0, "failures=\"", NULL);
    assert_says(shell("test $(xmllint --xpath 'count(//failure)' $T/r.xml) = $(xmllint --xpath "
                      "'string(//testsuite/@failures)' $T/r.xml) && test $(xmllint --xpath "
                      "'count(//skipped)' $T/r.xml) = $(xmllint --xpath "
                      "'string(//testsuites/@skipped)' $T/r.xml) && test $(xmllint --xpath "
                      "'count(//testcase)' $T/r.xml) = $(xmllint --xpath "
                      "'string(//testsuites/@tests)' $T/r.xml) && echo they agree"), 0,
                "they agree\n", NULL);
    assert_says(shell("xmllint --xpath '//failure' $T/r.xml | sort -u | head -50"), 0,
                " got ", "again: build/touchstone check --model ", "Looks like bfloat16", NULL);
}

/* A golden's file may be called anything. */
static void odd_names_do_no_harm(void **state)
{
    (void)state;
    assert_int_equal(shell("M=$F/gpt2-one-token.model.h5; G=\"$T/$(printf 'a\\tb\\n<&\\042"
                           "\\001\\377\\355\\240\\200 \\303\\251').golden.h5\"; "
                           "cp $F/gpt2-one-token.golden.h5 \"$G\" && touchstone check --quiet "
                           "--model $M --golden \"$G\" --subject f64 --direction forward "
                           "--tsv $T/o.tsv --junit $T/o.xml --json $T/o.json")->code, 0);
    assert_says(shell("awk -F '\\t' '{ n[NF]++ } END { for (k in n) print k, n[k] }' $T/o.tsv"), 0,
                "17 71\n", NULL);
    assert_says(shell("grep -c 'a?b?<&\"????? \303\251' $T/o.tsv; "
                      "grep -c 'a?b?<&\\\\\"????? .*golden.h5' $T/o.json"), 0, "70\n71\n", NULL);
    assert_int_equal(shell("touchstone compare --results $T/o.json $T/o.json")->code, 0);
    if (shell("command -v xmllint")->code == 0)
        assert_int_equal(shell("xmllint --noout --relaxng harness/tests/junit.rng $T/o.xml")->code,
                         0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_are_told),
        cmocka_unit_test(real_files_can_be_compared),
        cmocka_unit_test(times_can_be_compared),
        cmocka_unit_test(bad_files_are_refused),
        cmocka_unit_test(junit_is_as_it_should_be),
        cmocka_unit_test(odd_names_do_no_harm),
    };

    return cmocka_run_group_tests_name("results", tests, begin, finish);
}
