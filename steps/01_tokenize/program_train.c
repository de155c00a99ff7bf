/* program_train.c: `01_tokenize --train`: texts in, vocab.json and merges.txt out.
 *
 * Each file is one text and is cut into words as the tokenizer does (split.h); what
 * is learned depends on the words and their counts alone, not on the order of the
 * files. Learning itself is train.c. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "files/vocabulary_write.h"
#include "program_text.h"
#include "split.h"
#include "train.h"
#include "train_start.h"
#include "words.h"

enum { SHOWN_MERGES = 8, MOST_TOKENS = 1 << 24 };

struct training {
    enum tokenizer_kind kind;
    size_t n_tokens;  /* asked for */
    const char *out;
    bool force;
    char **file;      /* [n_files] */
    int n_files;
};

static const char usage[] =
    "--train needs --kind gpt2|gpt1 --vocab-size N --out FOLDER FILE...; it takes --force too";

/* ---------------------------------------------------------------------- options */

static enum tokenizer_kind kind_of(const char *value)
{
    if (strcmp(value, "gpt2") != 0 && strcmp(value, "gpt1") != 0)
        die("--kind %s: the kinds are gpt2 and gpt1", value);
    return strcmp(value, "gpt2") == 0 ? TOKENIZER_GPT2 : TOKENIZER_GPT1;
}

/* Options come in any order; what is none is a file, - is standard input, and all
 * after `--` are files. The names of the files move to the front of argv. */
static struct training options(int argc, char **argv)
{
    struct training t = {.file = argv};

    for (int i = 1; i < argc; i++) {
        const char *option = argv[i], *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(option, "--") == 0) {
            while (++i < argc)
                t.file[t.n_files++] = argv[i];
            break;
        }
        if (option[0] != '-' || !option[1]) {
            t.file[t.n_files++] = argv[i];
            continue;
        }
        if (strcmp(option, "--train") == 0)
            continue;
        if (strcmp(option, "--force") == 0) {
            t.force = true;
            continue;
        }
        if (!list_has("--kind --vocab-size --out", option))
            die("unknown option %s: %s", option, usage);
        if (!*value)
            die("%s needs a value", option);
        if (strcmp(option, "--kind") == 0)
            t.kind = kind_of(value);
        else if (strcmp(option, "--out") == 0)
            t.out = value;
        else
            t.n_tokens = (size_t)whole_number(option, value, 2, MOST_TOKENS);
        i++;
    }
    if (!t.kind || !t.n_tokens || !t.out || !t.n_files)
        die("%s", usage);
    return t;
}

/* ------------------------------------------------------------------------ texts */

static struct counts count_words(const struct training *t, size_t *n_bytes)
{
    struct counts counts = {0};

    *n_bytes = 0;
    for (int i = 0; i < t->n_files; i++) {
        struct text text = read_all("--train", t->file[i]);
        (t->kind == TOKENIZER_GPT2 ? split_gpt2 : split_gpt1)(text.at, text.length, counts_add,
                                                              &counts);
        *n_bytes += text.length;
        free(text.at);
    }
    if (counts.n == 0)
        die("%s%s: no word in it, nothing can be learned: give a text", t->file[0],
            t->n_files > 1 ? " and the other files" : "");
    return counts;
}

/* --------------------------------------------------------------------- learning */

/* How many merges there is room for, beside the symbols and <|endoftext|>. */
static size_t room_for_merges(const struct training *t, const struct start *s)
{
    const size_t least = s->n + (t->kind == TOKENIZER_GPT2);

    if (t->n_tokens < least && t->kind == TOKENIZER_GPT2)
        die("--vocab-size %zu: the bytes and <|endoftext|> are %zu tokens: ask for as many",
            t->n_tokens, least);
    if (t->n_tokens < least)
        die("--vocab-size %zu: the texts have %zu characters, which make %zu tokens with <unk> "
            "and those that end a word: ask for as many", t->n_tokens, s->n_characters, least);
    return t->n_tokens - least;
}

static void show_token(const struct bytes token)
{
    fwrite(token.at, 1, token.length, stdout);
}

static void show(const struct vocabulary *v, const struct train_merge *merge)
{
    const size_t first = v->n_tokens - v->n_merges - (v->kind == TOKENIZER_GPT2);
    const size_t shown = v->n_merges < SHOWN_MERGES ? v->n_merges : SHOWN_MERGES;

    printf("%zu symbols, %zu merges, %s: %zu tokens\n", first - (v->kind == TOKENIZER_GPT1),
           v->n_merges, v->kind == TOKENIZER_GPT2 ? "<|endoftext|>" : "<unk>", v->n_tokens);
    if (shown)
        printf("%8s %8s  first merges\n", "id", "times");
    for (size_t r = 0; r < shown; r++) {
        printf("%8zu %8llu  ", first + r, (unsigned long long)merge[r].count);
        show_token(v->merge[r][0]);
        printf(" + ");
        show_token(v->merge[r][1]);
        putchar('\n');
    }
}

int train_main(int argc, char **argv)
{
    die_as("01_tokenize");
    const struct training t = options(argc, argv);
    size_t n_bytes;

    vocabulary_check_folder(t.out, t.force);
    struct counts counts = count_words(&t, &n_bytes);
    struct start start = start_make(t.kind, &counts);
    const size_t most = room_for_merges(&t, &start);
    struct train_merge *merge = allocate(most, sizeof *merge);
    const size_t n = train_merges(merge, start.word, start.n_words, start.n, most);

    struct vocabulary *v = trained_vocabulary(&start, merge, n);
    vocabulary_write(t.out, v);
    printf("%zu bytes, %llu words, %zu different ones\n", n_bytes,
           (unsigned long long)counts.total, counts.n);
    show(v, merge);
    printf("%s/vocab.json and merges.txt are written\n", t.out);
    if (n < most)
        warn("%zu tokens instead of %zu: no pair occurs twice any more; more text is needed",
             v->n_tokens, t.n_tokens);
    vocabulary_free(v);
    free(merge);
    start_free(&start);
    counts_free(&counts);
    return 0;
}
