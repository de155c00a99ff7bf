/* test_tokenize.c: step 01: text into tokens and back, both families. What the committed
 * cases show (harness/cases/cases_text.c and those beside it) is left to check.
 *
 * The published vocabularies and their cases are too large to be committed; they are
 * tried where ../shared/tokenizers is there, and skipped with a reason where not. */
#include "tool.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "01_tokenize/alphabet.h"
#include "01_tokenize/bpe.h"
#include "01_tokenize/bpe_long.h"
#include "01_tokenize/tokenize.h"
#include "01_tokenize/unicode.h"
#include "01_tokenize/utf8.h"
#include "files/base64.h"
#include "files/model.h"
#include "files/vocabulary.h"

#define SHARED "../shared/tokenizers/"

enum { LAST_CHARACTER = 0x10FFFF };

/* The same numbers on every machine. */
static uint32_t random_number(uint32_t below)
{
    static uint64_t state = 1;

    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33) % below;
}

/* ------------------------------------------------------------------------- UTF-8 */

static void utf8_is_read_and_written(void **state)
{
    unsigned char bytes[UTF8_MAX + 1];
    uint32_t back;

    (void)state;
    for (uint32_t c = 0; c <= LAST_CHARACTER; c++) {
        const size_t length = utf8_write(bytes, c);
        if (c >= 0xD800 && c < 0xE000) {  /* surrogates: no character, byte by byte */
            assert_int_equal(utf8_read(&back, bytes, bytes + length), 1);
            assert_int_equal(back, UTF8_INVALID);
            continue;
        }
        assert_int_equal(utf8_read(&back, bytes, bytes + length), length);
        assert_int_equal(back, c);
        if (length > 1) {  /* cut short: one invalid part */
            assert_int_equal(utf8_read(&back, bytes, bytes + length - 1), length - 1);
            assert_int_equal(back, UTF8_INVALID);
        }
    }
}

/* ----------------------------------------------------------------------- merging */

/* Merges of symbols 0 .. 3 and of what they make, in any order: some have a lower
 * rank than those that make their halves, which no learned list has. */
static void long_words_merge_as_short_ones(void **state)
{
    enum { MERGES = 60, LENGTH = 400 };
    int word[LENGTH], same[LENGTH];
    struct merges merges;

    (void)state;
    for (int round = 0; round < 300; round++) {
        merges_begin(&merges, MERGES);
        for (int r = 0; r < MERGES; r++)
            merges_add(&merges, (struct merge){(int)random_number(4 + (uint32_t)r / 2),
                                               (int)random_number(4 + (uint32_t)r / 2), 4 + r,
                                               round % 2 ? r : MERGES - r});
        const size_t n = random_number(LENGTH) + 1;
        for (size_t i = 0; i < n; i++)
            same[i] = word[i] = (int)random_number(round % 3 ? 4 : 2) - (round % 5 == 0);
        const struct merge *merge;
        size_t left = n;
        while ((merge = bpe_lowest(word, left, &merges)))
            left = bpe_apply(word, left, merge);
        assert_int_equal(bpe_long(same, n, &merges), left);
        assert_memory_equal(same, word, left * sizeof *word);
        merges_end(&merges);
    }
}

static void a_pair_merges_in_one_way(void **state)
{
    struct merges merges;

    (void)state;
    merges_begin(&merges, 1);
    assert_true(merges_add(&merges, (struct merge){7, 7, 8, 0}));
    assert_false(merges_add(&merges, (struct merge){7, 7, 9, 1}));
    assert_null(merges_find(&merges, -1, -1));
    merges_end(&merges);
}

/* ------------------------------------------------------------- vocabularies of a test */

/* GPT-2's 256 bytes in the order of their alphabet's characters, then the merges' tokens;
 * written as byte.json and byte.txt into the test's folder. The merges join equal
 * letters: a a, aa aa, up to 128 of them. */
static void write_byte_vocabulary(void)
{
    FILE *vocab = fopen(file("byte.json"), "wb"), *merges = fopen(file("byte.txt"), "wb");
    char letters[129] = "a";

    assert_non_null(vocab);
    assert_non_null(merges);
    fprintf(merges, "#version: 0.2\n");
    for (int byte = 0; byte < 256; byte++)
        fprintf(vocab, "%s\"\\u%04X\": %d", byte ? ", " : "{",
                (unsigned)alphabet_character((unsigned char)byte), byte);
    for (size_t n = 1, id = 256; n < 128; n *= 2, id++) {
        fprintf(merges, "%s %s\n", letters, letters);
        memset(letters, 'a', 2 * n);
        fprintf(vocab, ", \"%s\": %zu", letters, id);
    }
    fprintf(vocab, "}\n");
    fclose(vocab);
    fclose(merges);
}

