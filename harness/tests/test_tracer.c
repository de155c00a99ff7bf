/* test_tracer.c: touchstone.h, compiled as C and as C++ and used by a program; and the Python
 * file that traces PyTorch models, where there is PyTorch. */
#include "tool.h"

#include <stdio.h>
#include <string.h>

/* A shell that knows how to compile with the header: `c STANDARD SOURCE PROGRAM`, and c++. */
#define COMPILERS \
    "flags='-O1 -Wall -Wextra -Wconversion -Wshadow -pedantic -Werror -Iharness'; " \
    "hdf5=$(pkg-config --cflags --libs hdf5); " \
    "c() { ${CC:-cc} -std=$1 $flags -Wstrict-prototypes -Wmissing-prototypes $2 $hdf5 -lm " \
    "-o $3; }; cpp() { ${CXX:-g++} -std=$1 $flags -x c++ $2 $hdf5 -lm -o $3; }; "

/* The same trace as trace_writer PATH CASE, and what it says. */
static const struct outcome *write_case(const char *name)
{
    return shell("trace_writer=$T/writer; rm -rf $T/w; mkdir $T/w; "
                 "$trace_writer $T/w/a.h5 %s; code=$?; ls $T/w; exit $code", name);
}

static int compile(void **state)
{
    return begin(state) || shell(COMPILERS "c c11 harness/tests/trace_writer.c $T/writer && "
                                 "c c11 docs/examples/trace.c $T/trace")->code;
}

static void compiles_as_c(void **state)
{
    (void)state;
    const struct outcome *o = shell(COMPILERS "for s in c99 c11 gnu17; do "
                                    "c $s harness/tests/trace_writer.c $T/w-$s && "
                                    "$T/w-$s $T/$s.h5 && cmp $T/c99.h5 $T/$s.h5 && "
                                    "c $s docs/examples/trace.c $T/e-$s || exit 3; done");
    if (o->code)
        fail_msg("%s%s", o->out, o->err);
}

static void compiles_as_cpp(void **state)
{
    (void)state;
    if (shell("command -v ${CXX:-g++}")->code)
        skip();
    const struct outcome *o = shell(COMPILERS "$T/writer $T/c.h5; for s in c++11 c++17; do "
                                    "cpp $s harness/tests/trace_writer.c $T/w-$s && "
                                    "$T/w-$s $T/$s.h5 && cmp $T/c.h5 $T/$s.h5 || exit 3; done");
    if (o->code)
        fail_msg("%s%s", o->out, o->err);
}

static void a_program_of_ones_own_passes(void **state)
{
    static const char *const models[] = {"gpt2-pocket", "gpt2-full", "gpt2-odd", "gpt2-batch3"};

    (void)state;
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++)
        assert_says(shell("$T/trace $F/%s.model.h5 $F/%s.golden.h5 $T/own.h5 && touchstone compare "
                          "--golden $F/%s.golden.h5 --model $F/%s.model.h5 --direction forward "
                          "--strict $T/own.h5", models[i], models[i], models[i], models[i]),
                    0, " 0 failed, 0 skipped\n", NULL);
    assert_says(shell("touchstone compare --golden $F/gpt2-batch3.golden.h5 --tensor "
                      "backward/logits $T/own.h5"), 0, "1 passed, 0 failed", NULL);
    assert_refused(shell("touchstone compare --golden $F/gpt2-full.golden.h5 $T/own.h5"),
                   "was computed on other tokens", NULL);
}

static void what_it_writes_is_the_format(void **state)
{
    (void)state;
    assert_int_equal(write_case("double")->code, 0);
    assert_says(shell("touchstone inspect $T/w/a.h5"), 0, "format           touchstone-trace",
                "format_version   1", "family           gpt2", "model            toy",
                "producer         trace_writer, zeros", "forward/h.0/ln_1               [1, 4, 8]"
                "          float32", "forward/loss ", "float64", "input/tokens                   "
                "[1, 4]             int32", "input/targets", "0 damaged", NULL);
    assert_int_equal(write_case("targetless")->code, 0);
    assert_null(strstr(shell("touchstone inspect $T/w/a.h5")->out, "targets"));
}

