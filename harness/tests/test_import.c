/* test_import.c: published models, whole and damaged, become model files or one line. */
#include "tool.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "files/model.h"
#include "files/numbers.h"
#include "files/store.h"

/* ------------------------------------------------------------------------ numbers */

static float decode(enum number kind, unsigned bits)
{
    const unsigned char bytes[] = {bits & 0xFF, bits >> 8 & 0xFF};
    float x;

    numbers_decode(&x, bytes, kind, 1);
    return x;
}

/* All 65536 of a format, by the definition of its bits: IEEE 754-2008, section 3.4. */
static void every_half(void **state)
{
    static const struct {
        enum number kind;
        unsigned fraction;  /* bits */
        int bias;
    } formats[] = {{NUMBER_F16, 10, 15}, {NUMBER_BF16, 7, 127}};

    (void)state;
    for (size_t f = 0; f < 2; f++)
        for (unsigned bits = 0; bits < 0x10000; bits++) {
            const unsigned n = formats[f].fraction, low = bits & ((1U << n) - 1);
            const unsigned top = (1U << (15 - n)) - 1, exponent = bits >> n & top;
            const double sign = bits >> 15 ? -1 : 1;
            const double want =
                exponent == top ? (low ? (double)NAN : sign * (double)INFINITY)
                : exponent ? sign * ldexp((double)(low | 1U << n),
                                          (int)exponent - formats[f].bias - (int)n)
                           : sign * ldexp((double)low, 1 - formats[f].bias - (int)n);
            const double got = (double)decode(formats[f].kind, bits);
            if (isnan(want) ? !isnan(got) : got != want || !signbit(got) != !signbit(want))
                fail_msg("format %zu, bits %04x: %g instead of %g", f, bits, got, want);
        }
}

static void wide_numbers(void **state)
{
    static const unsigned char f32[] = {0x00, 0x00, 0x80, 0x3F, 0x01, 0, 0, 0x80};
    static const unsigned char f64[] = {0, 0, 0, 0, 0, 0, 0xF0, 0x3F,      /* 1 */
                                        0, 0, 0, 0x10, 0, 0, 0xF0, 0x3F,   /* 1 + 2^-24 */
                                        1, 0, 0, 0x10, 0, 0, 0xF0, 0x3F,   /* and 2^-52 */
                                        0, 0, 0, 0, 0, 0, 0xF0, 0x7E};     /* 2^1008 - ... */
    float x[4];

    (void)state;
    numbers_decode(x, f32, NUMBER_F32, 2);
    assert_true(x[0] == 1.0F && x[1] == -0x1p-149F);
    numbers_decode(x, f64, NUMBER_F64, 4);
    assert_true(x[0] == 1.0F && x[1] == 1.0F && x[2] == 1.0F + 0x1p-23F && isinf(x[3]));
}

/* --------------------------------------------------------------------------- rows */

static void rows_of_a_dataset(void **state)
{
    static const size_t dim[] = {1000, 7, 101};
    const size_t row = 7 * 101;
    float *x = allocate(1000 * row, sizeof *x), *y = allocate(1000 * row, sizeof *y);
    struct store *s = store_create(file("rows.h5"));

    (void)state;
    for (size_t i = 0; i < 1000 * row; i++)
        x[i] = (float)i;
    const size_t chunk = store_create_dataset(s, "a/b", 4, 3, dim);
    assert_true(chunk > 0 && chunk < 1000);
    for (size_t first = 0, n; first < 1000; first += n) {
        n = first < 500 ? 7 : chunk;  /* any number of rows, not only whole chunks */
        n = n < 1000 - first ? n : 1000 - first;
        store_write_rows(s, "a/b", 4, x + first * row, first, n);
    }
    store_commit(s);
    s = store_open(file("rows.h5"));
    store_read(s, "a/b", 4, y);
    assert_memory_equal(x, y, 1000 * row * sizeof *x);
    assert_true(store_try_read_rows(s, "a/b", 4, y, 333, 100));
    assert_memory_equal(x + 333 * row, y, 100 * row * sizeof *x);
    store_close(s);
    free(x);
    free(y);
}

/* --------------------------------------------------------------- what is published */

/* A fresh copy of a published model, to change, in $T/m. */
static void take(const char *published)
{
    const struct outcome *o = shell("rm -rf $T/m $T/out* && cp -r $F/published/%s $T/m && "
                                    "chmod -R u+w $T/m", published);
    assert_int_equal(o->code, 0);
}

static const struct outcome *import_with(const char *options)
{
    return shell("touchstone import $T/m -o $T/out.h5 %s", options);
}

/* Refused, and nothing is left behind. */
static void assert_no_model(const struct outcome *o, const char *words)
{
    assert_refused(o, words, NULL);
    if (shell("ls $T | grep ^out")->code == 0)
        fail_msg("a file is left after: %s", words);
}

/* Whether x is the number nearest to w that has so few bits of fraction. */
static bool is_rounded(float x, float w, int fraction)
{
    int exponent;

    frexp((double)w, &exponent);
    const double unit = ldexp(1, exponent - 1 - fraction);  /* of the last bit */
    return fmod((double)x, unit) == 0 && fabs((double)(x - w)) <= unit / 2;
}

/* The imported weights are those of the fixture: bit for bit where fraction is 0, else
 * rounded to so many bits. */
