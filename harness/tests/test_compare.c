/* test_compare.c: traces of which only a part is there, traces in other formats, and goldens
 * and models that are larger than what may be in memory. */
#include "tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <zip.h>

#include "die.h"
#include "errors.h"
#include "files/box.h"
#include "files/model_write.h"
#include "files/store.h"

static const struct outcome *compare(const char *trace)
{
    return shell("touchstone compare --golden $F/gpt2-a.golden.h5 %s", trace);
}

static void make_trace(const char *subject)
{
    assert_int_equal(shell("touchstone run --model $F/gpt2-a.model.h5 --input "
                           "$F/gpt2-a.golden.h5 --subject %s -o $T/x.h5", subject)->code, 0);
}

/* ------------------------------------------------------------------- parts of a trace */

struct picking {
    struct store *store;
    const char *kept;  /* a name is kept that ends in one of these words */
    char name[64][96];
    size_t n;
};

static bool ends_in_a_word(const char *name, const char *words)
{
    char copy[512];

    snprintf(copy, sizeof copy, "%s", words);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) {
        const size_t a = strlen(name), b = strlen(word);
        if (a >= b && strcmp(name + a - b, word) == 0)
            return true;
    }
    return false;
}

static void pick(void *context, const char *name)
{
    struct picking *p = context;

    if (!ends_in_a_word(name, p->kept))
        snprintf(p->name[p->n++], sizeof p->name[0], "%s", name);
}

/* Takes all tensors out of x.h5 but those that end in these words. */
static void keep(const char *words)
{
    struct picking p = {.store = store_update(file("x.h5")), .kept = words};

    store_each_dataset(p.store, "forward", pick, &p);
    for (size_t i = 0; i < p.n; i++)
        store_remove(p.store, p.name[i]);
    store_commit(p.store);
}

static void only_logits(void **state)
{
    (void)state;
    make_trace("f64");
    keep("logits");
    assert_says(compare("$T/x.h5"), 0, "seen    1 of 35 tensors",
                "layers 0 and 1, each: none of 15",
                "outside the layers: 1 of 5: logits", "1 passed, 0 failed, 34 skipped\n", NULL);
    damage_file(file("x.h5"), "forward/logits", "scaled");
    assert_says(compare("$T/x.h5"), 1, "first wrong tensor in graph order: logits",
                "nothing that logits is made of was seen to be right",
                "in what makes one of these 34: tok_embed ... logits\n", NULL);
}

static void only_the_stream(void **state)
{
    (void)state;
    make_trace("f64");
    keep("resid_post logits");
    assert_says(compare("$T/x.h5"), 0, "layers 0 and 1, each: 1 of 15: resid_post",
                "3 passed, 0 failed, 32 skipped\n", NULL);
    damage_file(file("x.h5"), "forward/h.1/resid_post", "scaled");
    damage_file(file("x.h5"), "forward/logits", "scaled");
    assert_says(compare("$T/x.h5"), 1, "first wrong tensor in graph order: h.1/resid_post",
                "  right up to h.0/resid_post, wrong at h.1/resid_post; the mistake is in what "
                "makes one of these 15: h.1/resid_pre h.1/ln_1 h.1/q h.1/k h.1/v h.1/scores "
                "h.1/pattern h.1/z h.1/attn_out h.1/resid_mid h.1/ln_2 h.1/mlp_pre h.1/mlp_post "
                "h.1/mlp_out h.1/resid_post\n", "1 passed, 1 failed, 33 skipped\n", NULL);
    keep("resid_post");
    const struct outcome *o = compare("$T/x.h5");
    assert_says(o, 1, "first wrong tensor in graph order: h.1/resid_post", "missing in the trace",
                NULL);
}

/* The mistake is on one of two ways: the other was seen to be right. Steps that the f64
 * subject gets the same from the trace's own inputs are left out. */
