/* test_train.c: vocabularies learned by 01_tokenize --train, and what HuggingFace's
 * tokenizers make of texts with them (fixtures/tokenizers). */
#include "tool.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"

/* ----------------------------------------------------------------------- learning */

/* What the committed vocabularies are is in fixtures/tokenizers/README.md. */
static void learns_the_fixtures_again(void **state)
{
    (void)state;
    assert_says(shell("01_tokenize --train --kind gpt2 --vocab-size 640 --out $T/gpt2 "
                      "$F/tokenizers/text.txt"), 0, "256 symbols, 383 merges, <|endoftext|>: 640",
                "Ġt + he", NULL);
    assert_says(shell("01_tokenize --train --kind gpt1 --vocab-size 1000 --out $T/gpt1 "
                      "$F/tokenizers/text.txt"), 0, "640 symbols, 359 merges, <unk>: 1000",
                "th + e</w>", NULL);
    for (int i = 1; i <= 2; i++)
        assert_int_equal(shell("cmp $T/gpt%d/vocab.json $F/tokenizers/gpt%d/vocab.json && "
                               "cmp $T/gpt%d/merges.txt $F/tokenizers/gpt%d/merges.txt",
                               i, i, i, i)->code, 0);
}

static const struct {
    const char *kind, *text, *merges;
} known[] = {
    /* The example of Sennrich et al. (2016), section 3.2: low 5, lower 2, newest 6,
     * widest 3. Their first merges are e s, es t, est </w>, l o, lo w; here t and the
     * end of the word are one symbol from the start. */
    {"gpt1", "low low low low low lower lower newest newest newest newest newest newest "
             "widest widest widest",
     "e s|es t</w>|l o|e w|n ew|new est</w>|lo w</w>|d est</w>|i dest</w>|w idest</w>|e r</w>|"
     "w er</w>|lo wer</w>|"},
    /* Ties: the smallest left symbol, then the smallest right one. */
    {"gpt1", "cd ab cd ab", "a b</w>|c d</w>|"},
    {"gpt1", "ac ab ab ac", "a b</w>|a c</w>|"},
    {"gpt2", "xb.xb.xa.xa.", "x a|x b|"},
    /* a a stands 4 times in aaaaa, and is merged twice. Then aa aa, aa a: a is older. */
    {"gpt2", "aaaaa aaaaa", "a a|aa a|aa aaa|"},
    /* Nothing is merged across words, nor where it occurs once. */
    {"gpt1", "a b a b a b", ""},
    {"gpt2", "abcdefg", ""},
    {"gpt2", "it's he's", "' s|"},
    {"gpt2", "\n\n\n\nx\n\n\n\nx", "Ċ Ċ|ĊĊ Ċ|"},
    {"gpt1", "Éa éa", "e a</w>|"},
};

static void learns_known_merges(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const struct outcome *o =
            shell("printf '%%s' \"%s\" | 01_tokenize --train --kind %s --vocab-size 400 --force "
                  "--out $T/known - > $T/said 2>&1; tail -n +2 $T/known/merges.txt | tr '\\n' '|'",
                  known[i].text, known[i].kind);
        assert_string_equal(o->out, known[i].merges);
    }
}

static void stops_where_nothing_is_left(void **state)
{
    (void)state;
    const struct outcome *o =
        shell("printf 'ab ab' > $T/short; 01_tokenize --train --kind gpt2 --vocab-size 300 "
              "--out $T/short.out $T/short");
    assert_says(o, 0, "256 symbols, 1 merges", NULL);
    assert_non_null(strstr(o->err, "258 tokens instead of 300: no pair occurs twice"));
    assert_says(shell("cat $T/short.out/merges.txt"), 0, "#version: 0.2\na b\n", NULL);
    assert_says(shell("head -c 24 $T/short.out/vocab.json; tail -c 43 $T/short.out/vocab.json"), 0,
                "{\"!\": 0, \"\\\"\": 1, \"#\": 2", "\"ab\": 256, \"<|endoftext|>\": 257}\n", NULL);
    /* Just the symbols. */
    assert_says(shell("01_tokenize --train --kind gpt2 --vocab-size 257 --out $T/least $T/short"),
                0, "256 symbols, 0 merges", NULL);
    assert_says(shell("01_tokenize --train --kind gpt1 --vocab-size 5 --out $T/least1 $T/short; "
                      "cat $T/least1/*"), 0, "4 symbols, 0 merges", "#version: 0.2\n{",
                "{\"<unk>\": 0, \"a\": 1, \"b\": 2, \"a</w>\": 3, \"b</w>\": 4}", NULL);
}