static void compare_weights(const char *fixture, int fraction)
{
    char path[128];

    snprintf(path, sizeof path, "fixtures/%s.model.h5", fixture);
    struct model *want = model_open(path), *got = model_open(file("out.h5"));
    struct graph *g = graph_make(&want->cfg, 1, 1);

    assert_true(want->cfg.family == got->cfg.family && want->cfg.n_head == got->cfg.n_head &&
                want->cfg.ln_eps == got->cfg.ln_eps);  /* the others follow from shapes */
    for (size_t i = 0; i < g->n_weights; i++) {
        float *w = model_weight(want, &g->weight[i], 4), *x = model_weight(got, &g->weight[i], 4);
        for (size_t k = 0; k < g->weight[i].count; k++)
            if (fraction ? !is_rounded(x[k], w[k], fraction) : memcmp(&x[k], &w[k], 4) != 0)
                fail_msg("%s, %s, %zu: %.9g instead of %.9g", fixture, g->weight[i].name, k,
                         (double)x[k], (double)w[k]);
        free(w);
        free(x);
    }
    graph_free(g);
    model_close(want);
    model_close(got);
}

static void weights_come_back(void **state)
{
    static const struct {
        const char *published, *options, *fixture;
        int fraction;
    } cases[] = {
        {"gpt2-pocket", "", "gpt2-pocket", 0},
        {"gpt2-wide-f16", "", "gpt2-wide", 10},
        {"gpt2-batch3-bf16", "", "gpt2-batch3", 7},
        {"gpt1-pocket", "", "gpt1-pocket", 0},
        {"gpt1-pocket-pieces", "--heads 2", "gpt1-pocket", 0},
        {"gpt1-batch3-pieces", "--heads 2", "gpt1-batch3", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        take(cases[i].published);
        assert_says(import_with(cases[i].options), 0, " weights, ", NULL);
        compare_weights(cases[i].fixture, cases[i].fraction);
        if (cases[i].fraction)
            continue;
        assert_says(shell("touchstone check --quiet --model $T/out.h5 --golden $F/%s.golden.h5",
                          cases[i].fixture), 0, " 0 failed, 0 skipped", NULL);
    }
}

/* The tokenizer is the fixture's, byte for byte. */
static void texts_come_back(void **state)
{
    static const char *const published[] = {"gpt2-pocket", "gpt1-pocket", "gpt1-pocket-pieces"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        take(published[i]);
        assert_int_equal(import_with(i == 2 ? "--heads 2" : "")->code, 0);
        assert_int_equal(shell("for m in $T/out.h5 $F/%.11s.model.h5; do printf 'Hello World!' | "
                               "01_tokenize --show --model $m; done > $T/shown; n=$(wc -l < "
                               "$T/shown); head -$((n / 2)) $T/shown > $T/a; tail -$((n / 2)) "
                               "$T/shown > $T/b; test $n -gt 4 && cmp $T/a $T/b",
                               published[i])->code, 0);
        assert_says(shell("touchstone inspect $T/out.h5"), 0, "tokenizer/merges_offsets",
                    "0 damaged", NULL);
    }
}

static void what_it_says(void **state)
{
    (void)state;
    take("gpt2-wide-f16");
    const struct outcome *o = import_with("--name wide");
    assert_says(o, 0, "out.h5: wide, gpt2, L=2 C=18 H=2 F=46 V=41, 15 positions\n",
                "28 weights, 7364 numbers, were F16 in safetensors; passed over: 5\n",
                "no tokenizer\n", NULL);
    assert_non_null(strstr(o->err, "/m/vocab.json: is missing: the model has no tokenizer"));
    assert_says(shell("touchstone inspect $T/out.h5"), 0,
                "imported: model.safetensors, F16 in safetensors", NULL);
    take("gpt2-pocket");
    assert_string_equal(import_with("--quiet")->out, "");
    assert_says(shell("touchstone inspect $T/out.h5"), 0, "  name             m\n", NULL);
    take("gpt1-pocket-pieces");
    assert_says(import_with("--heads 2"), 0, "out.h5: gpt1, gpt1, L=1", "in 10 pieces", NULL);
}

static void other_ways_to_name_it(void **state)
{
    static const char *const commands[] = {
        "touchstone import $T/m/ -o $T/out.h5",
        "cd $T/m && touchstone import . -o $T/out.h5",
        "cd $T/m && touchstone import model.safetensors -o $T/out.h5",
        "touchstone import $T/m/model.safetensors -o $T/out.h5 --family gpt2",
        ("mkdir $T/out.d && mv $T/m/*.json $T/m/*.txt $T/out.d && touchstone import $T/m -o "
         "$T/out.h5 --config $T/out.d/config.json --vocab $T/out.d/vocab.json "
         "--merges=$T/out.d/merges.txt"),
        ("sed -i '/model_type/d' $T/m/config.json && touchstone import $T/m --family gpt2 -o "
         "$T/out.h5"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        take("gpt2-pocket");
        assert_says(shell("PATH=$PWD/${BUILD:-build}:$PATH; %s", commands[i]), 0,
                    "12 tokens, 9 merges\n", NULL);
        compare_weights("gpt2-pocket", 0);
    }
    take("gpt2-batch3-bf16");
    assert_says(shell("touchstone import $T/m/model.safetensors.index.json -o $T/out.h5"), 0,
                "28 weights", NULL);
    take("gpt1-pocket-pieces");
    assert_says(shell("touchstone import $T/m/params_7.npy -o $T/out.h5 --heads 2 --family gpt1"),
                0, "14 weights", NULL);
}

enum { LARGE_V = 80000, LARGE_C = 16 };

/* Adds a tensor of bfloat16 to a header; returns where the next one begins. */
static size_t add_tensor(char *header, size_t size, const char *name, const char *shape,
                         size_t elements, size_t at)
{
    const size_t used = strlen(header);

    snprintf(header + used, size - used,
             "%c\"%s\":{\"dtype\":\"BF16\",\"shape\":[%s],\"data_offsets\":[%zu,%zu]}",
             used ? ',' : '{', name, shape, at, at + 2 * elements);
    return at + 2 * elements;
}

/* Any finite bfloat16. */
static unsigned large_bits(size_t i)
{
    return (unsigned)((i & 0xFF) | (i >> 8) % 127 << 8);
}

/* A model of one layer whose wte has many rows; all else is 0. Returns the length of the
 * header. */
static size_t write_large(void)
{
    static const struct {
        const char *name, *shape;
        size_t elements;
    } rest[] = {
        {"wpe.weight", "3,16", 48}, {"ln_f.weight", "16", 16}, {"ln_f.bias", "16", 16},
        {"h.0.ln_1.weight", "16", 16}, {"h.0.ln_1.bias", "16", 16},
        {"h.0.ln_2.weight", "16", 16}, {"h.0.ln_2.bias", "16", 16},
        {"h.0.attn.c_attn.weight", "16,48", 768}, {"h.0.attn.c_attn.bias", "48", 48},
        {"h.0.attn.c_proj.weight", "16,16", 256}, {"h.0.attn.c_proj.bias", "16", 16},
        {"h.0.mlp.c_fc.weight", "16,64", 1024}, {"h.0.mlp.c_fc.bias", "64", 64},
        {"h.0.mlp.c_proj.weight", "64,16", 1024}, {"h.0.mlp.c_proj.bias", "16", 16},
    };
    char header[4096] = "";
    size_t at = add_tensor(header, sizeof header, "wte.weight", "80000,16", LARGE_V * LARGE_C, 0);

    for (size_t i = 0; i < sizeof rest / sizeof rest[0]; i++)
        at = add_tensor(header, sizeof header, rest[i].name, rest[i].shape, rest[i].elements, at);
    strcat(header, "}");
    FILE *f = fopen(file("m/model.safetensors"), "wb");
    for (size_t i = 0; i < 8; i++)
        fputc((int)(strlen(header) >> 8 * i & 0xFF), f);
    fputs(header, f);
    for (size_t i = 0; i < at / 2; i++) {
        const unsigned bits = i < LARGE_V * LARGE_C ? large_bits(i) : 0;
        fputc((int)(bits & 0xFF), f);
        fputc((int)(bits >> 8), f);
    }
    fclose(f);
    return strlen(header);
}

/* Larger than one block, and than one chunk of a file: read and written in parts. */
static void a_large_tensor(void **state)
{
    const size_t count = (size_t)LARGE_V * LARGE_C;

    (void)state;
    assert_int_equal(shell("rm -rf $T/m; mkdir $T/m; echo '{\"model_type\":\"gpt2\",\"n_layer\":1,"
                           "\"n_head\":2,\"n_embd\":16,\"n_positions\":3,\"vocab_size\":80000}' > "
                           "$T/m/config.json")->code, 0);
    const size_t header = write_large();
    assert_int_equal(import_with("")->code, 0);
    struct store *s = store_open(file("out.h5"));
    float *x = allocate(count, sizeof *x);
    store_read(s, "weights/wte", 4, x);
    for (size_t i = 0; i < count; i++)
        if (x[i] != decode(NUMBER_BF16, large_bits(i)))
            fail_msg("element %zu is %g", i, (double)x[i]);
    store_close(s);
    free(x);

    FILE *f = fopen(file("m/model.safetensors"), "r+b");
    fseek(f, (long)(8 + header + 2 * 1234567), SEEK_SET);
    fputs("\xC0\x7F", f);  /* not a number */
    fclose(f);
    assert_int_equal(shell("rm -f $T/out*")->code, 0);
    assert_no_model(import_with(""), "m/model.safetensors: wte is not finite at element 1234567:");
}

/* ------------------------------------------------------------------ what is missing */

/* A command on the folder, and what the import then says. */
struct spoiling {
    const char *published, *command, *words, *options;
};

static void refuse_all(const struct spoiling *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        take(cases[i].published);
        if (shell("cd $T/m && %s", cases[i].command)->code != 0)
            fail_msg("this did not work: %s", cases[i].command);
        assert_no_model(import_with(cases[i].options ? cases[i].options : ""), cases[i].words);
    }
}

static void files_that_are_missing(void **state)
{
    static const struct spoiling cases[] = {
        {"gpt2-pocket", "rm config.json", "/m/config.json: is missing: it has the sizes", NULL},
        {"gpt2-pocket", "rm model.safetensors", "/m: holds no model.safetensors (Hugg", NULL},
        {"gpt2-pocket", "mv model.safetensors pytorch_model.bin",
         "pytorch_model.bin is a program that Python runs: get the safetensors file", NULL},
        {"gpt2-batch3-bf16", "rm model-00002-of-00002.safetensors",
         "model-00002-of-00002.safetensors: cannot be read: No such file", NULL},
        {"gpt1-pocket-pieces", "rm params_4.npy", "params_4.npy: is missing: all of", "--heads 2"},
        {"gpt1-pocket-pieces", "rm params_shapes.json", "params_shapes.json: is missing", NULL},
        {"gpt1-pocket-pieces", "touch model.safetensors", "name one of the two files", NULL},
        {"gpt1-pocket-pieces", "true", "says nothing of heads", NULL},
        {"gpt2-pocket", "mkdir no && mv model.safetensors no/", "holds no model.safetensors", NULL},
        {"gpt2-pocket", "rm config.json && mkdir config.json", "is no ordinary file", NULL},
        {"gpt2-pocket", "ln -sf nowhere config.json", "config.json: is missing", NULL},
    };
    static const char *const warned[][3] = {
        {"gpt2-pocket", "vocab.json", ""}, {"gpt2-pocket", "merges.txt", ""},
        {"gpt1-pocket-pieces", "encoder_bpe_40000.json", "--heads 2"},
        {"gpt1-pocket-pieces", "vocab_40000.bpe", "--heads 2"},
    };

    (void)state;
    refuse_all(cases, sizeof cases / sizeof cases[0]);
    for (size_t i = 0; i < sizeof warned / sizeof warned[0]; i++) {
        take(warned[i][0]);
        assert_int_equal(shell("rm $T/m/%s", warned[i][1])->code, 0);
        const struct outcome *o = import_with(warned[i][2]);
        assert_says(o, 0, "no tokenizer\n", NULL);
        assert_non_null(strstr(o->err, warned[i][1]));
    }
}

static void options_that_are_wrong(void **state)
{
    static const struct spoiling cases[] = {
        {"gpt2-pocket", "true", "model_type is `gpt2`, --family says another", "--family gpt1"},
        {"gpt2-pocket", "true", "--family gpt3: is not known", "--family gpt3"},
        {"gpt2-pocket", "true", "--heads: config.json says", "--heads 2"},
        {"gpt2-pocket", "true", "no/such: cannot be read", "--config no/such"},
        {"gpt2-pocket", "true", "no/such: cannot be read", "--vocab no/such"},
        {"gpt2-pocket", "true", "--name: has control characters", "--name \"$(printf 'a\\033b')\""},
        {"gpt2-pocket", "true", "--name: is longer than 127 bytes", "--name $(seq -s. 99)"},
        {"gpt2-pocket", "true", "one folder or file at a time", "more"},
        {"gpt2-pocket", "true", "unknown option --model", "--model x"},
        {"gpt2-pocket", "true", "is one of the files that are read", "-o $T/m/merges.txt"},
        {"gpt2-pocket", "true", "is one of the files that are read", "-o $T/m/config.json"},
        {"gpt2-pocket", "true", "is one of the files that are read", "-o $T/m/model.safetensors"},
        {"gpt2-pocket", "true", "no/out.h5: cannot be written", "-o no/out.h5"},
        {"gpt2-pocket", "true", "is a folder, name a file in it", "-o $T/m"},
        {"gpt1-pocket-pieces", "true", "width 8 is no multiple of it", "--heads 3"},
        {"gpt1-pocket-pieces", "true", "not a whole number from 1 to", "--heads 0"},
        {"gpt1-pocket-pieces", "true", "are GPT-1 and have no config.json", "--family gpt2"},
        {"gpt1-pocket-pieces", "true", "are GPT-1 and have no config.json", "--config x"},
    };

    (void)state;
    refuse_all(cases, sizeof cases / sizeof cases[0]);
    assert_refused(shell("touchstone import"), "name a folder or file", NULL);
    assert_refused(shell("touchstone import $T/m"), "import needs -o MODEL", NULL);
    assert_refused(shell("touchstone import $T/nothing -o $T/out.h5"), "/nothing: there is no such "
                   "folder or file", NULL);
    assert_refused(shell("touchstone import README.md -o $T/out.h5"), "README.md: is no file of "
                   "weights", NULL);
    assert_int_equal(shell("mkdir $T/empty && cp $F/published/gpt1-pocket-pieces/params_0.npy "
                           "$T/empty")->code, 0);
    assert_refused(shell("touchstone import $T/empty/params_0.npy -o $T/out.h5"),
                   "/empty/params_shapes.json: is missing", NULL);
    take("gpt1-batch3-pieces");
    assert_no_model(shell("ulimit -f 4; touchstone import $T/m -o $T/out.h5 --heads 2"),
                    "is the disk full?");
    take("gpt2-pocket");
    assert_refused(shell("mv $T/m \"$T/$(printf 'tab\\tb')\" && touchstone import $T/tab* -o "
                         "$T/out.h5"), "the folder: has control characters: give a --name", NULL);
}

/* ------------------------------------------------------------------- what contradicts */

static void configs_that_contradict(void **state)
{
#define CONFIG(from, to) "sed -i 's/" from "/" to "/' config.json"
    static const struct spoiling cases[] = {
        {"gpt2-pocket", CONFIG("\"n_embd\": 8", "\"n_embd\": 10"),
         "wte.weight has shape [12, 8], config.json says [12, 10]", NULL},
        {"gpt2-pocket", CONFIG("\"n_head\": 2", "\"n_head\": 3"), "no multiple of n_head 3", NULL},
        {"gpt2-pocket", CONFIG("\"n_layer\": 1", "\"n_layer\": 2"),
         "model.safetensors: h.1.ln_1.weight is missing, and 11 more", NULL},
        {"gpt2-batch3-bf16", CONFIG("\"n_layer\": 2", "\"n_layer\": 1"),
         "holds h.1.attn.c_attn.bias, config.json has n_layer 1", NULL},
        {"gpt2-pocket", CONFIG("\"n_positions\": 8", "\"n_positions\": 9"),
         "wpe.weight has shape [8, 8], config.json says [9, 8]", NULL},
        {"gpt1-pocket", CONFIG("\"n_ctx\": 8", "\"n_ctx\": 9"),
         "n_ctx is 9 and n_positions 8", NULL},
        {"gpt2-pocket", CONFIG("\"vocab_size\": 12", "\"vocab_size\": 13"),
         "wte.weight has shape [12, 8], config.json says [13, 8]", NULL},
        {"gpt2-wide-f16", CONFIG("\"n_inner\": 46", "\"n_inner\": null"),
         "mlp.c_fc.weight has shape [18, 46], config.json says [18, 72]", NULL},
        {"gpt2-pocket", CONFIG("gelu_new", "gelu"), "activation_function is `gelu`, only", NULL},
        {"gpt1-pocket", CONFIG("\"gelu\"", "\"relu\""), "afn is `relu`, only GELU", NULL},
        {"gpt2-pocket", CONFIG("\"gelu_new\"", "7"), "activation_function is no text", NULL},
        {"gpt2-pocket", CONFIG("1e-05", "2"), "layer_norm_epsilon is no number of at", NULL},
        {"gpt2-pocket", CONFIG("1e-05", "\"1e-5\""), "layer_norm_epsilon is no number", NULL},
        {"gpt2-pocket", CONFIG("scale_attn_weights\": true", "scale_attn_weights\": false"),
         "scale_attn_weights is not true: that is another model", NULL},
        {"gpt2-pocket", CONFIG("tie_word_embeddings\": true", "tie_word_embeddings\": false"),
         "tie_word_embeddings is not true", NULL},
        {"gpt2-pocket", CONFIG("scale_attn_weights", "add_cross_attention"),
         "add_cross_attention is not false", NULL},
        {"gpt2-pocket", CONFIG("\"gpt2\"", "\"gptj\""), "model_type is `gptj`, only gpt2", NULL},
        {"gpt2-pocket", CONFIG("\"gpt2\"", "\"openai-gpt\""), "ln_f.", NULL},
        {"gpt1-pocket", CONFIG("\"openai-gpt\"", "\"gpt2\""),
         "positions_embed.weight is no weight of a gpt2 model", NULL},
        {"gpt2-pocket", CONFIG("model_type", "model_tipe"), "has no model_type: say",
         NULL},
        {"gpt2-pocket", CONFIG("\"gpt2\"", "2"), "its model_type is no text", NULL},
        {"gpt2-pocket", CONFIG("\"n_embd\"", "\"n_emb\""), "config.json: has no n_embd", NULL},
        {"gpt2-pocket", CONFIG("\"n_embd\": 8", "\"n_embd\": 8.0"), "n_embd is not a whole", NULL},
        {"gpt2-pocket", CONFIG("\"n_embd\": 8", "\"n_embd\": -8"), "n_embd is not a whole", NULL},
        {"gpt2-pocket", CONFIG("\"n_layer\": 1", "\"n_layer\": 5000"), "is surely damage", NULL},
        {"gpt1-pocket", CONFIG("\"n_ctx\": 8", "\"n_inner\": 9"), "n_inner is 9: GPT-1 has", NULL},
        {"gpt2-pocket", "echo '[1]' > config.json", "is no JSON object with the sizes", NULL},
        {"gpt2-pocket", "echo '{\"a\":1,\"a\":2}' > config.json", "is no JSON, or damaged", NULL},
        {"gpt2-pocket", ": > config.json", "is no JSON, or damaged: line 1", NULL},
        {"gpt2-pocket", "head -c 9000000 /dev/zero > config.json", "more than the 8388608", NULL},
    };
#undef CONFIG

    (void)state;
    refuse_all(cases, sizeof cases / sizeof cases[0]);
}

static void other_parts_that_contradict(void **state)
{
    static const struct spoiling cases[] = {
        {"gpt2-pocket", "echo '{\"a\":0}' > vocab.json",
         "vocab.json: has 1 tokens, the model 12: to import", NULL},
        {"gpt2-pocket", "echo 'q q' >> merges.txt", "which is no token: do", NULL},
        {"gpt2-pocket", "echo '{' > vocab.json", "is no vocabulary in JSON, or damaged", NULL},
        {"gpt2-pocket", "printf 'l l' > merges.txt", "is it cut short?", NULL},
        {"gpt2-batch3-bf16", "echo '{}' > model.safetensors.index.json",
         "has no weight_map of names and files", NULL},
        {"gpt2-batch3-bf16", "sed -i 's/model-00002/..\\/model-00002/' *.index.json",
         "a name has no file of the same folder", NULL},
        {"gpt2-batch3-bf16", "sed -i 's/\"model-00002-of-00002.safetensors\"/7/' *.index.json",
         "a name has no file of the same folder", NULL},
        {"gpt2-batch3-bf16", "sed -i 's/model-00002/model-00001/' *.index.json",
         "model.safetensors.index.json: h.1.ln_1.weight is missing, and 13 more", NULL},
        {"gpt2-batch3-bf16", "cp model-00001-of-00002.safetensors model-00002-of-00002.safetensors",
         "which of the two is the weight?", NULL},
        {"gpt1-batch3-pieces", "cp params_1.npy params_9.npy", "the pieces have 5755 numbers",
         "--heads 2"},
        {"gpt1-batch3-pieces", "sed -i 's/\\[14\\]/[15]/' params_shapes.json",
         "shape 5, of h.0.attn.c_proj.bias, is [15]: with the others", "--heads 2"},
        {"gpt1-batch3-pieces", "sed -i 's/, \\[14\\]\\]/]/' params_shapes.json",
         "lists 25 shapes: 2 and 12 for each layer", "--heads 2"},
        {"gpt1-batch3-pieces", "echo '{}' > params_shapes.json", "lists 0 shapes", "--heads 2"},
        {"gpt1-batch3-pieces", "sed -i 's/^\\[\\[16/[[-16/' params_shapes.json",
         "shape 0 has a size that is not a whole number", "--heads 2"},
        {"gpt1-batch3-pieces", "sed -i 's/^\\[\\[16, 14/[[224/' params_shapes.json",
         "shape 0 has not the two sizes of a matrix", "--heads 2"},
        {"gpt1-batch3-pieces", "sed -i 's/\\[14\\]/[1, 1, 1, 14]/' params_shapes.json",
         "is no list of 1 to 3 sizes", "--heads 2"},
    };

    (void)state;
    refuse_all(cases, sizeof cases / sizeof cases[0]);
}

/* ------------------------------------------------------------------------- headers */

/* model.safetensors with this header, padded to `length` where it is longer, and zeros. */
static void write_safetensors(const char *header, unsigned long long length, size_t zeros)
{
    FILE *f = fopen(file("m/model.safetensors"), "wb");

    length = length ? length : strlen(header);
    for (int i = 0; i < 8; i++)
        fputc((int)(length >> 8 * i & 0xFF), f);
    fputs(header, f);
    while (zeros--)
        fputc(0, f);
    fclose(f);
}

#define A "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}"
static const struct {
    const char *header, *words;
    unsigned long long length;
    size_t zeros;
} headers[] = {
    {"", "is no safetensors file, or damaged: its header does not begin with {", 0, 0},
    {"{}", "holds no tensors", 0, 0},
    {"{}", "is cut short: its header has 5 bytes, the file 10", 5, 0},
    {"{}", "its header would have 1152921504606846976 bytes", 1ULL << 60, 0},
    {"{}", "more than the 8388608 that one may have", 9 << 20, 0},
    {"{" A, "its header is damaged: byte", 0, 4},
    {"{" A "}x", "its header is damaged: byte", 0, 4},
    {"{" A "," A "}", "its header is damaged: byte", 0, 4},
    {"[1]", "does not begin with {", 0, 4},
    {"{\"__metadata__\":[]," A "}", "it is no object of texts", 0, 4},
    {"{\"__metadata__\":{\"x\":1}," A "}", "an entry is no text", 0, 4},
    {"{\"a\":7}", "a is no object", 0, 4},
    {"{\"a\\n\":7}", "a name holds control characters", 0, 4},
    {"{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}", "a has no dtype", 0, 4},
    {"{\"a\":{\"dtype\":\"F\\n\",\"shape\":[1],\"data_offsets\":[0,4]}}", "no dtype", 0, 4},
    {"{\"a\":{\"dtype\":\"F33\",\"shape\":[1],\"data_offsets\":[0,4]}}",
     "the dtype of a is `F33`, which is not known", 0, 4},
    {"{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", "the shape of a is no list", 0, 4},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}}",
     "the shape of a is no list of at most 8 sizes", 0, 4},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}",
     "the shape of a is damaged: its size 0 cannot be", 0, 4},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}}", "size 0", 0, 4},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,4]}}",
     "its size 1 cannot be", 0, 4},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,4]}}",
     "its header is damaged: byte", 0, 4},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", "the data_offsets of a are not", 0, 4},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}", "are not", 0, 4},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", "are not", 0, 4},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}", "are not", 0, 4},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,2]}}",
     "a has 2 bytes, its shape and dtype need 4", 0, 4},
    {"{" A "}", "is cut short: a ends 1 bytes behind the end of the file", 0, 3},
    {"{" A "}", "is damaged: 1 bytes at its end belong to no tensor", 0, 5},
    {"{" A ",\"b\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[2,6]}}",
     "is damaged: a and b overlap", 0, 6},
    {"{" A ",\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
     "overlap", 0, 4},
    {"{" A ",\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[7,9]}}",
     "is damaged: 3 bytes before b belong to no tensor", 0, 9},
    {"{" A "}", "model.safetensors: wte.weight is missing, and 15 more", 0, 4},
    {"{\"wte.weight\":{\"dtype\":\"I32\",\"shape\":[12,8],\"data_offsets\":[0,384]}}",
     "wte.weight holds I32: a weight has to be F16, BF16, F32 or F64", 0, 384},
    {"{\"wte.weight\":{\"dtype\":\"F32\",\"shape\":[8,12],\"data_offsets\":[0,384]}}",
     "wte.weight has shape [8, 12], config.json says [12, 8]", 0, 384},
    {"{\"wte.weight\":{\"dtype\":\"F32\",\"shape\":[96],\"data_offsets\":[0,384]}}",
     "wte.weight has shape [96], config.json says [12, 8]", 0, 384},
};
#undef A