#define BYTE_FILES "--kind gpt2 --vocab $T/byte.json --merges $T/byte.txt"

/* Texts of random bytes, of which many are a, space or the beginning of a character. */
static void any_bytes_come_back(void **state)
{
    static const unsigned char common[] = "aaaa  '\303\251\360\n";
    enum { LONGEST = 300 };
    unsigned char bytes[LONGEST];

    (void)state;
    write_byte_vocabulary();
    struct vocabulary *v = vocabulary_from_files(TOKENIZER_GPT2, file("byte.json"),
                                                 file("byte.txt"));
    struct tokenizer *t = tokenizer_make(v);
    for (int round = 0; round < 2000; round++) {
        struct tokens ids = {0};
        struct text back = {0};
        const size_t n = random_number(LONGEST + 1);
        for (size_t i = 0; i < n; i++)
            bytes[i] = random_number(2) ? (unsigned char)random_number(256)
                                        : common[random_number(sizeof common - 1)];
        tokenize(&ids, t, (struct bytes){bytes, n}, 0);
        detokenize(&back, v, ids.id, ids.count);
        assert_int_equal(back.length, n);
        assert_true(n == 0 || memcmp(back.at, bytes, n) == 0);
        free(ids.id);
        free(back.at);
    }
    tokenizer_free(t);
    vocabulary_free(v);
    assert_says(shell("head -c 100000 ${BUILD:-build}/01_tokenize > $T/any; "
                      "01_tokenize " BYTE_FILES " < $T/any > $T/ids && "
                      "01_tokenize " BYTE_FILES " --decode < $T/ids | cmp - $T/any"), 0, NULL);
}

/* A quadratic way would take hours. */
static void a_word_may_be_a_million_letters_long(void **state)
{
    (void)state;
    write_byte_vocabulary();
    assert_says(shell("head -c 1000000 /dev/zero | tr '\\0' a | 01_tokenize " BYTE_FILES
                      " | tr ' ' '\\n' | uniq -c | tr -s ' '"), 0, " 7812 262\n 1 261\n", NULL);
}

/* ------------------------------------------------------------------- the program */

static const struct {
    const char *command, *output;
} uses[] = {
    {"printf 'Hello World' | 01_tokenize $P2", "3 5 7 9\n"},
    {"printf 'Hello World' | 01_tokenize $P1", "4 6 7 9\n"},
    {"printf 'HELLO   w\303\266rld!\\n' | 01_tokenize $P1", "4 6 7 9 1\n"},
    {"printf 'Hello World' | 01_tokenize --model $F/foreign/gpt2-narrow-ints.model.h5",
     "3 5 7 9\n"},
    {"printf 'Hello World' | 01_tokenize --model $F/foreign/gpt2-float64.model.h5", "3 5 7 9\n"},
    {"printf 'Hello World' | 01_tokenize --model $F/foreign/gpt1-wide-ints.model.h5",
     "4 6 7 9\n"},
    {"printf 'xyz he' | 01_tokenize $P1", "0 0 0 0 0\n"},
    {"printf '' | 01_tokenize $P2", "\n"},
    {"printf ' \\n' | 01_tokenize $P1", "\n"},
    {"printf 'He\\0\\0Hello' | 01_tokenize $P2 -0", "3\n\n3 5\n"},
    {"printf 'He\\0' | 01_tokenize $P2 -0", "3\n\n"},
    {"printf '' | 01_tokenize $P2 -0", "\n"},
    {"echo 3 5 7 9 | 01_tokenize $P2 --decode", "Hello World"},
    {"echo 4 6 7 9 | 01_tokenize $P1 --decode", "hello world"},
    {"printf '\\t3\\r\\n 5\\n' | 01_tokenize $P2 --decode", "Hello"},
    {"printf '' | 01_tokenize $P2 --decode", ""},
    {"printf '3\\n\\n3 5\\n' | 01_tokenize $P2 --decode -0 | tr '\\0' /", "He//Hello"},
    {"printf '3\\n5' | 01_tokenize $P2 --decode -0 | tr '\\0' /", "He/llo"},
    {"printf '<unk>he!' | 01_tokenize $P1 --special", "0 0 0 1\n"},
    {"printf '!<unk><unk>' | 01_tokenize $P1 --special", "1 0 0\n"},
    {"printf '!\\377\\360\\237!' | 01_tokenize $P1", "1 1\n"},
    {"printf 'a\\377\\360\\237a' | 01_tokenize $B", "97 255 240 159 97\n"},
    {"printf 'a\\377\\360\\237a' | 01_tokenize $B --replace",
     "97 239 191 189 239 191 189 97\n"},
    {"01_tokenize $P2 --show </dev/null",
     "place     id  bytes  text  merges, in order, with their rank\n"},
    {"printf 'He!' | 01_tokenize $P2 --show | tail -n 2",
     "    0      3  48 65  \"He\"  H+e #0\n    1      0  21     \"!\"\n"},
    {"echo 6 9 | 01_tokenize $P1 --decode --show | tail -n 2",
     "    0      6  6C 6C 6F 20  \"llo \"  l+l #1, ll+o</w> #2\n"
     "    1      9  72 6C 64 20  \"rld \"  r+l #4, rl+d</w> #5\n"},
    {"printf '\\n\\360' | 01_tokenize $B --show | tail -n 2",
     "    0     10  0A     \"\\n\"\n    1    240  F0     \"\\xF0\"\n"},
};

