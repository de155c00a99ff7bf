/* 01_tokenize: text on standard input -> tokens, as ids on one line, as a table or as
 * the input of a trace; or, with --decode, ids -> text. --train is program_train.c's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"
#include "files/model.h"
#include "files/vocabulary.h"
#include "program_text.h"
#include "program_trace.h"
#include "show.h"
#include "tokenize.h"
#include "train.h"

struct options {
    const char *model, *kind, *vocab, *merges, *trace;
    bool many, decode, show, special, replace;
};

/* ---------------------------------------------------------------------- options */

static void help(void)
{
    printf("01_tokenize (--model M | --kind gpt2|gpt1 --vocab FILE --merges FILE); options: -0 "
           "--decode --show --special --replace --trace T\n"
           "01_tokenize --train learns a vocabulary.\n"
           "docs/commands.md says what they do.\n");
    exit(0);
}

static bool *flag_of(struct options *o, const char *word)
{
    return strcmp(word, "-0") == 0          ? &o->many
           : strcmp(word, "--decode") == 0  ? &o->decode
           : strcmp(word, "--show") == 0    ? &o->show
           : strcmp(word, "--special") == 0 ? &o->special
           : strcmp(word, "--replace") == 0 ? &o->replace
                                            : NULL;
}

static const char **value_of(struct options *o, const char *word)
{
    return strcmp(word, "--model") == 0    ? &o->model
           : strcmp(word, "--kind") == 0   ? &o->kind
           : strcmp(word, "--vocab") == 0  ? &o->vocab
           : strcmp(word, "--merges") == 0 ? &o->merges
           : strcmp(word, "--trace") == 0  ? &o->trace
                                           : NULL;
}

static void check(const struct options *o)
{
    const bool files = o->kind || o->vocab || o->merges;

    /* GPT-2's ids follow from its merges. */
    const bool enough = o->kind && o->merges && (o->vocab || strcmp(o->kind, "gpt2") == 0);

    if (o->model ? files : !enough)
        die("needs a vocabulary: --model M, or --kind gpt2 or gpt1 --vocab FILE --merges FILE "
            "(gpt2 can do without --vocab)");
    if (o->kind && strcmp(o->kind, "gpt1") != 0 && strcmp(o->kind, "gpt2") != 0)
        die("--kind %s: gpt2 or gpt1 is possible", o->kind);
    if (o->trace && !o->model)
        die("--trace needs --model M: the trace is for that model");
    if (o->trace && (o->many || o->decode))
        die("--trace takes one text: not with -0 or --decode");
    if (o->decode && (o->special || o->replace))
        die("--decode takes ids: --special and --replace are for text");
}

static struct options read_options(int argc, char **argv)
{
    struct options o = {0};

    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        bool *flag = flag_of(&o, word);
        const char **value = value_of(&o, word);

        if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
            help();
        if (!flag && !value)
            die("unknown option %s: --help lists them; the text goes to standard input", word);
        if (value && (i + 1 == argc || !*argv[i + 1]))
            die("%s needs a value", word);
        if (flag)
            *flag = true;
        else
            *value = argv[++i];
    }
    check(&o);
    return o;
}

/* ----------------------------------------------------------------- input, output */

static void print_ids(const struct tokens *tokens)
{
    enum { LONGEST = 12 };  /* a space and the digits of an int */
    char chunk[1 << 12], digits[LONGEST];
    size_t used = 0;

    for (size_t i = 0; i < tokens->count; i++) {
        size_t n = 0;
        int rest = tokens->id[i];
        if (i)
            chunk[used++] = ' ';
        do
            digits[n++] = (char)('0' + rest % 10);
        while (rest /= 10);
        while (n)
            chunk[used++] = digits[--n];
        if (used > sizeof chunk - LONGEST) {
            fwrite(chunk, 1, used, stdout);
            used = 0;
        }
    }
    fwrite(chunk, 1, used, stdout);
    putchar('\n');
}