static void headers_of_safetensors(void **state)
{
    (void)state;
    take("gpt2-pocket");
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        write_safetensors(headers[i].header, headers[i].length, headers[i].zeros);
        assert_no_model(import_with(""), headers[i].words);
    }
}

/* Replaces bytes of a file by as many others, `from` the place where `old` begins. */
static void patch(const char *path, const char *old, size_t from, const char *new, size_t n)
{
    static char text[1 << 16];
    FILE *f = fopen(path, "r+b");
    const size_t size = fread(text, 1, sizeof text, f), length = strlen(old);
    size_t at = 0;

    while (at + length < size && memcmp(text + at, old, length) != 0)
        at++;
    assert_true(at + length < size);
    fseek(f, (long)(at + from), SEEK_SET);
    fwrite(new, 1, n, f);
    fclose(f);
}

/* Writes a byte at an offset from the end of the header on. */
static void patch_data(const char *path, long at, int byte)
{
    FILE *f = fopen(path, "r+b");
    const int low = fgetc(f), high = fgetc(f);

    fseek(f, 8 + low + 256L * high + at, SEEK_SET);
    fputc(byte, f);
    fclose(f);
}

/* The unembedding comes first in this file, [41, 18] float16; then h.0's. */
static void heads_and_strangers(void **state)
{
    static const struct {
        const char *old, *new, *words;
    } cases[] = {
        {"\"lm_head.weight\":", "\"wte.weight\"    :", "which of the two is the weight?"},
        {"\"lm_head.weight\":", "\"wpe.weight\"    :", "which of the two is the weight?"},
        {"\"lm_head.weight\":", "\"score.weight\"  :", NULL},
        {"\"lm_head.weight\":{", "\"lm_haed.weight\":{", NULL},
    };
    const char *path = file("m/model.safetensors");

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        take("gpt2-wide-f16");
        patch(path, cases[i].old, 0, cases[i].new, strlen(cases[i].old));
        if (cases[i].words)
            assert_no_model(import_with(""), cases[i].words);
        else
            assert_non_null(strstr(import_with("")->err, "1 tensors are not known and not used"));
    }
    take("gpt2-wide-f16");
    patch_data(path, 2 * 41 * 18 - 1, 0x11);
    assert_no_model(import_with(""), "lm_head.weight is not the token embedding");
    take("gpt1-pocket");
    patch(path, "\"h.0.attn.bias\"", 0, "\"ln_f.weight\"  ", 15);
    assert_no_model(import_with(""), "ln_f.weight is no weight of a gpt1 model");
    take("gpt2-wide-f16");
    patch_data(path, 2 * 41 * 18 + 1, 0x7E);  /* the first of h.0.attn.c_attn.bias */
    assert_no_model(import_with(""), "h.0.attn.c_attn.bias is not finite at element 0");
}

