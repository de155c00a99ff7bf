/* test_partial.c: subjects that are some functions of one's own: each function of ops.h
 * alone, in place among the built-in ones, and timed; right ones, wrong ones, and objects
 * that are not what they should be. */
#include "tool.h"

#include <stdio.h>
#include <string.h>

/* A shell that compiles such objects. */
#define COMPILER \
    "mine() { ${CC:-cc} -shared -fPIC -O1 -Isteps -Iharness \"$@\" -lm; }; "
#define MODEL(name) "--model $F/" name ".model.h5 --golden $F/" name ".golden.h5 "
#define MISTAKES COMPILER "mine -DREAL=float harness/tests/mine.c -o $T/m.so -DMISTAKE="

static const struct outcome *check(const char *object, const char *options)
{
    return shell("touchstone check " MODEL("gpt2-a") "--subject $T/%s.so %s", object, options);
}

/* ------------------------------------------------------------------ right functions */

static const struct {
    const char *function;
    int gpt1, gpt2;      /* tensors of 2 layers that are then its own */
} functions[] = {
    {"linear", 12, 12},
    {"layernorm", 4, 5},
    {"softmax", 2, 2},
    {"gelu", 2, 2},
    {"add", 4, 4},
    {"embed_tokens", 1, 1},
    {"embed_positions", 1, 1},
    {"embed_sum", 1, 1},
    {"split_heads", 6, 6},
    {"attention_scores", 2, 2},
    {"attention_pattern", 2, 2},
    {"attention_mix", 2, 2},
    {"mlp", 6, 6},
    {"unembed", 1, 1},
    {"cross_entropy", 1, 1},
    {"linear_backward", 24, 24},
    {"layernorm_backward", 12, 15},
    {"gelu_backward", 2, 2},
    {"add_backward", 9, 9},
    {"embed_tokens_backward", 1, 1},
    {"embed_positions_backward", 1, 1},
    {"embed_sum_backward", 2, 2},
    {"split_heads_backward", 6, 6},
    {"attention_scores_backward", 4, 4},
    {"attention_pattern_backward", 2, 2},
    {"attention_mix_backward", 4, 4},
    {"unembed_backward", 2, 2},
    {"cross_entropy_backward", 1, 1},
    {"forward_embed", 0, 0},
    {"forward_attention", 0, 0},
    {"forward_mlp", 0, 0},
    {"forward_unembed", 0, 0},
    {"forward", 0, 0},
    {"backward", 0, 0},
};
enum { N_FUNCTIONS = sizeof functions / sizeof functions[0] };

/* The steps' objects, and of each function a shared object that exports it alone. */
static int compile(void **state)
{
    return begin(state) ||
           shell("mkdir $T/o; for f in $(ls steps/forward.c steps/0[02-57]*/*.c | "
                 "grep -vE '/(main|exercise|lens|score|vectors|circuits|polynomial)[.]c'); do "
                 "${CC:-cc} -c -fPIC -O1 -DREAL=float -Isteps $f -o $T/o/$(basename $f .c).o || "
                 "exit 1; done; alone() { printf '{ global: %%s; local: *; };' \"$1\" > $T/map; "
                 "${CC:-cc} -shared -Wl,--version-script=$T/map $T/o/*.o -lm -o $T/$1.so; }; "
                 "for f in $(sed -n 's/^    X(/X(/p' harness/ops.h | tr -d 'X()\\\\'); do "
                 "alone $f || exit 1; done")->code;
}

/* What the summary says of a subject in a mode, or {0, 0} where it has no line. */
static struct counted {
    int passed, failed;
} counts(const char *text, const char *function, const char *mode)
{
    char start[64], word[64];
    struct counted c;

    snprintf(start, sizeof start, "  ./%s.so ", function);
    for (const char *at = text; (at = strstr(at, start)) != NULL; at++)
        if (sscanf(at + strlen(start), "%60s %d passed %d failed", word, &c.passed,
                   &c.failed) == 3 && strcmp(word, mode) == 0)
            return c;
    return (struct counted){0, 0};
}

static void each_function_by_itself(void **state)
{
    (void)state;
    for (int gpt = 1; gpt <= 2; gpt++) {
        const struct outcome *o = shell("F=$PWD/$F/gpt%d-a; cd $T; touchstone check --model "
                                        "$F.model.h5 --golden $F.golden.h5 "
                                        "--subject $(ls -d ./*.so | paste -sd,)", gpt);
        assert_int_equal(o->code, 0);
        for (size_t i = 0; i < N_FUNCTIONS; i++) {
            const char *name = functions[i].function;
            const int own = gpt == 1 ? functions[i].gpt1 : functions[i].gpt2;

            const struct counted local = counts(o->out, name, "local");
            if (local.passed != own || local.failed)
                fail_msg("gpt%d: %s: %d in local mode", gpt, name, local.passed);
            assert_true(counts(o->out, name, "chain").passed > 90);
        }
    }
    assert_refused(check("forward", "--mode local"), "made by forward alone",
                   "--mode chain checks it in its place", NULL);
}