static void a_gap_in_the_middle(void **state)
{
    const char *const model = "--model $F/gpt2-a.model.h5 $T/x.h5";

    (void)state;
    make_trace("f64");
    struct store *s = store_update(file("x.h5"));
    store_remove(s, "forward/h.1/attn_out");
    store_remove(s, "forward/h.1/z");
    store_commit(s);
    damage_file(file("x.h5"), "forward/h.1/resid_mid", "scaled");
    assert_says(compare("$T/x.h5"), 1, "first wrong tensor in graph order: h.1/resid_mid",
                "right up to h.1/pattern, wrong at h.1/resid_mid; the mistake is in what makes "
                "one of these 3: h.1/z h.1/attn_out h.1/resid_mid\n", "layer 1: 13 of 15:", NULL);
    make_trace("f64");
    damage_file(file("x.h5"), "forward/h.0/q", "nan");
    s = store_update(file("x.h5"));
    store_remove(s, "forward/h.0/q");
    store_remove(s, "forward/h.1/q");
    store_commit(s);
    damage_file(file("x.h5"), "forward/h.0/scores", "scaled");
    assert_says(compare(model), 1,
                "right up to h.0/k, wrong at h.0/scores; the mistake is in what makes one of "
                "these 2: h.0/q h.0/scores\n", NULL);
}

/* A copy of a golden's gradients as a trace, with only some of them and one wrong. */
static void gradients_in_part(void **state)
{
    (void)state;
    assert_int_equal(shell("cp $F/gpt2-a.golden.h5 $T/x.h5 && chmod u+w $T/x.h5")->code, 0);
    struct store *s = store_update(file("x.h5"));
    store_remove(s, "backward/h.0/scores");
    store_remove(s, "backward/h.1/scores");
    store_commit(s);
    damage_file(file("x.h5"), "backward/h.0/q", "scaled");
    assert_says(compare("$T/x.h5"), 1, "35 of 35 tensors, 32 of 34 gradients at them",
                "first wrong tensor in graph order: backward/h.0/q",
                "right up to backward/h.0/pattern, wrong at backward/h.0/q; the mistake is in what "
                "makes one of these 2: backward/h.0/scores backward/h.0/q\n", NULL);
}

/* --------------------------------------------------------------------- other formats */

/* How a dump is written. */
struct form {
    const char *before;  /* of every name */
    const char *descr;   /* '<f4' or '<f8' */
    bool deflated;
};

struct dumping {
    struct store *store;
    struct form form;
    zip_t *zip;
    FILE *header, *data;
    size_t at;
};

static void shape_list(char *text, const struct stored *what, const char *end)
{
    for (size_t i = 0; i < what->rank; i++)
        text += sprintf(text, "%s%zu", i ? ", " : "", what->dim[i]);
    strcpy(text, what->rank == 1 ? end : "");
}

/* The bytes of a dataset as floats of 4 or 8 bytes, or int64. */
static unsigned char *bytes_of(struct store *s, const char *name, const struct stored *what,
                               size_t width, size_t *size)
{
    unsigned char *bytes = malloc(what->count * 8);

    if (what->kind == STORED_INT)
        store_read_ints(s, name, (long long *)(void *)bytes);
    else
        store_read(s, name, width, bytes);
    *size = what->count * (what->kind == STORED_INT ? 8 : width);
    return bytes;
}

static void add_npy(zip_t *zip, const char *name, const char *descr, const char *order,
                    const char *shape, const void *bytes, size_t size, bool deflated)
{
    char header[128], entry[160];
    unsigned char *all = malloc(128 + size);

    snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }", descr,
             order, shape);
    memset(all, ' ', 128);
    memcpy(all, "\x93NUMPY\1\0\x76\0", 10);
    memcpy(all + 10, header, strlen(header));
    all[127] = '\n';
    memcpy(all + 128, bytes, size);
    snprintf(entry, sizeof entry, "%s.npy", name);
    zip_source_t *source = zip_source_buffer(zip, all, 128 + size, 1);
    const zip_int64_t at = zip_file_add(zip, entry, source, 0);
    assert_true(at >= 0);
    zip_set_file_compression(zip, (zip_uint64_t)at, deflated ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 1);
}

static void dump_to_npz(void *context, const char *name)
{
    const struct dumping *d = context;
    struct stored what;
    char shape[96], full[96];
    size_t size;

    assert_true(store_find(d->store, name, &what));
    unsigned char *bytes = bytes_of(d->store, name, &what, d->form.descr[2] == '4' ? 4 : 8, &size);
    shape_list(shape, &what, ",");
    snprintf(full, sizeof full, "%s%s", d->form.before, name);
    add_npy(d->zip, full, what.kind == STORED_INT ? "<i8" : d->form.descr, "False", shape, bytes,
            size, d->form.deflated);
    free(bytes);
}