/* One byte of a large tensor is changed: the checksum has to see it. */
static void damage_is_seen(void **state)
{
    (void)state;
    assert_int_equal(write_case("much")->code, 0);
    assert_says(shell("touchstone inspect $T/w/a.h5"), 0, "6 tensors", NULL);
    shell("printf '\\377\\001' | dd of=$T/w/a.h5 bs=1 seek=200000 conv=notrunc");
    assert_says(shell("touchstone inspect $T/w/a.h5"), 2, "DAMAGED", "1 damaged", NULL);
}

static void refused_by_the_header(void **state)
{
    static const struct {
        const char *name, *words;
    } cases[] = {
        {"family", "the family `gpt3` is not known"},
        {"token", "the token -5 at [0, 1]"},
        {"target", "the target -2 at [0, 2]"},
        {"no-target", "all targets are -1"},
        {"no-rows", "tokens [0, 4]: both sizes must be at least 1"},
        {"too-many", "both sizes must be at least 1, and real"},
        {"name0", "`h.0/ln_1` is no name of a tensor"},
        {"name1", "`forward/` is no name"},
        {"name2", "`forward//ln_1` is no name"},
        {"name3", "`forward/./ln_1` is no name"},
        {"name4", "`input/tokens` is no name"},
        {"name5", "`grad/wte/` is no name"},
        {"name6", "`Forward/ln_f` is no name"},
        {"name7", "`` is no name"},
        {"long-name", "is no name of a tensor"},
        {"twice", "/forward/h.0/ln_1 is put twice"},
        {"group", "/forward/h.0 is put twice, or is a group of others"},
        {"under-tensor", "is put twice, or is a group of others"},
        {"gap", "/forward/ln_f: the shape [1, 0, 8, 0] is none"},
        {"huge", "/forward/ln_f: the shape [1099511627776, 1099511627776, 0, 0] is none"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct outcome *o = write_case(cases[i].name);
        char both[600];
        const char *path = strstr(o->err, ": ");
        if (o->code != 1 || !strstr(o->err, cases[i].words))
            fail_msg("%s: code %d, %s%s", cases[i].name, o->code, o->out, o->err);
        assert_int_equal(strncmp(o->err, "touchstone.h: ", 14), 0);
        /* The line on standard error is touchstone_error's, and no file is there. */
        snprintf(both, sizeof both, "-1 %s", path + 2);
        assert_string_equal(o->out, both);
    }
}

static void refused_without_a_word(void **state)
{
    (void)state;
    const struct outcome *o = write_case("silent");
    assert_int_equal(o->code, 1);
    assert_string_equal(o->err, "");
    assert_non_null(strstr(o->out, "the family `gpt3` is not known"));
}

static void closed_or_never_open(void **state)
{
    (void)state;
    assert_string_equal(write_case("unopened")->out, "-1 -1\n");
    assert_string_equal(write_case("drop")->out, "");
    assert_says(write_case("after"), 1, "is not open: nothing can be put into it\na.h5\n", NULL);
    assert_says(write_case("closed-twice"), 1, "is not open\na.h5\n", NULL);
}

static void places_that_cannot_be_written(void **state)
{
    (void)state;
    assert_says(shell("$T/writer $T/none/a.h5"), 1, "cannot be written: No such file", NULL);
    assert_says(shell("mkdir -p $T/folder; $T/writer $T/folder; ls $T/folder"), 0,
                "is a folder, name a file in it\n", NULL);
    assert_int_equal(shell("test ! -e $T/folder.part-*")->code, 0);
    assert_says(shell("$T/writer /tmp/$(printf '%%05000d' 1)"), 1, "the path is too long", NULL);
    /* A file that was there stays as it was. */
    assert_says(shell("echo old > $T/old.h5; $T/writer $T/old.h5 gap; cat $T/old.h5; ls $T/old*"),
                0, "\nold\n", "old.h5\n", NULL);
}

/* HDF5 itself would crash when the program ends. What it says goes through a pipe, which the
 * limit does not hold for. */
static void a_full_disk(void **state)
{
    static const int blocks[] = {0, 64, 1500, 3000, 9000, 12000};

    (void)state;
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        const struct outcome *o = shell("rm -rf $T/w; mkdir $T/w; (ulimit -f %d; $T/writer "
                                        "$T/w/a.h5 much 2>&1 >/dev/null; echo code $?) | cat >&2; "
                                        "ls $T/w", blocks[i]);
        if (!strstr(o->err, "no room for /") || !strstr(o->err, "(ulimit -f)\ncode 1\n"))
            fail_msg("%d blocks: %s%s", blocks[i], o->out, o->err);
        assert_string_equal(o->out, "");
    }
    assert_string_equal(write_case("much")->out, "0 \na.h5\n");
}