static void programs_say_what_they_should(void **state)
{
    (void)state;
    write_byte_vocabulary();
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
        const struct outcome *o = shell("P1='--model fixtures/gpt1-pocket.model.h5' "
                                        "P2='--model fixtures/gpt2-pocket.model.h5' "
                                        "B=\"" BYTE_FILES "\"; %s", uses[i].command);
        if (o->code != 0 || strcmp(o->out, uses[i].output) != 0)
            fail_msg("%s: said %s%s", uses[i].command, o->out, o->err);
    }
}

static const struct {
    const char *command, *words;
} misuses[] = {
    {"01_tokenize", "needs a vocabulary: --model M"},
    {"01_tokenize --kind gpt2", "needs a vocabulary"},
    {"01_tokenize $P2 --kind gpt2", "needs a vocabulary"},
    {"01_tokenize --kind gpt3 --vocab x --merges y", "--kind gpt3"},
    {"01_tokenize --model", "--model needs a value"},
    {"01_tokenize --model ''", "--model needs a value"},
    {"01_tokenize $P2 text", "unknown option text"},
    {"01_tokenize --model /nowhere", "/nowhere: cannot be read"},
    {"01_tokenize --model $F/gpt2-a.model.h5", "has no /tokenizer"},
    {"01_tokenize $B --trace $T/x", "--trace needs --model"},
    {"01_tokenize $P2 -0 --trace $T/x", "--trace takes one text"},
    {"01_tokenize $P2 --decode --trace $T/x", "--trace takes one text"},
    {"01_tokenize $P2 --decode --replace", "--decode takes ids"},
    {"printf x | 01_tokenize $P2", "has no token for `x`"},
    {"printf 'He ' | 01_tokenize $P2", "has no token for `\304\240`"},
    {"printf '!' | 01_tokenize $P2 --special", "no special token <|endoftext|>"},
    {"echo 12 | 01_tokenize $P2 --decode", "`12`"},
    {"echo -1 | 01_tokenize $P2 --decode", "`-1`"},
    {"echo 3 1x | 01_tokenize $P2 --decode", "`1x`"},
    {"echo 99999999999999999999 | 01_tokenize $P2 --decode", "`99999999999999999999`"},
    {"printf '1\\0' | 01_tokenize $P2 --decode", "zero byte"},
    {"head -c 999 $F/gpt2-a.model.h5 | 01_tokenize $P2 --decode", "standard input: "},
    {"01_tokenize $P2 < $T", "standard input cannot be read"},
    {"01_tokenize $P2 <&-", "standard input cannot be read"},
    {"printf '!!!!!!!!!' | 01_tokenize $P1 --trace $T/x", "9 tokens: 1 to 8 (n_ctx)"},
    {"01_tokenize $P1 --trace $T/x", "0 tokens: 1 to 8 (n_ctx)"},
    {"printf ! | 01_tokenize $P2 --trace /nowhere/x", "/nowhere/x"},
    {"printf ! | 01_tokenize $P2 --trace $F/gpt2-a.model.h5", "touchstone-trace file is needed"},
    {"printf ! | 01_tokenize $P2 --trace README.md", "README.md"},
    {"printf ! | 01_tokenize $P2 > /dev/full", "standard output cannot be written"},
    {"yes He | tr -d '\\n' | head -c 90000 | 01_tokenize $P2 > /dev/full",
     "standard output cannot be written"},
    {"echo 3 | 01_tokenize $P2 --decode > /dev/full", "standard output cannot be written"},
};