/* The merges follow from the words and their counts: not from the order of the files,
 * nor from how the words are spread over them. */
static void learns_the_same_in_any_order(void **state)
{
    (void)state;
    assert_int_equal(shell(
        "head -n 9 $F/tokenizers/text.txt > $T/a; tail -n +10 $F/tokenizers/text.txt > $T/b\n"
        "for kind in gpt2 gpt1; do n=900\n"
        "01_tokenize --train --kind $kind --vocab-size $n --out $T/$kind.ab $T/a $T/b &&\n"
        "01_tokenize --train --kind $kind --vocab-size $n --out $T/$kind.ba -- $T/b $T/a &&\n"
        "01_tokenize --train - --vocab-size $n --out $T/$kind.c --kind $kind "
        "< $F/tokenizers/text.txt &&\n"
        "cmp $T/$kind.ab/vocab.json $T/$kind.ba/vocab.json &&\n"
        "cmp $T/$kind.ab/merges.txt $T/$kind.ba/merges.txt &&\n"
        "cmp $T/$kind.ab/merges.txt $T/$kind.c/merges.txt || exit 1; done")->code, 0);
}

/* ----------------------------------------------- the algorithm, counting anew each time */

enum { LETTERS = 4000, WORDS = 400, MERGES = 60, ROOM = 64 };

struct slow_word {
    char token[ROOM][ROOM];
    size_t n;
};

static size_t occurrences(const struct slow_word *word, const char *left, const char *right)
{
    size_t count = 0;

    for (size_t w = 0; w < WORDS; w++)
        for (size_t i = 0; i + 1 < word[w].n; i++)
            count += strcmp(word[w].token[i], left) == 0 &&
                     strcmp(word[w].token[i + 1], right) == 0;
    return count;
}

static void merge_everywhere(struct slow_word *word, const char *left, const char *right)
{
    for (size_t w = 0; w < WORDS; w++) {
        size_t n = 0;
        for (size_t i = 0; i < word[w].n; i++, n++) {
            const bool here = i + 1 < word[w].n && strcmp(word[w].token[i], left) == 0 &&
                              strcmp(word[w].token[i + 1], right) == 0;
            memmove(word[w].token[n], word[w].token[i], ROOM);
            if (here)
                strcat(word[w].token[n], word[w].token[++i]);
        }
        word[w].n = n;
    }
}

/* Words of few letters, so that pairs overlap and counts are equal. */
static void make_words(struct slow_word *word, const char *path)
{
    FILE *f = fopen(path, "wb");
    unsigned state = 7;

    assert_non_null(f);
    for (size_t w = 0; w < WORDS; w++) {
        state = state * 1664525u + 1013904223u;
        word[w].n = 1 + (state >> 16) % 12;
        for (size_t i = 0; i < word[w].n; i++) {
            state = state * 1664525u + 1013904223u;
            word[w].token[i][0] = "aaabbc"[(state >> 20) % 6];
            word[w].token[i][1] = '\0';
            fputc(word[w].token[i][0], f);
        }
        fputc(w + 1 < WORDS ? '.' : ' ', f);
    }
    assert_int_equal(fclose(f), 0);
}

static void agrees_with_counting_anew(void **state)
{
    static struct slow_word word[WORDS];
    char symbol[3 + MERGES][ROOM] = {"a", "b", "c"}, want[8192];
    size_t used = (size_t)sprintf(want, "#version: 0.2\n");

    (void)state;
    make_words(word, file("letters"));
    for (size_t n = 3; n < 3 + MERGES; n++) {
        size_t most = 0, left = 0, right = 0;
        for (size_t l = 0; l < n; l++)
            for (size_t r = 0; r < n; r++) {
                const size_t count = occurrences(word, symbol[l], symbol[r]);
                if (count > most) {
                    most = count;
                    left = l;
                    right = r;
                }
            }
        assert_true(most > 1);
        snprintf(symbol[n], ROOM, "%s%s", symbol[left], symbol[right]);
        used += (size_t)sprintf(want + used, "%s %s\n", symbol[left], symbol[right]);
        merge_everywhere(word, symbol[left], symbol[right]);
    }
    assert_int_equal(shell("01_tokenize --train --kind gpt2 --vocab-size %d --out $T/slow "
                           "$T/letters", 257 + MERGES)->code, 0);
    assert_string_equal(shell("cat $T/slow/merges.txt")->out, want);
}