/* -------------------------------------------------------------------------- main */

struct job {
    struct options o;
    struct model *model;         /* NULL where the vocabulary comes from files */
    struct vocabulary *vocabulary;
    struct tokenizer *tokenizer; /* NULL where only the vocabulary is needed */
};

static void encode(const struct job *j, struct bytes text)
{
    struct tokens tokens = {0};

    tokenize(&tokens, j->tokenizer, text, (j->o.special ? TOKENIZE_SPECIAL : 0) |
                                          (j->o.replace ? TOKENIZE_REPLACE : 0));
    if (j->o.trace)
        begin_trace_of(j->o.trace, j->model, &tokens);
    if (j->o.show)
        show_tokens(j->tokenizer, tokens.id, tokens.count);
    else
        print_ids(&tokens);
    free(tokens.id);
}

/* The ids end with a zero byte. */
static void decode(const struct job *j, struct bytes ids)
{
    if (strlen((const char *)ids.at) != ids.length)
        die("standard input: holds a zero byte: ids with white space between are needed");
    struct tokens tokens = parse_ids("standard input", (const char *)ids.at,
                                     j->vocabulary->n_tokens);
    struct text text = {0};

    if (j->o.show)
        show_tokens(j->tokenizer, tokens.id, tokens.count);
    else
        detokenize(&text, j->vocabulary, tokens.id, tokens.count);
    if (text.length)
        fwrite(text.at, 1, text.length, stdout);
    free(tokens.id);
    free(text.at);
}

/* -0: texts with zero bytes between them, so the end of a text is also where the next
 * one begins, be it an empty one. */
static void encode_each(const struct job *j, struct bytes text)
{
    const unsigned char *at = text.at, *end = at + text.length, *stop;

    while ((stop = memchr(at, '\0', (size_t)(end - at)))) {
        encode(j, (struct bytes){at, (size_t)(stop - at)});
        at = stop + 1;
    }
    encode(j, (struct bytes){at, (size_t)(end - at)});
}

/* -0 --decode: what encode_each printed, back into what it read. */
static void decode_each(const struct job *j, struct bytes ids)
{
    unsigned char *at = (unsigned char *)ids.at, *end = at + ids.length, *stop;

    while ((stop = memchr(at, '\n', (size_t)(end - at)))) {
        *stop = '\0';
        decode(j, (struct bytes){at, (size_t)(stop - at)});
        at = stop + 1;
        if (at < end && !j->o.show)
            putchar('\0');
    }
    if (at < end)
        decode(j, (struct bytes){at, (size_t)(end - at)});
}

static struct job begin(struct options o)
{
    struct job j = {.o = o};

    if (o.model) {
        j.model = model_open(o.model);
        j.vocabulary = vocabulary_from_model(j.model);
        if (!j.vocabulary)
            die("%s: has no /tokenizer: give --kind, --vocab and --merges instead", o.model);
    } else {
        j.vocabulary = vocabulary_from_files(strcmp(o.kind, "gpt2") == 0 ? TOKENIZER_GPT2
                                                                         : TOKENIZER_GPT1,
                                             o.vocab, o.merges);
    }
    if (!o.decode || o.show)
        j.tokenizer = tokenizer_make(j.vocabulary);
    return j;
}

int main(int argc, char **argv)
{
    die_as("01_tokenize");
    if (argc > 1 && strcmp(argv[1], "--train") == 0)
        return train_main(argc, argv);
    const struct options o = read_options(argc, argv);
    struct job j = begin(o);
    struct text in = read_all("the text", "-");
    const struct bytes text = {in.at, in.length};

    if (j.o.decode)
        (j.o.many ? decode_each : decode)(&j, text);
    else
        (j.o.many ? encode_each : encode)(&j, text);
    finish_output();
    free(in.at);
    tokenizer_free(j.tokenizer);
    vocabulary_free(j.vocabulary);
    model_close(j.model);
    return 0;
}