/* --------------------------------------------------------------------- .npy headers */

/* params_0.npy with this header and so many zeros. */
static void write_npy(int version, const char *header, size_t length, size_t zeros)
{
    FILE *f = fopen(file("m/params_0.npy"), "wb");

    length = length ? length : strlen(header);
    fwrite("\x93NUMPY", 1, 6, f);
    fputc(version, f);
    fputc(0, f);
    for (int i = 0; i < (version == 1 ? 2 : 4); i++)
        fputc((int)(length >> 8 * i & 0xFF), f);
    fputs(header, f);
    while (zeros--)
        fputc(0, f);
    fclose(f);
}

static void headers_of_npy(void **state)
{
#define FLOATS "'descr': '<f4', "
#define ORDER "'fortran_order': False, "
    static const struct {
        const char *header, *words;
        int version;
        size_t length, zeros;
    } cases[] = {
        {"{" FLOATS ORDER "'shape': (104,), }", NULL, 1, 0, 416},
        {"{" FLOATS ORDER "'shape': (104L,), }  \n", NULL, 2, 0, 416},
        {"{\"shape\":(104,)," FLOATS ORDER "}", NULL, 3, 0, 416},
        {"{'descr': '<f2', " ORDER "'shape': (104,)}", NULL, 1, 0, 208},
        {"{'descr': '<f8', " ORDER "'shape': (104,)}", NULL, 1, 0, 832},
        {"{" FLOATS ORDER "'shape': (104,), }", "cut short: it has", 1, 0, 415},
        {"{" FLOATS ORDER "'shape': (104,), }", "1 bytes at its end belong", 1, 0, 417},
        {"{" FLOATS ORDER "'shape': (103,), }", "the pieces have 1031 numbers", 1, 0, 412},
        {"{" FLOATS ORDER "'shape': (4, 26), }", "has 2 dimensions: a piece is", 1, 0, 416},
        {"{" FLOATS ORDER "'shape': (), }", "has 0 dimensions", 1, 0, 4},
        {"{" FLOATS ORDER "'shape': (99999999999999999999,)}", "no such array is real", 1, 0, 4},
        {"{" FLOATS ORDER "'shape': (4294967296, 4294967296)}", "no such array", 1, 0, 4},
        {"{" FLOATS ORDER "'shape': (1,1,1,1,1,1,1,1,1)}", "header is damaged at its", 1, 0, 4},
        {"{" FLOATS ORDER "'shape': (1 1)}", "header is damaged at its", 1, 0, 4},
        {"{" FLOATS ORDER "'shape': (-1,)}", "header is damaged at its", 1, 0, 4},
        {"{" FLOATS ORDER "'shape': [1]}", "header is damaged at its", 1, 0, 4},
        {"{" FLOATS ORDER "}", "it has no 'shape'", 1, 0, 4},
        {"{" FLOATS "'shape': (1,)}", "it has no 'fortran_order'", 1, 0, 4},
        {"{" ORDER "'shape': (1,)}", "it has no 'descr'", 1, 0, 4},
        {"{" FLOATS FLOATS ORDER "'shape': (1,)}", "header is damaged at its", 1, 0, 4},
        {"{'descr': '>f4', " ORDER "'shape': (104,)}", "holds `>f4`: only little", 1, 0, 416},
        {"{'descr': '|O', " ORDER "'shape': (104,)}", "holds `|O`: only little", 1, 0, 416},
        {"{'descr': [('a', '<f4')], " ORDER "'shape': (1,)}", "damaged at its", 1, 0, 4},
        {"{'descr': '<\n4', " ORDER "'shape': (1,)}", "damaged at its", 1, 0, 4},
        {"{'descr: 1}", "header is damaged at its", 1, 0, 4},
        {"{" FLOATS "'fortran_order': True, 'shape': (104,)}", "is in Fortran's order", 1, 0, 416},
        {"{" FLOATS "'fortran_order': No, 'shape': (104,)}", "damaged at its", 1, 0, 416},
        {"{" FLOATS ORDER "'shape': (104,), } x", "damaged at its", 1, 0, 416},
        {"{" FLOATS ORDER "'shape': (104,), ", "damaged at its", 1, 0, 416},
        {"", "header is damaged at its byte 0", 1, 0, 416},
        {"{}", "its header has 300 bytes, the file", 1, 300, 8},
        {"{}", "its header would have 4294967295 bytes", 2, 0xFFFFFFFF, 8},
        {"{}", "version 4 of the .npy format is not known", 4, 0, 8},
        {"{}", "version 0 of the .npy format is not known", 0, 0, 8},
    };
#undef FLOATS
#undef ORDER

    (void)state;
    take("gpt1-pocket-pieces");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_npy(cases[i].version, cases[i].header, cases[i].length, cases[i].zeros);
        if (cases[i].words)
            assert_no_model(import_with("--heads 2"), cases[i].words);
        else
            assert_says(import_with("--heads 2; rm $T/out.h5"), 0, "1032 numbers, were F", NULL);
    }
    assert_int_equal(shell("echo 'no numbers at all' > $T/m/params_0.npy")->code, 0);
    assert_no_model(import_with("--heads 2"), "params_0.npy: is no .npy file");
    assert_int_equal(shell("printf 'short' > $T/m/params_0.npy")->code, 0);
    assert_no_model(import_with("--heads 2"), "params_0.npy: is cut short: it has 5 bytes");
}