static zip_t *new_zip(const char *name)
{
    zip_t *zip = zip_open(file(name), ZIP_CREATE | ZIP_TRUNCATE, NULL);

    assert_non_null(zip);
    return zip;
}

static void write_npz(struct form form)
{
    struct dumping d = {.store = store_open(file("x.h5")), .form = form, .zip = new_zip("x.npz")};

    store_each_dataset(d.store, "/", dump_to_npz, &d);
    assert_int_equal(zip_close(d.zip), 0);
    store_close(d.store);
}

static void dump_to_safetensors(void *context, const char *name)
{
    struct dumping *d = context;
    struct stored what;
    char shape[96];
    size_t size;

    assert_true(store_find(d->store, name, &what));
    unsigned char *bytes = bytes_of(d->store, name, &what, d->form.descr[2] == '4' ? 4 : 8, &size);
    shape_list(shape, &what, "");
    fprintf(d->header, "%s\"%s%s\":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%zu,%zu]}",
            d->at ? "," : "", d->form.before, name,
            what.kind == STORED_INT ? "I64" : d->form.descr[2] == '4' ? "F32" : "F64", shape, d->at,
            d->at + size);
    fwrite(bytes, 1, size, d->data);
    d->at += size;
    free(bytes);
}

/* `metadata` begins the header, e.g. "\"__metadata__\":{}," or "". */
static void write_safetensors(struct form form, const char *metadata)
{
    struct dumping d = {.store = store_open(file("x.h5")), .form = form,
                        .header = fopen(file("header"), "w+"), .data = fopen(file("data"), "w+")};
    unsigned char length[8] = {0};

    fprintf(d.header, "{%s", metadata);
    store_each_dataset(d.store, "/", dump_to_safetensors, &d);
    store_close(d.store);
    fprintf(d.header, "}");
    const long n = ftell(d.header);
    for (int i = 0; i < 8; i++)
        length[i] = (unsigned char)((unsigned long)n >> (8 * i));
    fclose(d.header);
    fclose(d.data);
    FILE *f = fopen(file("length"), "w");
    fwrite(length, 1, sizeof length, f);
    fclose(f);
    assert_int_equal(shell("cat $T/length $T/header $T/data > $T/x.safetensors")->code, 0);
}