static void misuse_is_one_line(void **state)
{
    (void)state;
    write_byte_vocabulary();
    for (size_t i = 0; i < sizeof misuses / sizeof misuses[0]; i++)
        assert_refused(shell("P1='--model fixtures/gpt1-pocket.model.h5' "
                             "P2='--model fixtures/gpt2-pocket.model.h5' "
                             "B=\"" BYTE_FILES "\"; %s", misuses[i].command),
                       misuses[i].words, NULL);
    assert_int_equal(shell("ls $T/x*")->code, 2);
    assert_says(shell("01_tokenize --help"), 0, "--kind gpt2|gpt1", "--train", NULL);
}

/* ----------------------------------------------------------------- damaged files */

/* What stands in vocab.json and in merges.txt, and what is said of it. */
static const struct {
    const char *vocab, *merges, *words;
} bad_files[] = {
    {"", "", "bad.json: is no vocabulary in JSON"},
    {"{\"a\": 0, ", "", "bad.json: is no vocabulary in JSON"},
    {"{\"a\": 0} x", "", "bad.json: is no vocabulary in JSON"},
    {"{\"a\\377\": 0}", "", "bad.json: is no vocabulary in JSON"},
    {"[\"a\"]", "", "a JSON object of tokens and ids is needed"},
    {"{}", "", "a JSON object of tokens and ids is needed"},
    {"{\"a\": 0, \"a\": 1}", "", "duplicate"},
    {"{\"a\": 0, \"b\": 0}", "", "the id 0 is there twice, for `a` and `b`"},
    {"{\"a\": 0, \"b\": 2}", "", "the id of `b` is not a whole number from 0 to 1"},
    {"{\"a\": -1}", "", "the id of `a` is not"},
    {"{\"a\": 0.0}", "", "the id of `a` is not"},
    {"{\"a\": \"0\"}", "", "the id of `a` is not"},
    {"{\"a\": 99999999999999999999}", "", "bad.json: is no vocabulary in JSON"},
    {"{\"a\": 0, \"aa\": 1}", "#version: 0.2\\na a", "ends in the middle of line 2"},
    {"{\"a\": 0, \"aa\": 1}", "#version: 0.2\\na a\\n\\n", "line 3 is not two symbols"},
    {"{\"a\": 0, \"aa\": 1}", "#version: 0.2\\naa\\n", "line 2 is not two symbols"},
    {"{\"a\": 0, \"aa\": 1}", "#version: 0.2\\na  a\\n", "line 2 is not two symbols"},
    {"{\"a\": 0, \"aa\": 1}", "#version: 0.2\\n a\\n", "line 2 is not two symbols"},
    {"{\"a\": 0, \"aa\": 1}", "#version: 0.2\\na \\n", "line 2 is not two symbols"},
    {"{\"a\": 0, \"aa\": 1}", "#version: 0.2\\r\\na a\\r\\n", "line 2 ends with a carriage"},
    {"{\"a\": 0, \"aa\": 1}", "a \\377\\n", "bad.txt: is not UTF-8"},
    {"{\"a\": 0, \"aa\": 1}", "a a\\na aa\\n", "`a aa`, makes `aaa`, which is no token"},
    {"{\"a\": 0, \"aa\": 1}", "a a\\na a\\n", "the merge of rank 1, `a a`, is there twice"},
    {"{\"a\": 0}", "a \\n", "bad.txt: line 1 is not two symbols"},
};

static void bad_vocabularies_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_files / sizeof bad_files[0]; i++)
        assert_refused(shell("printf '%s' > $T/bad.json; printf '%s' > $T/bad.txt; printf a | "
                             "01_tokenize --kind gpt2 --vocab $T/bad.json --merges $T/bad.txt",
                             bad_files[i].vocab, bad_files[i].merges), bad_files[i].words, NULL);
    assert_refused(shell("01_tokenize --kind gpt1 --vocab /nowhere --merges x"),
                   "/nowhere: cannot be read", NULL);
    assert_refused(shell("01_tokenize --kind gpt1 --vocab $T --merges x"),
                   "cannot be read", NULL);
    assert_refused(shell("printf '{\"a\": 0}' > $T/bad.json; 01_tokenize --kind gpt1 "
                         "--vocab $T/bad.json --merges $T/none"), "none: cannot be read", NULL);
    assert_refused(shell("01_tokenize --kind gpt1 --vocab $T/bad.json --merges $T"),
                   "cannot be read", NULL);
    assert_refused(shell("printf '#version: 0.2\\n' > $T/bad.txt; printf b | 01_tokenize --kind "
                         "gpt1 --vocab $T/bad.json --merges $T/bad.txt"), "and no <unk>", NULL);
}