/* -------------------------------------------------------------------------- damage */

static const struct {
    const char *published, *file, *options;
} damaged_files[] = {
    {"gpt2-pocket", "model.safetensors", ""},
    {"gpt2-pocket", "config.json", ""},
    {"gpt2-batch3-bf16", "model.safetensors.index.json", ""},
    {"gpt1-pocket-pieces", "params_3.npy", "--heads 2"},
    {"gpt1-batch3-pieces", "params_shapes.json", "--heads 2"},
};

enum { N_DAMAGED = sizeof damaged_files / sizeof damaged_files[0] };

/* A file of $T/m as it was, for the cases to begin with. */
static size_t take_bytes(unsigned char *bytes, size_t room, size_t i, const char **path)
{
    char name[128];

    take(damaged_files[i].published);
    snprintf(name, sizeof name, "m/%s", damaged_files[i].file);
    *path = file(name);
    FILE *f = fopen(*path, "rb");
    const size_t size = fread(bytes, 1, room, f);
    fclose(f);
    return size;
}

static void put_bytes(const char *path, const unsigned char *bytes, size_t size)
{
    FILE *f = fopen(path, "wb");

    assert_int_equal(fwrite(bytes, 1, size, f), size);
    fclose(f);
}

/* Whole or refused with one line; never a crash, never a part of a file. */
static void assert_whole_or_refused(const char *options, bool may_be_whole, size_t where)
{
    const struct outcome *o = shell("touchstone import $T/m -o $T/out.h5 --quiet %s; code=$?; "
                                    "test -e $T/out.h5 && rm $T/out.h5 && echo whole; "
                                    "ls $T | grep ^out; exit $code", options);
    const bool whole = strcmp(o->out, "whole\n") == 0;

    if (whole ? o->code != 0 || !may_be_whole : o->code != 2 || *o->out)
        fail_msg("at %zu: exit code %d, %s%s", where, o->code, o->out, o->err);
    if (!whole)
        assert_refused(o, NULL);
}

