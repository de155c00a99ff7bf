/* test_files.c: files that are damaged, contradictory or by other producers. */
#include "tool.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/store.h"

static const struct outcome *check(void)
{
    return shell("touchstone check --model $T/gpt2-pocket.model.h5 "
                 "--golden $T/gpt2-pocket.golden.h5 --subject f64,scalar --quiet "
                 "--direction forward");
}

/* Fresh copies of the pocket model and its golden, and one of them to change. */
static struct store *change(const char *name)
{
    borrow("gpt2-pocket.model.h5");
    borrow("gpt2-pocket.golden.h5");
    return store_update(file(name));
}

static struct store *change_model(void)
{
    return change("gpt2-pocket.model.h5");
}

static struct store *change_golden(void)
{
    return change("gpt2-pocket.golden.h5");
}

static void whole_files_pass(void **state)
{
    (void)state;
    store_commit(change_model());
    assert_says(check(), 0, "80 passed, 0 failed, 0 skipped\n", NULL);
}

static void a_model_that_contradicts_itself(void **state)
{
    static const struct {
        const char *name, *words;
        long long value;
    } cases[] = {
        {"format_version", "format_version 2 is not known", 2},
        {"n_layer", "/weights/h.1.ln_1.weight is missing", 2},
        {"n_layer", "n_layer is 0", 0},
        {"n_head", "d_model 8 is no multiple of n_head 3", 3},
        {"d_model", "has shape [12, 8], the attributes say [12, 10]", 10},
        {"d_ff", "/weights/h.0.mlp.c_fc.weight has shape", 33},
        {"n_ctx", "/weights/wpe has shape", 9},
        {"n_vocab", "/weights/wte has shape", 13},
        {"n_vocab", "must be between 1 and", 1LL << 60},
        {"d_model", "must be between 1 and", -8},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct store *s = change_model();
        store_set_int(s, "/", cases[i].name, cases[i].value);
        store_commit(s);
        assert_refused(check(), "gpt2-pocket.model.h5", cases[i].words, NULL);
    }
}