/* What the header cannot know. */
static void left_to_compare(void **state)
{
    (void)state;
    assert_int_equal(write_case("unknown")->code, 0);
    const struct outcome *o = shell("touchstone compare --golden $F/gpt2-pocket.golden.h5 "
                                    "$T/w/a.h5");
    assert_int_equal(o->code, 1);
    assert_non_null(strstr(o->err, "/forward/h.0/rotary is no tensor of the graph"));
    assert_int_equal(write_case("rank")->code, 0);
    assert_says(shell("touchstone compare --golden $F/gpt2-pocket.golden.h5 --tensor ln_f "
                      "$T/w/a.h5"), 1, "wrong shape: the trace has [4, 8]", NULL);
}

static void a_pytorch_model(void **state)
{
    static const char *const models[] = {"gpt2-full", "gpt2-odd"};

    (void)state;
    if (shell("sh ref/python.sh --find")->code)
        skip();
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++)
        assert_says(shell("sh ref/python.sh -B ref/touchstone_trace.py docs/examples/nano_gpt.py:"
                          "build --model $F/%s.model.h5 --input $F/%s.golden.h5 --dtype float64 "
                          "-o $T/py.h5 && touchstone compare --golden $F/%s.golden.h5 --model "
                          "$F/%s.model.h5 --strict $T/py.h5", models[i], models[i], models[i],
                          models[i]), 0, " 0 failed, 0 skipped\n", NULL);
}

static void a_pytorch_model_refused(void **state)
{
    static const char run[] =
        "sh ref/python.sh -B ref/touchstone_trace.py docs/examples/nano_gpt.py:%s "
        "--model $F/gpt2-full.model.h5 --input $F/%s -o $T/%s";

    (void)state;
    if (shell("sh ref/python.sh --find")->code)
        skip();
    assert_refused(shell(run, "none", "gpt2-full.golden.h5", "a.h5"), "has no function none", NULL);
    assert_refused(shell(run, "build", "gpt2-full.model.h5", "a.h5"), "has no /input/tokens", NULL);
    assert_refused(shell(run, "build", "none.h5", "a.h5"), "none.h5: no such file", NULL);
    assert_refused(shell(run, "build", "gpt2-full.golden.h5", "none/a.h5"),
                   "none/a.h5: cannot be written: No such file", NULL);
    assert_int_equal(shell("test ! -e $T/a.h5")->code, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compiles_as_c),
        cmocka_unit_test(compiles_as_cpp),
        cmocka_unit_test(a_program_of_ones_own_passes),
        cmocka_unit_test(what_it_writes_is_the_format),
        cmocka_unit_test(damage_is_seen),
        cmocka_unit_test(refused_by_the_header),
        cmocka_unit_test(refused_without_a_word),
        cmocka_unit_test(closed_or_never_open),
        cmocka_unit_test(places_that_cannot_be_written),
        cmocka_unit_test(a_full_disk),
        cmocka_unit_test(left_to_compare),
        cmocka_unit_test(a_pytorch_model),
        cmocka_unit_test(a_pytorch_model_refused),
    };

    return cmocka_run_group_tests(tests, compile, finish);
}