/* Each function is called: one that does nothing leaves all wrong that is its own, and in
 * chain mode something. */
static void each_function_counts(void **state)
{
    (void)state;
    assert_int_equal(shell("mkdir $T/stub; for f in $(cd $T; ls *.so); do f=${f%%.so}; echo "
                           "\"void $f(void); void $f(void) {}\" | ${CC:-cc} -shared -fPIC -x c - "
                           "-o $T/stub/$f.so || exit 1; done")->code, 0);
    const struct outcome *o = shell("F=$PWD/$F/gpt2-a; cd $T/stub; touchstone check --model "
                                    "$F.model.h5 --golden $F.golden.h5 --verbose --subject "
                                    "$(ls -d ./*.so | paste -sd,) | grep '^  [.]/'");
    for (size_t i = 0; i < N_FUNCTIONS; i++) {
        const char *name = functions[i].function;
        const struct counted local = counts(o->out, name, "local");

        if (local.failed != functions[i].gpt2)
            fail_msg("%s: %d of %d fail in local mode", name, local.failed, functions[i].gpt2);
        assert_true(counts(o->out, name, "chain").failed > 0);
    }
}

/* As many as there are in the header. */
static void no_function_is_left_out(void **state)
{
    char names[32];

    (void)state;
    snprintf(names, sizeof names, "%d\n", N_FUNCTIONS);
    assert_says(shell("ls $T/*.so | wc -l"), 0, names, NULL);
}

/* All of them together are the steps: nothing is lent, and a width of its own. */
static void all_functions_in_double(void **state)
{
    (void)state;
    assert_int_equal(shell(COMPILER "printf '#include <stddef.h>\nsize_t touchstone_width(void);"
                           "size_t touchstone_width(void) { return 8; }\n' > $T/width.c; "
                           "mine -DREAL=double $(ls steps/forward.c steps/0[02-57]*/*.c | "
                           "grep -vE '/(main|exercise|lens|score|vectors|circuits|polynomial)[.]c')"
                           " $T/width.c -o $T/all8.so")->code, 0);
    assert_says(check("all8", ""), 0, "\n193 passed, 0 failed, 0 skipped\n", NULL);
    assert_says(shell("touchstone check " MODEL("gpt2-a") "--gradient-check --subject $T/all8.so"),
                0, " 0 failed, 0 skipped\n", NULL);
}

static void several_at_once(void **state)
{
    (void)state;
    assert_says(shell("touchstone check " MODEL("gpt2-a") "--mode local --direction forward "
                      "--subject $T/gelu.so,f64,$T/softmax.so"), 0, "gelu.so", "softmax.so",
                "\n39 passed, 0 failed, 0 skipped\n", NULL);
    assert_says(shell("touchstone check --fixtures $F --only gpt1-b --quiet --subject "
                      "$T/gelu.so,$T/softmax.so"), 0, " 0 failed", NULL);
    assert_says(shell("touchstone run " "--model $F/gpt2-a.model.h5 --input $F/gpt2-a.golden.h5 "
                      "--subject $T/mlp.so -o $T/mlp.h5 && touchstone compare --golden "
                      "$F/gpt2-a.golden.h5 --direction forward $T/mlp.h5"), 0,
                "35 passed, 0 failed, 0 skipped\n", NULL);
}

/* ------------------------------------------------------------------ wrong functions */

static void the_examples(void **state)
{
    (void)state;
    assert_int_equal(shell(COMPILER "for b in 0 1; do mine -DREAL=float -DBIASED=$b "
                           "docs/examples/mine/layernorm.c -o $T/ln$b.so; done")->code, 0);
    assert_says(check("ln0", ""), 0, "local    5 passed", " 0 failed, 0 skipped\n", NULL);
    assert_says(check("ln1", "--mode local"), 1, "first wrong tensor in graph order: h.0/ln_1",
                "\n0 passed, 5 failed, 0 skipped\n", NULL);
    assert_says(check("ln1", "--mode chain"), 1, "first wrong tensor in graph order: h.0/ln_1",
                ", 1 failed, ", NULL);
}