static void attributes_of_the_wrong_kind(void **state)
{
    static const struct {
        const char *name, *text, *words;
    } cases[] = {
        {"format", "touchstone-trace", "a touchstone-model file is needed here"},
        {"family", "gpt1", "is no weight of a gpt1 model"},
        {"family", "gpt7", "family `gpt7` is not known"},
        {"n_layer", "one", "no attribute `n_layer`, or it is not an integer"},
        {"ln_eps", "small", "no attribute `ln_eps`, or it is no number"},
        {"format_version", "1", "no attribute `format_version`, or it is not an integer"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct store *s = change_model();
        store_set_string(s, "/", cases[i].name, cases[i].text);
        store_commit(s);
        assert_refused(check(), "gpt2-pocket.model.h5", cases[i].words, NULL);
    }
}

static void weights_that_are_none(void **state)
{
    static const size_t shape[] = {8};
    static const int ints[8];
    double bad[8] = {0};
    struct store *s = change_model();

    (void)state;
    store_remove(s, "weights/ln_f.bias");
    store_commit(s);
    assert_refused(check(), "/weights/ln_f.bias is missing", NULL);
    s = change_model();
    store_write_ints(s, "weights/ln_f.bias", ints, 1, shape);
    store_commit(s);
    assert_refused(check(), "/weights/ln_f.bias does not hold floating-point numbers", NULL);
    s = change_model();
    bad[3] = (double)NAN;
    store_write(s, "weights/ln_f.bias", 8, bad, 1, shape);
    store_commit(s);
    assert_refused(check(), "/weights/ln_f.bias is not finite at element 3", NULL);
    s = change_model();
    store_set_string(s, "/", "format", "something");
    store_write(s, "weights/ln_f.bias", 8, bad, 1, shape);
    store_commit(s);
    assert_refused(check(), "its format is `something`", NULL);
}

static void a_weight_of_gpt2_in_gpt1(void **state)
{
    static const size_t shape[] = {8};
    static const double zero[8];

    (void)state;
    borrow("gpt1-pocket.golden.h5");
    struct store *s = store_update(borrow("gpt1-pocket.model.h5"));
    store_write(s, "weights/mystery", 8, zero, 1, shape);
    store_commit(s);
    const struct outcome *o = shell("touchstone check --model $T/gpt1-pocket.model.h5 --golden "
                                    "$T/gpt1-pocket.golden.h5 --quiet");
    assert_int_equal(o->code, 0);
    assert_non_null(strstr(o->err, "/weights/mystery is not known and not used"));
    s = store_update(file("gpt1-pocket.model.h5"));
    store_set_string(s, "/", "family", "gpt2");
    store_commit(s);
    assert_refused(shell("touchstone check --model $T/gpt1-pocket.model.h5 --golden "
                         "$T/gpt1-pocket.golden.h5"),
                   "/weights/ln_f.weight is missing: does the family gpt2 fit", NULL);
}

/* Puts tokens and targets into the golden. */
static void set_input(size_t B, size_t T, const int *tokens, const int *targets)
{
    const size_t shape[] = {B, T};
    struct store *s = change_golden();

    store_write_ints(s, "input/tokens", tokens, 2, shape);
    store_write_ints(s, "input/targets", targets, 2, shape);
    store_commit(s);
}

static void input_that_cannot_be(void **state)
{
    static const int good[9] = {3, 5, 7, 9}, none[4] = {-1, -1, -1, -1};
    static const int high[4] = {3, 5, 12, 9}, low[4] = {3, 5, -1, 9}, lower[4] = {3, -2, 5, 9};
    struct store *s;
    const size_t shape[] = {2, 2};

    (void)state;
    set_input(1, 4, high, good);
    assert_refused(check(), "token 12 at [0, 2] is out of range: the model has 12", NULL);
    set_input(1, 4, low, good);
    assert_refused(check(), "token -1 at [0, 2] is out of range", NULL);
    set_input(1, 4, good, high);
    assert_refused(check(), "target 12 at [0, 2] is out of range", NULL);
    set_input(1, 4, good, lower);
    assert_refused(check(), "/input/targets holds -2 at [0, 1]", NULL);
    set_input(1, 4, good, none);
    assert_refused(check(), "all targets are -1: the loss is undefined", NULL);
    set_input(1, 9, good, good);
    assert_refused(check(), "9 tokens are more than the model's n_ctx of 8", NULL);
    set_input(1, 5, good, good);
    assert_refused(check(), "/forward/tok_embed has shape [1, 4, 8], the model and the input say "
                   "[1, 5, 8]", NULL);
    set_input(1, 0, good, good);
    assert_refused(check(), "must have the shape [batch, tokens], at least [1, 1]", NULL);
    s = change_golden();
    store_write_ints(s, "input/targets", good, 2, shape);
    store_commit(s);
    assert_refused(check(), "they must be alike", NULL);
    s = change_golden();
    store_remove(s, "input/tokens");
    store_remove(s, "input/targets");
    store_commit(s);
    assert_refused(check(), "has no /input/tokens", NULL);
}

static void a_golden_that_is_none(void **state)
{
    static const size_t shape[] = {1, 4, 8};
    static const int ints[32];
    struct store *s = change_golden();

    (void)state;
    store_set_int(s, "/", "format_version", 7);
    store_commit(s);
    assert_refused(check(), "gpt2-pocket.golden.h5", "format_version 7 is not known", NULL);
    s = change_golden();
    store_set_string(s, "/", "family", "gpt1");
    store_commit(s);
    assert_refused(check(), "is of the family gpt1, the model of gpt2", NULL);
    store_commit(change_golden());
    damage_file(file("gpt2-pocket.golden.h5"), "forward/h.0/z", "nan");
    assert_refused(check(), "/forward/h.0/z is not finite at element 16", NULL);
    s = change_golden();
    store_write_ints(s, "forward/h.0/z", ints, 3, shape);
    store_commit(s);
    assert_refused(check(), "/forward/h.0/z does not hold floating-point numbers", NULL);
}

/* A tensor that the golden does not have is skipped and named; one that is 0
 * throughout, and is not, fails; with none at all nothing was compared. */
static void a_golden_with_gaps(void **state)
{
    struct store *s = change_golden();

    (void)state;
    store_remove(s, "forward/h.0/q");
    store_commit(s);
    assert_says(shell("touchstone check --model $T/gpt2-pocket.model.h5 --golden "
                      "$T/gpt2-pocket.golden.h5 --subject f64,scalar --direction forward"), 0,
                "skipped: the golden has no such tensor: h.0/q",
                "skipped: the golden lacks its input h.0/q: h.0/scores",
                "74 passed, 0 failed, 6 skipped\n", NULL);
    store_commit(change_golden());
    damage_file(file("gpt2-pocket.golden.h5"), "forward/h.0/z", "zeros");
    assert_says(shell("touchstone check --model $T/gpt2-pocket.model.h5 --golden "
                      "$T/gpt2-pocket.golden.h5 --mode chain --subject f64"), 1,
                "FAIL h.0/z", "the golden is 0 throughout", NULL);
    s = change_golden();
    store_remove(s, "forward");
    store_commit(s);
    assert_says(check(), 1, "nothing was compared", "0 passed, 1 failed, 80 skipped\n", NULL);
}

/* Without f32_ attributes (replacing a dataset drops them) the yardsticks are
 * worked out, with a model, or estimated: the subjects pass and mistakes fail. */
static void a_golden_without_f32_attributes(void **state)
{
    (void)state;
    borrow("gpt2-a.model.h5");
    borrow("gpt2-a.golden.h5");
    assert_int_equal(shell("touchstone check --model $T/gpt2-a.model.h5 --golden "
                           "$T/gpt2-a.golden.h5 --tsv $T/names.tsv --quiet --subject f64 "
                           "--direction forward "
                           "--mode chain")->code, 0);
    shell("cut -f5 $T/names.tsv | tail -n +2 > $T/names");
    FILE *names = fopen(file("names"), "r");
    char name[64], path[80];
    while (fscanf(names, "%63s", name) == 1 && strcmp(name, "loss") != 0) {
        snprintf(path, sizeof path, "forward/%s", name);
        damage_file(file("gpt2-a.golden.h5"), path, "none");
    }
    fclose(names);
    assert_says(shell("touchstone check --model $T/gpt2-a.model.h5 --golden $T/gpt2-a.golden.h5 "
                      "--subject f64,scalar --direction forward"),
                0, "140 passed, 0 failed, 0 skipped\n", NULL);
    for (int i = 0; i < 2; i++) {
        shell("touchstone run --model $T/gpt2-a.model.h5 --input $T/gpt2-a.golden.h5 "
              "--subject %s -o $T/x.h5", i ? "scalar" : "f64");
        assert_says(shell("touchstone compare --golden $T/gpt2-a.golden.h5 $T/x.h5"), 0,
                    "35 passed, 0 failed, 0 skipped\n", NULL);
        damage_file(file("x.h5"), "forward/h.1/ln_2", "scaled");
        assert_says(shell("touchstone compare --golden $T/gpt2-a.golden.h5 $T/x.h5"), 1,
                    "first wrong tensor in graph order: h.1/ln_2", "estimated", NULL);
    }
}

static void files_that_cannot_be_read(void **state)
{
    static const struct {
        const char *make, *words;
    } cases[] = {
        {"rm $T/x", "cannot be read: No such file"},
        {": > $T/x", "is not an HDF5 file"},
        {"head -c 5000 /dev/zero > $T/x", "is not an HDF5 file"},
        {"cat README.md > $T/x", "is not an HDF5 file"},
        {"head -c 200 $F/gpt2-a.golden.h5 > $T/x", "is damaged or cut short"},
        {"head -c 60000 $F/gpt2-a.golden.h5 > $T/x", "is damaged or cut short"},
        {"head -c 30000 $F/gpt2-pocket.golden.h5 > $T/x", "is damaged or cut short"},
        {"rm $T/x; mkdir $T/x", "is a folder"},
    };

    (void)state;
    shell("touch $T/x");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shell("%s", cases[i].make);
        assert_refused(shell("touchstone check --model $F/gpt2-a.model.h5 --golden $T/x"), "/x",
                       cases[i].words, NULL);
        assert_refused(shell("touchstone check --model $T/x --golden $F/gpt2-a.golden.h5"), "/x",
                       cases[i].words, NULL);
        assert_refused(shell("touchstone compare --golden $F/gpt2-a.golden.h5 $T/x"), "/x",
                       cases[i].words, NULL);
        assert_refused(shell("touchstone inspect $T/x"), "/x", cases[i].words, NULL);
        assert_refused(shell("04_mlp --model $F/gpt2-a.model.h5 --trace $T/x"), "/x",
                       cases[i].words, NULL);
        shell("[ -d $T/x ] || touch $T/x");
    }
    shell("rmdir $T/x");
}