/* A first line that is a merge, and merges that begin with the sign of a comment. */
static void only_a_first_line_of_version_is_skipped(void **state)
{
    (void)state;
    assert_says(shell("printf '{\"#\": 0, \"##\": 1, \"####\": 2}' > $T/hash.json; "
                      "printf '# #\\n## ##\\n' > $T/hash.txt; printf '#######' | 01_tokenize "
                      "--kind gpt2 --vocab $T/hash.json --merges $T/hash.txt"), 0, "2 1 0\n", NULL);
    assert_says(shell("printf '#version: 0.2\\n# #\\n## ##\\n' > $T/hash.txt; printf '#######' | "
                      "01_tokenize --kind gpt2 --vocab $T/hash.json --merges $T/hash.txt"), 0,
                "2 1 0\n", NULL);
}

/* A pocket whose table of that name holds other numbers. */
static const char *pocket_with(const char *table, const int *values, size_t n)
{
    const char *path = borrow("gpt2-pocket.model.h5");
    struct store *s = store_update(path);

    store_write_ints(s, table, values, 1, &n);
    store_commit(s);
    return path;
}

static void damaged_tables_are_refused(void **state)
{
    enum { V = 12, VOCAB = 26 };
    static const char offsets[] = "tokenizer/vocab_offsets";
    int from[V + 2] = {0, 1, 2, 3, 5, 7, 10, 13, 17, 19, 22, 24, 26}, vocab[VOCAB] = {0};
    const char *command = "printf Hello | 01_tokenize --model %s";

    (void)state;
    assert_says(shell(command, pocket_with(offsets, from, V + 1)), 0, "3 5\n", NULL);
    from[3] = 1;
    assert_refused(shell(command, pocket_with(offsets, from, V + 1)), "damaged at entry 2", NULL);
    from[3] = -1;
    assert_refused(shell(command, pocket_with(offsets, from, V + 1)), "damaged at entry 2", NULL);
    from[3] = 1 << 20;
    assert_refused(shell(command, pocket_with(offsets, from, V + 1)), "damaged at entry 2", NULL);
    from[3] = 3;
    from[0] = 1;
    assert_refused(shell(command, pocket_with(offsets, from, V + 1)), "damaged at entry 0", NULL);
    from[0] = 0;
    from[7] = 11;  /* into the two bytes of a character */
    assert_refused(shell(command, pocket_with(offsets, from, V + 1)), "damaged at entry 7", NULL);
    from[7] = 13;
    assert_refused(shell(command, pocket_with(offsets, from, V)), "ends at 24", NULL);
    from[V + 1] = 26;
    assert_refused(shell(command, pocket_with(offsets, from, V + 2)), "13 tokens, n_vocab is 12",
                   NULL);
    assert_refused(shell(command, pocket_with(offsets, from, 0)), "is empty", NULL);
    vocab[3] = 300;
    assert_refused(shell(command, pocket_with("tokenizer/vocab", vocab, VOCAB)),
                   "holds 300 at 3, which is no byte", NULL);
    vocab[3] = 255;
    assert_refused(shell(command, pocket_with("tokenizer/vocab", vocab, VOCAB)), "is not UTF-8",
                   NULL);
    vocab[3] = 0;
    assert_refused(shell(command, pocket_with("tokenizer/vocab", vocab, VOCAB)),
                   "the tokens 0 and 1 have the same spelling", NULL);
}

static void a_model_may_lack_merges(void **state)
{
    const char *path = borrow("gpt2-pocket.model.h5");
    struct store *s = store_update(path);

    (void)state;
    store_remove(s, "tokenizer/merges");
    store_commit(s);
    assert_refused(shell("printf Hello | 01_tokenize --model %s", path), "no merges", NULL);
    assert_says(shell("echo 3 5 | 01_tokenize --decode --model %s", path), 0, "Hello", NULL);
    s = store_update(path);
    store_remove(s, "tokenizer/vocab_offsets");
    store_commit(s);
    assert_refused(shell("printf Hello | 01_tokenize --model %s", path),
                   "/tokenizer/vocab_offsets is missing", NULL);
}