/* ------------------------------------------------------------------------- misuse */

#define TRAIN "01_tokenize --train --kind gpt2 --vocab-size 300 --out $T/out "

static const struct {
    const char *command, *words;
} misuses[] = {
    {"01_tokenize --train", "--train needs --kind gpt2|gpt1 --vocab-size N --out FOLDER FILE..."},
    {TRAIN, "--train needs"},
    {"01_tokenize --train --vocab-size 300 --out $T/out README.md", "--train needs"},
    {"01_tokenize --train --kind gpt2 --out $T/out README.md", "--train needs"},
    {"01_tokenize --train --kind gpt2 --vocab-size 300 README.md", "--train needs"},
    {TRAIN "--kind gpt3 README.md", "--kind gpt3: the kinds are gpt2 and gpt1"},
    {TRAIN "--kind", "--kind needs a value"},
    {TRAIN "--out '' README.md", "--out needs a value"},
    {TRAIN "--size 3 README.md", "unknown option --size"},
    {TRAIN "--vocab-size many README.md", "`many` is not a whole number"},
    {TRAIN "--vocab-size 256 README.md", "--vocab-size 256: the bytes and <|endoftext|> are 257"},
    {TRAIN "--kind gpt1 --vocab-size 8 README.md", "ask for as many"},
    {TRAIN "/nowhere/text", "/nowhere/text cannot be read"},
    {TRAIN "README.md docs", "docs cannot be read"},
    {TRAIN "/dev/null", "/dev/null: no word in it"},
    {TRAIN "/dev/null $T/empty", "/dev/null and the other files: no word in it"},
    {TRAIN "--kind gpt1 $T/blank", "blank: no word in it"},
    {TRAIN "--out README.md README.md", "--out README.md: is not a folder"},
    {TRAIN "--out $T/full README.md", "vocab.json: is there already"},
    {TRAIN "--out $T/half README.md", "merges.txt: is there already"},
    {TRAIN "--out $T/odd --force README.md", "merges.txt: is a folder"},
    {TRAIN "--out /nowhere/out README.md", "--out /nowhere/out: cannot be made"},
    {TRAIN "--out /proc README.md", "/proc/vocab.json: cannot be written"},
    {TRAIN "--out /proc/self/fd/99/x README.md", "cannot be made"},
    /* A disk that is full. */
    {"(trap '' XFSZ; ulimit -f 1; " TRAIN "README.md)", "out/vocab.json: cannot be written"},
};

static void misuse_is_one_line(void **state)
{
    (void)state;
    shell("mkdir $T/full $T/half $T/odd $T/odd/merges.txt; : > $T/empty; "
          "printf ' \\001\\n\\302\\240' > $T/blank; echo kept > $T/full/vocab.json; "
          "echo kept > $T/half/merges.txt");
    for (size_t i = 0; i < sizeof misuses / sizeof misuses[0]; i++)
        assert_refused(shell("%s", misuses[i].command), misuses[i].words, NULL);
    assert_string_equal(shell("cat $T/full/* $T/half/*; ls -A $T/full $T/half $T/out | grep part")
                            ->out, "kept\nkept\n");
    assert_int_equal(shell(TRAIN "--out $T/full --force README.md; ls $T/full/*.part-*")->code, 2);
    assert_says(shell("head -c 8 $T/full/vocab.json; ls $T/full"), 0,
                "{\"!\": 0,merges.txt\nvocab.json\n", NULL);
}

/* -------------------------------------------------------------------- HuggingFace */

static size_t decode_base64(unsigned char *out, const char *text)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned bits = 0, n_bits = 0;
    size_t n = 0;

    for (; *text && *text != '='; text++) {
        bits = bits << 6 | (unsigned)(strchr(digits, *text) - digits);
        n_bits += 6;
        if (n_bits >= 8)
            out[n++] = (unsigned char)(bits >> (n_bits -= 8));
    }
    return n;
}