static void flip_bit(const char *path, long at, int bit)
{
    FILE *f = fopen(path, "r+b");
    int c;

    assert_non_null(f);
    fseek(f, at, SEEK_SET);
    c = fgetc(f);
    fseek(f, at, SEEK_SET);
    fputc(c ^ 1 << bit, f);
    fclose(f);
}

static long size_of(const char *path)
{
    FILE *f = fopen(path, "rb");
    long size;

    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    size = ftell(f);
    fclose(f);
    return size;
}

/* In the data of a tensor: the checksum does not hold, inspect says which tensor it
 * is, and what reads that tensor refuses the file. */
static void a_flipped_bit_in_the_data(void **state)
{
    const char *path = borrow("gpt2-a.golden.h5");
    const long size = size_of(path);
    int damaged = 0, refused = 0;

    (void)state;
    for (int i = 1; i < 40; i++) {
        flip_bit(path, size * i / 40, 3);
        const struct outcome *o = shell("touchstone inspect %s 2>&1 | grep DAMAGED", path);
        damaged += o->code == 0;
        if (strstr(o->out, " forward/")) {
            assert_refused(shell("touchstone check --model $F/gpt2-a.model.h5 --golden %s "
                                 "--subject f64", path), "is damaged (its checksum", NULL);
            refused++;
        }
        flip_bit(path, size * i / 40, 3);
    }
    assert_in_range(damaged, 15, 39);  /* the rest lies in room that holds no data */
    assert_in_range(refused, 5, damaged);
}