/* ------------------------------------------------------------------------- traces */

static void a_trace_begins_with_a_text(void **state)
{
    static const char model[] = "--model fixtures/gpt2-pocket.model.h5";

    (void)state;
    assert_says(shell("printf 'Hello World' | 01_tokenize %s --trace $T/t.h5 && "
                      "02_embed %s --trace $T/t.h5 && 03_attention %s --trace $T/t.h5 && "
                      "04_mlp %s --trace $T/t.h5 && 05_unembed %s --trace $T/t.h5 && "
                      "touchstone inspect $T/t.h5", model, model, model, model, model), 0,
                "3 5 7 9\n", "position 1: token 5 llo", "59.52 %  !", "input/targets", NULL);
    /* The same text keeps what was computed, another one does not. */
    assert_says(shell("printf 'Hello World' | 01_tokenize %s --trace $T/t.h5 && "
                      "touchstone inspect $T/t.h5", model), 0, "forward/logits", NULL);
    assert_says(shell("printf 'Hello' | 01_tokenize %s --trace $T/t.h5 && "
                      "touchstone inspect $T/t.h5 | grep -c forward", model), 1, "3 5\n0\n", NULL);
    assert_says(shell("printf '!' | 01_tokenize %s --trace $T/one.h5 && "
                      "touchstone inspect $T/one.h5 | grep -c targets", model), 1, "0\n", NULL);
}

/* ----------------------------------------------------- the published vocabularies */

/* Skips the test where the folder is not there. */
static void need_shared(void)
{
    if (access(SHARED "README.md", R_OK) == 0)
        return;
    print_message("skipped: " SHARED " is not there\n");
    skip();
}

struct published {
    struct vocabulary *vocabulary;
    struct tokenizer *tokenizer;
    const char *name;         /* gpt1 or gpt2 */
};

static struct published open_published(enum tokenizer_kind kind)
{
    struct published p = {.name = kind == TOKENIZER_GPT1 ? "gpt1" : "gpt2"};

    p.vocabulary = kind == TOKENIZER_GPT1
                       ? vocabulary_from_files(kind, SHARED "gpt1-vocab.json",
                                               SHARED "gpt1-merges.txt")
                       : vocabulary_from_files(kind, SHARED "gpt2-vocab.json",
                                               SHARED "gpt2-merges.txt");
    p.tokenizer = tokenizer_make(p.vocabulary);
    return p;
}

static void close_published(struct published *p)
{
    tokenizer_free(p->tokenizer);
    vocabulary_free(p->vocabulary);
}

static struct text text_of(const json_t *line)
{
    const char *text = json_string_value(json_object_get(line, "text_b64"));

    return from_base64(text ? text : json_string_value(json_object_get(line, "bytes_b64")));
}

static struct tokens ids_of(const json_t *line, const char *field)
{
    const json_t *ids = json_object_get(line, field);
    struct tokens out = {0};

    if (!ids)
        fail_msg("a case has no %s", field);
    for (size_t i = 0; i < json_array_size(ids); i++)
        tokens_add(&out, &(int){(int)json_integer_value(json_array_get(ids, i))}, 1);
    return out;
}

/* Calls `try` for every line of a file of cases. */
static void each_case(const struct published *p, const char *what, const char *field, int how,
                      int try(const struct published *, const json_t *, const char *, int))
{
    char path[128];
    int lines = 0, wrong = 0;
    json_t *line;

    snprintf(path, sizeof path, SHARED "%s%s.shared.jsonl", p->name, what);
    FILE *cases = fopen(path, "rb");
    if (!cases)
        fail_msg("%s cannot be read", path);
    while ((line = json_loadf(cases, JSON_DISABLE_EOF_CHECK, NULL))) {
        lines++;
        if (!try(p, line, field, how)) {
            wrong++;
            print_message("%s:%d: %s differ\n", path, lines, field);
        }
        json_decref(line);
    }
    fclose(cases);
    print_message("%s: %d cases, %s\n", path, lines, field);
    assert_int_equal(wrong, 0);
    assert_true(lines >= 30);
}