/* All texts of a case file go to $T/texts with zero bytes between them and their ids
 * to $T/want, a line a text. A text that has a zero byte in it is left to `alone`. */
static size_t write_cases(const char *path, void alone(const unsigned char *, size_t, const char *))
{
    FILE *in = fopen(path, "rb"), *texts = fopen(file("texts"), "wb");
    FILE *want = fopen(file("want"), "wb");
    static char line[1 << 14];
    static unsigned char text[1 << 13];
    size_t n = 0;

    assert_true(in && texts && want);
    while (fgets(line, sizeof line, in)) {
        json_t *c = json_loads(line, JSON_REJECT_DUPLICATES, NULL), *id;
        static char ids[1 << 14];
        size_t i, used = 0;

        assert_non_null(c);
        const char *base64 = json_string_value(json_object_get(c, "text_b64"));
        const size_t length = decode_base64(text, base64);
        json_array_foreach(json_object_get(c, "ids"), i, id)
            used += (size_t)sprintf(ids + used, "%s%d", i ? " " : "", (int)json_integer_value(id));
        ids[used] = '\0';
        json_decref(c);
        if (memchr(text, 0, length)) {
            alone(text, length, ids);
            continue;
        }
        if (n++)
            fputc('\0', texts);
        fwrite(text, 1, length, texts);
        fprintf(want, "%s\n", ids);
    }
    assert_int_equal(fclose(texts) | fclose(want) | fclose(in), 0);
    return n;
}

#define WITH(kind) "--kind " kind " --vocab $F/tokenizers/" kind "/vocab.json " \
                   "--merges $F/tokenizers/" kind "/merges.txt"

static void run_alone(const unsigned char *text, size_t length, const char *ids, const char *with)
{
    FILE *f = fopen(file("alone"), "wb");
    char want[256];

    assert_non_null(f);
    fwrite(text, 1, length, f);
    assert_int_equal(fclose(f), 0);
    snprintf(want, sizeof want, "%s\n", ids);
    assert_string_equal(shell("01_tokenize %s < $T/alone", with)->out, want);
}

static void run_gpt2(const unsigned char *text, size_t length, const char *ids)
{
    run_alone(text, length, ids, WITH("gpt2"));
}

static void run_gpt1(const unsigned char *text, size_t length, const char *ids)
{
    run_alone(text, length, ids, WITH("gpt1"));
}

static void gpt2_ids_are_huggingfaces(void **state)
{
    (void)state;
    assert_true(write_cases("fixtures/tokenizers/gpt2.cases.jsonl", run_gpt2) > 500);
    const struct outcome *o = shell("01_tokenize -0 " WITH("gpt2") " < $T/texts > $T/got && "
                                    "diff $T/want $T/got");
    assert_string_equal(o->err, "");
    assert_string_equal(o->out, "");
    assert_int_equal(o->code, 0);
    assert_int_equal(shell("01_tokenize -0 --decode " WITH("gpt2") " < $T/want | "
                           "cmp - $T/texts")->code, 0);
}

static void gpt1_ids_are_huggingfaces(void **state)
{
    (void)state;
    assert_true(write_cases("fixtures/tokenizers/gpt1.cases.jsonl", run_gpt1) > 500);
    const struct outcome *o = shell("01_tokenize -0 " WITH("gpt1") " < $T/texts > $T/got && "
                                    "diff $T/want $T/got");
    assert_string_equal(o->err, "");
    assert_string_equal(o->out, "");
    assert_int_equal(o->code, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(learns_the_fixtures_again),
        cmocka_unit_test(learns_known_merges),
        cmocka_unit_test(stops_where_nothing_is_left),
        cmocka_unit_test(learns_the_same_in_any_order),
        cmocka_unit_test(agrees_with_counting_anew),
        cmocka_unit_test(misuse_is_one_line),
        cmocka_unit_test(gpt2_ids_are_huggingfaces),
        cmocka_unit_test(gpt1_ids_are_huggingfaces),
    };
    return cmocka_run_group_tests(tests, begin, finish);
}