/* On damaged metadata the library itself reads and copies what it must not: a
 * sanitizer would stop the program there, for a fault that is not ours. */
static void skip_under_sanitizers(void)
{
    if (getenv("SANITIZED"))
        skip();
}

/* Wherever one bit is flipped, in files with and without checksums on metadata:
 * a verdict or one line, never a crash and never for ever. */
static void a_flipped_bit_anywhere(void **state)
{
    static const char *const names[] = {"gpt2-pocket", "gpt1-a"};
    unsigned random = 12345;

    (void)state;
    skip_under_sanitizers();
    for (int i = 0; i < 300; i++) {
        const char *name = names[i % 2];
        char model[64], golden[64];

        snprintf(model, sizeof model, "%s.model.h5", name);
        snprintf(golden, sizeof golden, "%s.golden.h5", name);
        const char *m = borrow(model), *g = borrow(golden), *path = i % 4 < 2 ? m : g;
        random = random * 1664525u + 1013904223u;
        const long room = i % 3 ? size_of(path) : 4096;
        flip_bit(path, (long)(random >> 8) % room, (int)(random >> 3) % 8);
        const struct outcome *o = shell("touchstone check --model %s --golden %s --quiet "
                                        "--subject f64", m, g);
        if (o->code == 2)
            assert_refused(o, NULL);
        else if (o->code != 0 && o->code != 1)
            fail_msg("flip %d in %s: exit code %d", i, path, o->code);
    }
}

/* This bit crashes HDF5 1.10.8, the library alone. */
static void a_bit_that_crashes_the_library(void **state)
{
    (void)state;
    skip_under_sanitizers();
    const char *path = borrow("gpt2-a.model.h5");
    flip_bit(path, 2131, 6);
    const struct outcome *o = shell("touchstone inspect %s", path);
    assert_refused(o, "gpt2-a.model.h5", NULL);
}

static void files_by_other_producers(void **state)
{
    (void)state;
    assert_says(shell("touchstone check --fixtures $F/foreign"), 0, " 0 failed", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_files_pass),
        cmocka_unit_test(a_model_that_contradicts_itself),
        cmocka_unit_test(attributes_of_the_wrong_kind),
        cmocka_unit_test(weights_that_are_none),
        cmocka_unit_test(a_weight_of_gpt2_in_gpt1),
        cmocka_unit_test(input_that_cannot_be),
        cmocka_unit_test(a_golden_that_is_none),
        cmocka_unit_test(a_golden_with_gaps),
        cmocka_unit_test(a_golden_without_f32_attributes),
        cmocka_unit_test(files_that_cannot_be_read),
        cmocka_unit_test(a_flipped_bit_in_the_data),
        cmocka_unit_test(a_flipped_bit_anywhere),
        cmocka_unit_test(a_bit_that_crashes_the_library),
        cmocka_unit_test(files_by_other_producers),
    };

    return cmocka_run_group_tests_name("files", tests, begin, finish);
}