static int encodes(const struct published *p, const json_t *line, const char *field, int how)
{
    struct text text = text_of(line);
    struct tokens want = ids_of(line, field), got = {0};

    tokenize(&got, p->tokenizer, (struct bytes){text.at, text.length}, how);
    const int same = got.count == want.count &&
                     (got.count == 0 || memcmp(got.id, want.id, got.count * sizeof *got.id) == 0);
    free(text.at);
    free(want.id);
    free(got.id);
    return same;
}

static int decodes(const struct published *p, const json_t *line, const char *field, int how)
{
    struct text want = text_of(line), got = {0};
    struct tokens ids = ids_of(line, field);

    (void)how;
    detokenize(&got, p->vocabulary, ids.id, ids.count);
    const int same = got.length == want.length &&
                     (got.length == 0 || memcmp(got.at, want.at, got.length) == 0);
    free(ids.id);
    free(want.at);
    free(got.at);
    return same;
}

static void gpt2_cases_are_met(void **state)
{
    (void)state;
    need_shared();
    struct published p = open_published(TOKENIZER_GPT2);
    each_case(&p, "", "ids", 0, encodes);
    each_case(&p, "", "ids", 0, decodes);
    each_case(&p, ".invalid-utf8", "ids_bytes", 0, encodes);
    each_case(&p, ".invalid-utf8", "ids_bytes", 0, decodes);
    each_case(&p, ".invalid-utf8", "ids_replace", TOKENIZE_REPLACE, encodes);
    each_case(&p, ".special", "ids_plain", 0, encodes);
    each_case(&p, ".special", "ids_special", TOKENIZE_SPECIAL, encodes);
    each_case(&p, ".decode", "ids", 0, decodes);
    close_published(&p);
}

static void gpt1_cases_are_met(void **state)
{
    (void)state;
    need_shared();
    struct published p = open_published(TOKENIZER_GPT1);
    each_case(&p, "", "ids", 0, encodes);
    each_case(&p, ".invalid-utf8", "ids", 0, encodes);
    each_case(&p, ".invalid-utf8", "ids", TOKENIZE_REPLACE, encodes);
    each_case(&p, ".special", "ids_plain", 0, encodes);
    each_case(&p, ".special", "ids_special", TOKENIZE_SPECIAL, encodes);
    each_case(&p, ".decode", "ids", 0, decodes);
    close_published(&p);
}

static void control_characters_are_not_printed(void **state)
{
    (void)state;
    need_shared();
    struct published p = open_published(TOKENIZER_GPT1);
    char **text = vocabulary_texts(p.vocabulary);
    assert_string_equal(text[0], "<unk>");
    assert_string_equal(text[40477], "\\x0A</w>");
    for (size_t t = 0; t < p.vocabulary->n_tokens; t++)
        for (const char *at = text[t]; *at; at++)
            assert_false((*at > 0 && *at < 0x20) || *at == 0x7F);
    free_all((void **)text, p.vocabulary->n_tokens);
    close_published(&p);
}

/* ------------------------------------------------------------------------ Unicode */

/* A row of a .tsv file: first, last, kind, and up to three values. False at the end. */
struct row {
    unsigned first, last, value[3];
    int n_values;
    char kind[8];
};

static bool next_row(FILE *f, struct row *row)
{
    char line[128];

    memset(row, 0, sizeof *row);
    if (!fgets(line, sizeof line, f))
        return false;
    const int n = sscanf(line, "%x\t%x\t%7s\t%x %x %x", &row->first, &row->last, row->kind,
                         &row->value[0], &row->value[1], &row->value[2]);
    assert_true(n >= 2);
    row->n_values = n > 3 ? n - 3 : 0;
    return true;
}

static FILE *open_rows(const char *path)
{
    char titles[64];
    FILE *f = fopen(path, "rb");

    assert_non_null(f);
    assert_non_null(fgets(titles, sizeof titles, f));
    return f;
}

static void classes_are_those_of_the_file(void **state)
{
    unsigned next = 0;
    struct row row;

    (void)state;
    need_shared();
    FILE *f = open_rows(SHARED "gpt2-classes.tsv");
    while (next_row(f, &row)) {
        for (; next < row.first; next++)
            assert_int_equal(unicode_class(next), CLASS_OTHER);
        for (; next <= row.last; next++)
            assert_int_equal(unicode_class(next), row.kind[0] == 'L'   ? CLASS_LETTER
                                                  : row.kind[0] == 'N' ? CLASS_NUMBER
                                                                       : CLASS_SPACE);
    }
    for (; next <= LAST_CHARACTER; next++)
        assert_int_equal(unicode_class(next), CLASS_OTHER);
    fclose(f);
}

