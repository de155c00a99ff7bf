/* test_exec.c: check --exec: programs that do what they should, and all that they can do
 * wrong. Nothing of theirs may stay. */
#include "tool.h"

#include <string.h>

/* Temporary files go to $T/tmp, whose name a shell would not take as it is. */
#define PLACE "TMPDIR=\"$T/it's a folder\"; export TMPDIR; mkdir -p \"$TMPDIR\"; "
#define A "--model $F/gpt2-a.model.h5 --golden $F/gpt2-a.golden.h5 "
#define RIGHT "--exec 'touchstone run --quiet --model {model} --input {input} -o {trace}' "

static void nothing_stays(void)
{
    assert_says(shell(PLACE "ls \"$TMPDIR\" | wc -l"), 0, "0\n", NULL);
}

static void a_program_is_checked(void **state)
{
    (void)state;
    assert_says(shell(PLACE "touchstone check " A RIGHT), 0, "  trace   local   35 passed",
                "  trace   chain   35 passed", "70 passed, 0 failed, 0 skipped\n", NULL);
    assert_says(shell(PLACE "touchstone check --fixtures $F --layer 2 --quiet " RIGHT), 0,
                "passed, 0 failed, ", NULL);
    assert_says(shell("cp $F/gpt2-a.model.h5 \"$T/my model's.h5\"; " PLACE "touchstone check "
                      "--model \"$T/my model's.h5\" --golden $F/gpt2-a.golden.h5 --quiet " RIGHT),
                0, "70 passed, 0 failed, 0 skipped\n", NULL);
    nothing_stays();
}

/* What it is given: the golden's tokens and targets, and no more. */
static void the_input_is_the_goldens(void **state)
{
    (void)state;
    assert_says(shell(PLACE "touchstone check " A "--exec 'touchstone inspect {input} > $T/saw; "
                      "touchstone run --model {model} --input {input} -o {trace}' > /dev/null; "
                      "cat $T/saw"), 0, "input/targets                  [2, 16]", "input/tokens",
                "format           touchstone-trace", " 0 damaged\n", NULL);
    assert_int_equal(shell("grep forward $T/saw")->code, 1);
}

static void a_wrong_one_fails(void **state)
{
    const char *m = borrow("gpt2-a.model.h5");

    (void)state;
    damage_file(m, "weights/h.1.ln_2.weight", "scaled");
    const struct outcome *o =
        shell(PLACE "M=%s; export M; touchstone check " A "--exec 'touchstone run --quiet "
              "--model $M --input {input} -o {trace}'", m);
    assert_says(o, 1, "first wrong tensor in graph order: h.1/ln_2", "FAIL h.1/ln_2",
                "  again: build/touchstone check --exec 'touchstone run --quiet --model $M --input "
                "{input} -o {trace}' --model fixtures/gpt2-a.model.h5", NULL);
    nothing_stays();
}

static void what_it_prints_is_not_mixed_in(void **state)
{
    (void)state;
    const struct outcome *o =
        shell(PLACE "touchstone check " A "--quiet --exec 'echo to the out; echo to the err >&2; "
              "cat; touchstone run --quiet --model {model} --input {input} -o {trace}'");
    assert_int_equal(o->code, 0);
    assert_string_equal(o->out, "70 passed, 0 failed, 0 skipped\n");
    assert_string_equal(o->err, "to the out\nto the err\n");
}

static const struct {
    const char *command, *words;
    int timeout;
} failures[] = {
    {"exit 3; {trace}", "ended on gpt2-a with code 3", 600},
    {"./nothing {trace} 2> /dev/null", "code 127: its program was not found", 600},
    {"kill -SEGV $$; {trace}", "killed on gpt2-a by signal 11", 600},
    {"exit 137; {trace}", "killed on gpt2-a by signal 9", 600},
    {"true {trace}", "ended well on gpt2-a but wrote no {trace}", 600},
    {"true", "names no {trace}", 600},
    {"echo no trace > {trace}", "is not an HDF5 file", 600},
    {"cp $F/gpt1-a.golden.h5 {trace}", "is of the family gpt1", 600},
    {"touch {trace}.part-1; sleep 30", "had not ended after 1 s on gpt2-a and was stopped", 1},
    {"trap \"\" TERM; sleep 30; echo {trace}", "had not ended after 1 s", 1},
};

static void failures_are_one_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++)
        assert_refused(shell(PLACE "touchstone check " A "--timeout %d --exec '%s'",
                             failures[i].timeout, failures[i].command), failures[i].words, NULL);
    nothing_stays();
    assert_refused(shell("touchstone check " A "--exec 'true {trace}' --subject f64"),
                   "--exec and --subject: only one", NULL);
    assert_refused(shell("touchstone check " A "--timeout 3"), "--timeout: is for", NULL);
    assert_refused(shell("touchstone check " A "--exec '{trace}' --timeout x"), "`x` is not a",
                   NULL);
    assert_refused(shell("TMPDIR=/nowhere touchstone check " A "--exec 'true {trace}'"),
                   "no folder for temporary files can be made in /nowhere", NULL);
}

/* The program goes with us, what it wrote too; and we say by which signal we ended. What runs in
 * the background may ignore some: `timeout` undoes that. */
static void an_interrupt_clears_up(void **state)
{
    static const struct {
        const char *name;
        int code;
    } signals[] = {{"INT", 130}, {"TERM", 143}, {"HUP", 129}};

    (void)state;
    for (int i = 0; i < 3; i++) {
        const struct outcome *o =
            shell(PLACE "timeout 60 touchstone check " A "--exec 'cd \"$(dirname {trace})\" && "
                  "mkdir more && touch {trace} {trace}.part-7 more/x && ls *.part-7 more "
                  "> \"$T/left\"; kill -s %s $PPID; sleep 41.125'", signals[i].name);
        assert_int_equal(o->code, signals[i].code);
        assert_says(shell("cat $T/left; rm $T/left"), 0, "h5.part-7\n\nmore:\nx\n", NULL);
        assert_int_equal(shell("ps -e -o args | grep -v grep | grep -q 'sleep 41.125'")->code, 1);
        nothing_stays();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_is_checked),
        cmocka_unit_test(the_input_is_the_goldens),
        cmocka_unit_test(a_wrong_one_fails),
        cmocka_unit_test(what_it_prints_is_not_mixed_in),
        cmocka_unit_test(failures_are_one_line),
        cmocka_unit_test(an_interrupt_clears_up),
    };

    return cmocka_run_group_tests_name("exec", tests, begin, finish);
}