static void the_example_in_fortran(void **state)
{
    (void)state;
    if (shell("command -v gfortran")->code)
        skip();
    assert_int_equal(shell("gfortran -shared -fPIC -O2 -J $T docs/examples/mine/gelu.f90 -o "
                           "$T/fortran.so")->code, 0);
    assert_says(check("fortran", ""), 0, "local    4 passed", " 0 failed, 0 skipped\n", NULL);
}

static void an_example_in_cpp(void **state)
{
    (void)state;
    if (shell("command -v ${CXX:-g++}")->code)
        skip();
    assert_int_equal(shell("printf '#include \"ops.h\"\nvoid add(real *out, const real *a, const "
                           "real *b, size_t n) { for (size_t i = 0; i < n; i++) out[i] = a[i] + "
                           "b[i]; }\n' | ${CXX:-g++} -x c++ -shared -fPIC -Wall -Wextra -Werror "
                           "-DREAL=float -Isteps -Iharness - -o $T/cpp.so")->code, 0);
    assert_says(check("cpp", ""), 0, "local    4 passed", " 0 failed, 0 skipped\n", NULL);
}

/* Wrong numbers are failures as those of any subject, and the others go on. */
static void wrong_numbers(void **state)
{
    static const struct {
        const char *mistake, *pattern;
    } cases[] = {
        {"WRITES_NOTHING", "never written, or added to without having been set"},
        {"ADDS_WITHOUT_ZERO", "never written, or added to without having been set"},
        {"WRITES_HALF", "of 4096 elements never written, or added to"},
        {"IS_NAN", "NaN and 0 infinite, the first at [0, 0, 0]"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(shell(MISTAKES "%s", cases[i].mistake)->code, 0);
        assert_says(check("m", "--mode local"), 1, cases[i].pattern,
                    "first wrong tensor in graph order: h.0/mlp_post", "0 passed, 2 failed", NULL);
        assert_says(check("m", "--mode chain --direction forward"), 1, cases[i].pattern,
                    "first wrong tensor in graph order: h.0/mlp_post", ", 1 failed", NULL);
    }
}

/* What ends a function ends the program in an orderly way. */
static void crashes(void **state)
{
    static const struct {
        const char *mistake, *says;
    } cases[] = {
        {"READS_NOTHING", "memory was read or written where there is none (SIGSEGV)"},
        {"RUNS_DEEP", "memory was read or written where there is none (SIGSEGV)"},
        {"DIVIDES", "a whole number was divided by 0 (SIGFPE)"},
        {"ABORTS", "it gave up, or memory was written that is not its own (SIGABRT)"},
        {"ILLEGAL", "this CPU lacks one of its instructions (SIGILL)"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(shell(MISTAKES "%s", cases[i].mistake)->code, 0);
        assert_refused(check("m", ""), "m.so: gelu crashed at h.0/mlp_post: ",
                       cases[i].says, NULL);
    }
    assert_int_equal(shell(MISTAKES "ENDS")->code, 0);
    assert_refused(check("m", ""),
                   "m.so: gelu called exit at h.0/mlp_post: it must come back instead", NULL);
    assert_int_equal(shell(MISTAKES "NONE -DBACKWARD_MISTAKE=READS_NOTHING")->code, 0);
    assert_refused(check("m", "--direction backward"),
                   "m.so: gelu_backward crashed at h.1/mlp_post: ", NULL);
    assert_int_equal(shell(MISTAKES "NONE -DWIRING_MISTAKE=READS_NOTHING")->code, 0);
    assert_refused(check("m", "--mode chain"), "forward_unembed crashed at step 5", NULL);
    assert_refused(shell("touchstone run --model $F/gpt2-a.model.h5 --tokens 1 --subject $T/m.so "
                         "-o $T/none.h5"), "forward_unembed crashed", NULL);
    assert_int_equal(shell("ls $T/none.h5*")->code, 2);
}

static void writes_behind_the_end(void **state)
{
    (void)state;
    assert_int_equal(shell(MISTAKES "WRITES_BEYOND")->code, 0);
    assert_refused(check("m", "--mode local"), "m.so: writes behind the end of h.0/mlp_post, ",
                   "4096 elements", NULL);
    assert_refused(check("m", "--mode chain"), "m.so: writes behind the end of h.0/mlp_post, ",
                   NULL);
}

static void objects_that_are_none(void **state)
{
    (void)state;
    assert_int_equal(shell(MISTAKES "NONE")->code, 0);
    assert_refused(check("nowhere", ""), "nowhere.so: cannot be loaded", "build it first", NULL);
    assert_int_equal(shell("echo gelu > $T/text.so; head -c 700 $T/m.so > $T/short.so; "
                           "cp $T/m.so $T/machine.so; printf '\\267\\000' | dd of=$T/machine.so "
                           "bs=1 seek=18 conv=notrunc status=none; mkdir $T/dir.so")->code, 0);
    assert_refused(check("text", ""), "text.so: cannot be loaded", "cc -shared -fPIC", NULL);
    assert_refused(check("short", ""), "short.so: ", NULL);
    assert_refused(check("machine", ""), "machine.so: cannot be loaded", NULL);
    assert_refused(check("dir", ""), "dir.so: cannot be loaded", NULL);
    assert_int_equal(shell(COMPILER "echo 'float f(float); float f(float x) { return x; }' > "
                           "$T/f.c; mine $T/f.c -o $T/f.so; echo 'void g(void); void add(void); "
                           "void add(void) { g(); }' > $T/g.c; mine $T/g.c -o $T/g.so")->code, 0);
    assert_refused(check("f", ""), "f.so: exports neither touchstone_subject nor", "ops.h",
                   "linear, layernorm", "forward, backward", NULL);
    assert_refused(check("g", ""), "g.so: cannot be loaded", "undefined symbol: g", "-lm", NULL);
    assert_int_equal(shell(MISTAKES "NONE -DWIDTH=2")->code, 0);
    assert_refused(check("m", ""), "touchstone_width returns 2", "4 or 8 bytes", NULL);
}

/* Steps 01, 06 and 08: each function by its own cases. */
static void functions_with_cases(void **state)
{
    static const struct {
        const char *source, *step, *says;
    } cases[] = {
        {"08_train/clip.c", "08", "clip"},
        {"08_train/adamw.c", "08", "adamw"},
        {"08_train/schedule.c", "08", "schedule"},
        {"06_sample/random.c", "06", "random"},
        {"06_sample/sample.c", "06", "sample"},
        {"01_tokenize/utf8.c", "01", "utf8"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(shell(COMPILER "mine -DREAL=float steps/%s -o $T/c.so",
                               cases[i].source)->code, 0);
        assert_says(shell("touchstone check --fixtures $F --step %s --subject $T/c.so --verbose",
                          cases[i].step), 0, cases[i].says, " 0 failed, 0 skipped\n", NULL);
    }
    assert_refused(shell("touchstone check --fixtures $F --step 06 --subject $T/c.so"),
                   "utf8_read, utf8_write alone\n", NULL);
}

static void selections_without_it(void **state)
{
    (void)state;
    assert_refused(check("gelu", "--mode local --step 03"), "nothing that is selected is made by "
                   "gelu alone", "--mode chain checks it in its place", NULL);
    assert_refused(check("gelu", "--mode local --direction backward"), "gelu alone", NULL);
    assert_string_equal(check("gelu", "--mode local --step 03")->out, "");
    assert_says(check("gelu", "--mode local --step 04"), 0, "\n2 passed, 0 failed", NULL);
    assert_says(check("gelu", "--step 03"), 0, "chain", " 0 failed, 0 skipped\n", NULL);
    assert_refused(shell("06_sample --model $F/gpt2-tiny.model.h5 --prompt x --tokens 1 --subject "
                         "$T/gelu.so"), "gelu.so", NULL);
}

/* ---------------------------------------------------------------------------- times */

static void bench_times_them(void **state)
{
    (void)state;
    assert_int_equal(shell(MISTAKES "ADDS_WITHOUT_ZERO")->code, 0);
    assert_says(shell("touchstone bench --model $F/gpt2-pocket.model.h5 --time 1 --subject "
                      "$T/mlp.so,$T/layernorm_backward.so,$T/attention_mix.so,$T/m.so "
                      "--op mlp_pre,mlp_post,ln_1,scores"), 1,
                "mlp.so: float32, 1 thread, right: 3 tensors", "mlp                0 forward",
                "ln_1               0 backward", "only its ops and the forward pass are timed",
                "attention_mix.so: has nothing of its own among what is asked for",
                "m.so: WRONG, not timed: ", "\n2 timings of 3 subjects", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_function_by_itself),
        cmocka_unit_test(no_function_is_left_out),
        cmocka_unit_test(each_function_counts),
        cmocka_unit_test(all_functions_in_double),
        cmocka_unit_test(several_at_once),
        cmocka_unit_test(the_examples),
        cmocka_unit_test(the_example_in_fortran),
        cmocka_unit_test(an_example_in_cpp),
        cmocka_unit_test(wrong_numbers),
        cmocka_unit_test(crashes),
        cmocka_unit_test(writes_behind_the_end),
        cmocka_unit_test(objects_that_are_none),
        cmocka_unit_test(functions_with_cases),
        cmocka_unit_test(selections_without_it),
        cmocka_unit_test(bench_times_them),
    };
    return cmocka_run_group_tests(tests, compile, finish);
}