static void assert_becomes(unsigned character, const struct row *row)
{
    uint32_t got[UNICODE_MOST], want[UNICODE_MOST + 2] = {character};
    size_t n = 1;

    if (strcmp(row->kind, "drop") == 0 || strcmp(row->kind, "mark") == 0)
        n = 0;
    if (strcmp(row->kind, "space") == 0)
        want[0] = ' ';
    if (strcmp(row->kind, "map") == 0)
        for (n = 0; n < (size_t)row->n_values; n++)
            want[n] = row->value[n];
    if (strcmp(row->kind, "cjk") == 0) {
        want[1] = row->n_values ? row->value[0] : character;
        want[0] = want[2] = ' ';
        n = 3;
    }
    if (strcmp(row->kind, "hangul") == 0) {
        want[0] = 0x1100 + (character - 0xAC00) / 588;
        want[1] = 0x1161 + (character - 0xAC00) % 588 / 28;
        want[2] = 0x11A7 + (character - 0xAC00) % 28;
        n = want[2] == 0x11A7 ? 2 : 3;
    }
    if (unicode_normalize(got, character) != n || memcmp(got, want, n * sizeof *got) != 0)
        fail_msg("U+%04X is not normalised as the file says", character);
}

static void normal_forms_are_those_of_the_file(void **state)
{
    static const struct row stays;
    unsigned next = 0;
    struct row row;

    (void)state;
    need_shared();
    FILE *f = open_rows(SHARED "gpt1-normalize.tsv");
    while (next_row(f, &row)) {
        for (; next < row.first; next++)
            assert_becomes(next, &stays);
        for (; next <= row.last; next++)
            assert_becomes(next, &row);
    }
    for (; next <= LAST_CHARACTER; next++)
        assert_becomes(next, &stays);
    fclose(f);
}

static void punctuation_is_that_of_the_file(void **state)
{
    unsigned next = 0;
    struct row row;

    (void)state;
    need_shared();
    FILE *f = open_rows(SHARED "gpt1-punct.tsv");
    while (next_row(f, &row)) {
        for (; next < row.first; next++)
            assert_false(unicode_is_punctuation(next));
        for (; next <= row.last; next++)
            assert_true(unicode_is_punctuation(next));
    }
    for (; next <= LAST_CHARACTER; next++)
        assert_false(unicode_is_punctuation(next));
    fclose(f);
}

static void the_tables_are_what_the_script_makes(void **state)
{
    (void)state;
    need_shared();
    if (shell("python3 -c 'import sys; sys.exit(sys.version_info < (3, 8))'")->code != 0) {
        print_message("skipped: python3 is not there\n");
        skip();
    }
    assert_says(shell("cd " SHARED " && python3 \"$OLDPWD\"/ref/unicode.py --check "
                      "gpt2-classes.tsv gpt1-normalize.tsv gpt1-punct.tsv"), 0,
                "the tables agree", NULL);
    assert_refused(shell("python3 ref/unicode.py a b"), "needs three files", NULL);
    assert_refused(shell("python3 ref/unicode.py a b README.md"), "README.md", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_is_read_and_written),
        cmocka_unit_test(long_words_merge_as_short_ones),
        cmocka_unit_test(a_pair_merges_in_one_way),
        cmocka_unit_test(any_bytes_come_back),
        cmocka_unit_test(a_word_may_be_a_million_letters_long),
        cmocka_unit_test(programs_say_what_they_should),
        cmocka_unit_test(misuse_is_one_line),
        cmocka_unit_test(bad_vocabularies_are_refused),
        cmocka_unit_test(only_a_first_line_of_version_is_skipped),
        cmocka_unit_test(damaged_tables_are_refused),
        cmocka_unit_test(a_model_may_lack_merges),
        cmocka_unit_test(a_trace_begins_with_a_text),
        cmocka_unit_test(gpt2_cases_are_met),
        cmocka_unit_test(gpt1_cases_are_met),
        cmocka_unit_test(control_characters_are_not_printed),
        cmocka_unit_test(classes_are_those_of_the_file),
        cmocka_unit_test(normal_forms_are_those_of_the_file),
        cmocka_unit_test(punctuation_is_that_of_the_file),
        cmocka_unit_test(the_tables_are_what_the_script_makes),
    };

    return cmocka_run_group_tests_name("tokenize", tests, begin, finish);
}