static void files_cut_short(void **state)
{
    static unsigned char bytes[1 << 16];

    (void)state;
    for (size_t i = 0; i < N_DAMAGED; i++) {
        const char *path;
        const size_t size = take_bytes(bytes, sizeof bytes, i, &path);
        /* What ends a JSON file is a line feed, which may be missing. */
        for (size_t n = 0; n + 1 < size; n += 1 + size / 60) {
            put_bytes(path, bytes, n);
            assert_whole_or_refused(damaged_files[i].options, false, n);
        }
    }
}

/* Many bits of what says how long a header is, and of the header itself. In data no
 * checksum can show them. */
static void bits_that_flip(void **state)
{
    static unsigned char bytes[1 << 16];

    (void)state;
    for (size_t i = 0; i < N_DAMAGED; i++) {
        const char *path;
        const size_t size = take_bytes(bytes, sizeof bytes, i, &path);
        const size_t header = size < 1900 ? size : 1900;
        for (size_t bit = 0; bit < 8 * header; bit += bit < 96 ? 5 : 8 * header / 97) {
            bytes[bit / 8] ^= (unsigned char)(1U << bit % 8);
            put_bytes(path, bytes, size);
            assert_whole_or_refused(damaged_files[i].options, true, bit);
            bytes[bit / 8] ^= (unsigned char)(1U << bit % 8);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_half),
        cmocka_unit_test(wide_numbers),
        cmocka_unit_test(rows_of_a_dataset),
        cmocka_unit_test(weights_come_back),
        cmocka_unit_test(texts_come_back),
        cmocka_unit_test(what_it_says),
        cmocka_unit_test(other_ways_to_name_it),
        cmocka_unit_test(a_large_tensor),
        cmocka_unit_test(files_that_are_missing),
        cmocka_unit_test(options_that_are_wrong),
        cmocka_unit_test(configs_that_contradict),
        cmocka_unit_test(other_parts_that_contradict),
        cmocka_unit_test(headers_of_safetensors),
        cmocka_unit_test(heads_and_strangers),
        cmocka_unit_test(headers_of_npy),
        cmocka_unit_test(files_cut_short),
        cmocka_unit_test(bits_that_flip),
    };

    return cmocka_run_group_tests_name("import", tests, begin, finish);
}