static void other_formats_are_read(void **state)
{
    static const struct form forms[] = {
        {"", "<f8", false}, {"", "<f4", true}, {"/", "<f8", true}, {"/", "<f4", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        make_trace(forms[i].descr[2] == '4' ? "scalar" : "f64");
        write_npz(forms[i]);
        assert_says(compare("--model $F/gpt2-a.model.h5 $T/x.npz"), 0, "seen    35 of 35 tensors",
                    "70 passed, 0 failed, 0 skipped\n", NULL);
        write_safetensors(forms[i], i < 2 ? "" : "\"__metadata__\":{\"family\":\"gpt2\"},");
        assert_says(compare("--model $F/gpt2-a.model.h5 $T/x.safetensors"), 0,
                    "70 passed, 0 failed, 0 skipped\n", NULL);
    }
    make_trace("f64");
    damage_file(file("x.h5"), "forward/h.1/q", "scaled");
    write_npz(forms[0]);
    assert_says(compare("$T/x.npz"), 1, "first wrong tensor in graph order: h.1/q", NULL);
    write_safetensors(forms[0], "");
    assert_says(compare("$T/x.safetensors"), 1, "first wrong tensor in graph order: h.1/q", NULL);
}

/* Files with one array, h.0/q, that is not as it should be. */
static void odd_arrays(void **state)
{
    static const double q[1024];
    static const struct {
        const char *name, *descr, *order, *shape;
        size_t size;
        const char *says;  /* refused with these words, or as a verdict: FAIL and */
        bool is_verdict;
    } cases[] = {
        {"forward/h.0/q", "<f8", "True", "2, 4, 16, 8", 8192, "is in Fortran's order", false},
        {"forward/h.0/q", "<f8", "False", "2, 4, 16, 9", 8192, "is cut short", false},
        {"forward/h.0/q", "<f8", "False", "2, 4, 16, 7", 8192, "belong to no element", false},
        {"forward/h.0/q", "<f8", "False", "2, 4, x", 8192, "its header is damaged", false},
        {"forward/h.0/q", ">f8", "False", "2, 4, 16, 8", 8192, "wrong type", true},
        {"forward/h.0/q", "<i8", "False", "2, 4, 16, 8", 8192, "wrong type", true},
        {"forward/h.0/q", "<f8", "False", "4, 2, 16, 8", 8192,
         "wrong shape: the trace has [4, 2, 16, 8]", true},
        {"input/tokens", "<f8", "False", "2, 16", 256, "/input/tokens must hold integers", false},
        {"input/tokens", "<i8", "False", "32,", 256, "must have the shape [batch, tokens]", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        zip_t *zip = new_zip("odd.npz");
        add_npy(zip, cases[i].name, cases[i].descr, cases[i].order, cases[i].shape, q,
                cases[i].size, false);
        assert_int_equal(zip_close(zip), 0);
        const struct outcome *o = shell("touchstone compare --golden $F/gpt2-a.golden.h5 "
                                        "$T/odd.npz 2>$T/err; c=$?; grep -v has.no $T/err >&2; "
                                        "exit $c");
        if (cases[i].is_verdict)
            assert_says(o, 1, "FAIL h.0/q", cases[i].says, NULL);
        else
            assert_refused(o, "/odd.npz", cases[i].says, NULL);
    }
    zip_t *zip = new_zip("odd.npz");
    add_npy(zip, "forward/h.0/q", "<f8", "False", "2, 4, 16, 8", q, 8192, true);
    add_npy(zip, "/forward/h.0/q", "<f8", "False", "2, 4, 16, 8", q, 8192, true);
    assert_int_equal(zip_close(zip), 0);
    assert_refused(compare("$T/odd.npz"), "/odd.npz", "holds forward/h.0/q twice", NULL);
}

/* One byte of a file is another. */
static void flip(const char *path, long at)
{
    FILE *f = fopen(path, "r+b");

    assert_non_null(f);
    fseek(f, at, at < 0 ? SEEK_END : SEEK_SET);
    const int c = fgetc(f);
    fseek(f, at, at < 0 ? SEEK_END : SEEK_SET);
    fputc(c ^ 0x40, f);
    fclose(f);
}

static void damaged_dumps_are_refused(void **state)
{
    (void)state;
    make_trace("f64");
    for (int deflated = 0; deflated < 2; deflated++) {
        write_npz((struct form){"", "<f8", deflated});
        flip(file("x.npz"), 3000);
        assert_refused(compare("$T/x.npz"), "/x.npz", "cannot be read", NULL);
        assert_int_equal(shell("head -c 20000 $T/x.npz > $T/cut.npz")->code, 0);
        assert_refused(compare("$T/cut.npz"), "/cut.npz", "is no sound .npz file", NULL);
    }
    write_safetensors((struct form){"", "<f8", false}, "");
    assert_int_equal(shell("head -c 20000 $T/x.safetensors > $T/cut.safetensors")->code, 0);
    assert_refused(compare("$T/cut.safetensors"), "/cut.safetensors", "is cut short", NULL);
    flip(file("x.safetensors"), 9);
    assert_refused(compare("$T/x.safetensors"), "/x.safetensors", "its header is damaged", NULL);
    write_safetensors((struct form){"", "<f8", false}, "\"__metadata__\":{\"family\":\"gpt1\"},");
    assert_refused(compare("$T/x.safetensors"), "is of the family gpt1", NULL);
    write_safetensors((struct form){"", "<f8", false}, "\"__metadata__\":{\"family\":\"bert\"},");
    assert_refused(compare("$T/x.safetensors"), "its family is neither gpt1 nor gpt2", NULL);
    write_safetensors((struct form){"", "<f8", false}, "\"/forward/loss\":{\"dtype\":\"F64\","
                      "\"shape\":[0],\"data_offsets\":[0,0]},");
    assert_refused(compare("$T/x.safetensors"), "holds forward/loss twice", NULL);
}

/* --------------------------------------------------------------------------- parts */

struct seeing {
    unsigned char *times;
    const struct box *box;
};

static void see_run(void *context, size_t flat, size_t local, size_t count)
{
    const struct seeing *s = context;

    for (size_t i = 0; i < count; i++) {
        assert_int_equal(box_flat(s->box, local + i), flat + i);
        s->times[flat + i]++;
    }
}

/* Boxes of whatever sizes cover an array once. */
static void boxes_cover_an_array(void **state)
{
    static const size_t dim[] = {2, 5, 7, 11};
    static const size_t chunks[][4] = {{1, 1, 1, 1}, {1, 5, 2, 3}, {2, 2, 7, 4}, {9, 9, 9, 99},
                                       {0, 0, 0, 0}};
    unsigned char times[770];

    (void)state;
    for (size_t a = 0; a < 5; a++)
        for (size_t b = 0; b < 5; b++)
            for (size_t most = 1; most < 2000; most = most * 3 + 1) {
                size_t step[4];
                box_step(step, 4, dim, chunks[a], chunks[b], most);
                struct box box = box_first(4, dim, step);
                struct seeing s = {times, &box};
                memset(times, 0, sizeof times);
                do {
                    box_runs(&box, see_run, &s);
                } while (box_next(&box, step));
                for (size_t i = 0; i < sizeof times; i++)
                    assert_int_equal(times[i], 1);
            }
}

static void parts_measure_as_the_whole(void **state)
{
    static const size_t dim[] = {6, 70, 100}, step[] = {4, 30, 100};
    enum { N = 42000 };
    double *got = allocate(N, sizeof *got), *want = allocate(N, sizeof *want);
    double *part[2] = {allocate(N, sizeof **part), allocate(N, sizeof **part)};
    struct measure m = {0};

    (void)state;
    for (int i = 0; i < N; i++) {
        want[i] = (i % 1000 * 919 % 1000) / 1000.0;
        got[i] = want[i] + (i % 1000 * 737 % 997) * 1e-9;
    }
    got[41999] += 1;
    got[17] -= 2;
    struct box box = box_first(3, dim, step);
    do {
        const size_t n = box_elements(&box);
        for (size_t i = 0; i < n; i++) {
            part[0][i] = got[box_flat(&box, i)];
            part[1][i] = want[box_flat(&box, i)];
        }
        measure_add(&m, part[0], part[1], &box);
    } while (box_next(&box, step));
    const struct errors a = measure_end(&m), b = measure_errors(got, want, N);
    assert_int_equal(a.elements, b.elements);
    assert_int_equal(a.zeros, b.zeros);
    assert_true(a.max == b.max && a.peak == b.peak && a.rms / b.rms > 1 - 1e-12 &&
                a.rms / b.rms < 1 + 1e-12);
    assert_memory_equal(a.worst, b.worst, sizeof a.worst);
    assert_int_equal(a.worst[0], 17);
    assert_int_equal(a.worst[1], 41999);
    free(part[0]);
    free(part[1]);
    free(got);
    free(want);
}

static void make_large(const char *wrong)
{
    assert_int_equal(shell("$BUILD/tests/large_golden 1 16 256 2000 1024 $T/large.golden.h5 "
                           "$T/large.h5 %s", wrong)->code, 0);
}

static const struct outcome *compare_large(const char *trace)
{
    return shell("touchstone compare --golden $T/large.golden.h5 %s", trace);
}

/* No command so far has had more than 256 MB. */
static void assert_little_memory(void)
{
#ifndef __SANITIZE_ADDRESS__
    struct rusage use;

    assert_int_equal(getrusage(RUSAGE_CHILDREN, &use), 0);
    if (use.ru_maxrss > 256 * 1024)
        fail_msg("%ld kB were needed", use.ru_maxrss);
#endif
}

/* A golden of 320 MB, of which two tensors have 134 MB each; the program that makes it needs
 * little memory, too. */
static void large_goldens_need_little_memory(void **state)
{
    (void)state;
    make_large("h.0/scores");
    assert_says(compare_large("$T/large.h5"), 1, "FAIL h.0/scores", "1 of 16777216 elements",
                "[0, 15, 1023, 1023]", "pattern: only on the diagonal", "1 failed", NULL);
    assert_little_memory();
}

/* Its weights repeat themselves, so that the file is small. */
static void write_large_model(const char *path, const struct config *cfg)
{
    enum { PERIOD = 1021 };
    struct graph *g = graph_make(cfg, 1, 1);
    const size_t most = 4 * cfg->d_model * cfg->d_model;
    float *numbers = malloc(most * sizeof *numbers);
    float **weight = malloc(g->n_weights * sizeof *weight);
    struct store *s = store_create(path);

    for (size_t i = 0; i < most; i++)
        numbers[i] = 0.05f * ((float)(i % PERIOD * 389 % PERIOD) / PERIOD - 0.5f);
    for (size_t i = 0; i < g->n_weights; i++)
        weight[i] = numbers;
    model_write(s, g, "large", "numbers that repeat themselves", weight, NULL);
    store_commit(s);
    graph_free(g);
    free(numbers);
    free(weight);
}

/* All weights as double would be 300 MB. */
static void large_models_are_run_step_by_step(void **state)
{
    const struct config cfg = {GPT2, 12, 8, 512, 2048, 8, 100, 1e-5};

    (void)state;
    write_large_model(file("deep.model.h5"), &cfg);
    assert_int_equal(shell("touchstone run --model $T/deep.model.h5 --tokens '1 99 7' --subject "
                           "f64 -o $T/deep.golden.h5")->code, 0);
    assert_says(shell("touchstone check --model $T/deep.model.h5 --golden $T/deep.golden.h5 "
                      "--subject f64,scalar"), 0, "f64     local", "scalar  chain",
                "0 failed, 0 skipped", NULL);
    damage_file(file("deep.golden.h5"), "forward/h.11/mlp_pre", "scaled");
    assert_says(shell("touchstone check --model $T/deep.model.h5 --golden $T/deep.golden.h5 "
                      "--subject scalar"), 1, "FAIL h.11/mlp_pre", NULL);
    assert_little_memory();
}

/* A deflated array that is too large to be inflated in memory, beside that golden. */
static void large_arrays_are_inflated_on_disk(void **state)
{
    enum { N = 16 << 20 };
    double *zeros = calloc(N, sizeof *zeros);
    zip_t *zip = new_zip("large.npz");

    (void)state;
    add_npy(zip, "forward/h.0/scores", "<f8", "False", "1, 16, 1024, 1024", zeros,
            N * sizeof *zeros, true);
    free(zeros);
    assert_int_equal(zip_close(zip), 0);
    assert_int_equal(shell("mkdir -p $T/tmp")->code, 0);
    assert_says(shell("TMPDIR=$T/tmp touchstone compare --golden $T/large.golden.h5 "
                      "--tensor scores $T/large.npz"), 1, "FAIL h.0/scores", "every element is 0",
                NULL);
    assert_says(shell("ls -A $T/tmp | wc -l"), 0, "0\n", NULL);
    const struct outcome *o = shell("TMPDIR=$T/none touchstone compare --golden "
                                    "$T/large.golden.h5 --tensor scores $T/large.npz 2>$T/err; "
                                    "c=$?; grep -v has.no $T/err >&2; exit $c");
    assert_refused(o, "/large.npz", "forward/h.0/scores needs a temporary file", "set TMPDIR",
                   NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_logits),
        cmocka_unit_test(only_the_stream),
        cmocka_unit_test(a_gap_in_the_middle),
        cmocka_unit_test(gradients_in_part),
        cmocka_unit_test(other_formats_are_read),
        cmocka_unit_test(odd_arrays),
        cmocka_unit_test(damaged_dumps_are_refused),
        cmocka_unit_test(boxes_cover_an_array),
        cmocka_unit_test(parts_measure_as_the_whole),
        cmocka_unit_test(large_goldens_need_little_memory),
        cmocka_unit_test(large_models_are_run_step_by_step),
        cmocka_unit_test(large_arrays_are_inflated_on_disk),
    };

    return cmocka_run_group_tests_name("compare", tests, begin, finish);
}
