/* cases_tokenize.c: cases of step 01 as a whole: texts into tokens and back.
 *
 * fixtures/tokenizers/ has a small vocabulary of each family and what HuggingFace's
 * tokenizers make of several hundred texts with it (its README). Each class of texts is a
 * group. The texts of those files are UTF-8; bytes that are not stand here: a byte's id in
 * gpt2/ is the place of its character in the alphabet (id_of_byte). Texts that name a special
 * token are cases_special.c's. */
#include "cases_group.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "files/base64.h"
#include "files/vocabulary.h"

/* One text and its tokens. */
struct pair {
    char class[32];
    struct text text;
    struct tokens ids;
};

/* A vocabulary and all that is known of it. */
struct vocabulary_cases {
    char name[32];               /* gpt1 or gpt2, or a model */
    struct vocabulary *vocabulary;
    struct pair *pair;           /* [n] */
    size_t n;
    const char *class;           /* of the group under way */
};

/* ----------------------------------------------------------------------- the files */

static struct pair read_pair(const json_t *line, const char *path, size_t number)
{
    const char *class = json_string_value(json_object_get(line, "class"));
    const char *text = json_string_value(json_object_get(line, "text_b64"));
    const json_t *ids = json_object_get(line, "ids");
    struct pair p = {0};

    if (!class || !text || !json_is_array(ids))
        die("%s: line %zu is no case: an object with class, text_b64 and ids is needed", path,
            number);
    snprintf(p.class, sizeof p.class, "%s", class);
    p.text = from_base64(text);
    for (size_t i = 0; i < json_array_size(ids); i++)
        tokens_add(&p.ids, (const int[]){(int)json_integer_value(json_array_get(ids, i))}, 1);
    return p;
}

static void read_pairs(struct vocabulary_cases *v, const char *path)
{
    FILE *f = fopen(path, "rb");
    size_t room = 0, length = 0;
    char *text = NULL;

    if (!f)
        die("%s: cannot be read: the cases of step 01 are missing", path);
    while (getline(&text, &length, f) > 0) {
        json_t *line = json_loads(text, 0, NULL);

        if (v->n == room) {
            room = room ? 2 * room : 256;
            v->pair = realloc(v->pair, room * sizeof *v->pair);
            if (!v->pair)
                die("%s: no memory for %zu cases", path, room);
        }
        v->pair[v->n] = read_pair(line, path, v->n + 1);
        v->n++;
        json_decref(line);
    }
    free(text);
    fclose(f);
}

static struct vocabulary_cases open_cases(const struct case_run *r, enum tokenizer_kind kind)
{
    struct vocabulary_cases v = {0};
    char vocab[4200], merges[4200], cases[4200], file[64];

    snprintf(v.name, sizeof v.name, "%s", kind == TOKENIZER_GPT1 ? "gpt1" : "gpt2");
    snprintf(file, sizeof file, "%s/vocab.json", v.name);
    case_path(vocab, sizeof vocab, r, cases_folder(1), file);
    snprintf(file, sizeof file, "%s/merges.txt", v.name);
    case_path(merges, sizeof merges, r, cases_folder(1), file);
    snprintf(file, sizeof file, "%s.cases.jsonl", v.name);
    case_path(cases, sizeof cases, r, cases_folder(1), file);
    v.vocabulary = vocabulary_from_files(kind, vocab, merges);
    read_pairs(&v, cases);
    return v;
}

static void close_cases(struct vocabulary_cases *v)
{
    for (size_t i = 0; i < v->n; i++) {
        free(v->pair[i].text.at);
        free(v->pair[i].ids.id);
    }
    free(v->pair);
    vocabulary_free(v->vocabulary);
}

/* ----------------------------------------------------------------- text into tokens */

static struct bytes bytes_of(const struct text *t)
{
    return (struct bytes){t->at, t->length};
}

void check_text(struct marks *m, const struct case_run *r, struct tokenizer *t,
                       struct bytes text, int how, const int *want, size_t n_want)
{
    struct tokens got = {0};

    case_text(m, text, NULL);
    r->ops->tokenize(&got, t, text, how);
    case_end_ids(m, got.id, got.count, want, n_want);
    free(got.id);
}

static void class_is_encoded(struct marks *m, const struct case_run *r, const void *context)
{
    const struct vocabulary_cases *v = context;
    struct tokenizer *t = r->ops->tokenizer_make(v->vocabulary);

    for (size_t i = 0; i < v->n; i++)
        if (strcmp(v->pair[i].class, v->class) == 0)
            check_text(m, r, t, bytes_of(&v->pair[i].text), 0, v->pair[i].ids.id,
                       v->pair[i].ids.count);
    if (r->ops->tokenizer_free)
        r->ops->tokenizer_free(t);
}

/* One text behind the other into the same list. */
static void tokens_are_appended(struct marks *m, const struct case_run *r, const void *context)
{
    const struct vocabulary_cases *v = context;
    struct tokenizer *t = r->ops->tokenizer_make(v->vocabulary);

    for (size_t i = 0; i + 1 < v->n && i < 40; i++) {
        struct tokens got = {0}, want = {0};

        for (size_t k = i; k < i + 2; k++)
            tokens_add(&want, v->pair[k].ids.id, v->pair[k].ids.count);
        case_text(m, bytes_of(&v->pair[i + 1].text), "into a list that holds tokens");
        for (size_t k = i; k < i + 2; k++)
            r->ops->tokenize(&got, t, bytes_of(&v->pair[k].text), 0);
        case_end_ids(m, got.id, got.count, want.id, want.count);
        free(got.id);
        free(want.id);
    }
    if (r->ops->tokenizer_free)
        r->ops->tokenizer_free(t);
}

/* The id in gpt2/ of the token that is one byte: printable ones come first. */
static int id_of_byte(unsigned byte)
{
    const bool is_printable = (byte >= 33 && byte < 127) || (byte > 160 && byte != 173);
    int before = is_printable ? 0 : 188;

    for (unsigned b = 0; b < byte; b++)
        before += ((b >= 33 && b < 127) || (b > 160 && b != 173)) == is_printable;
    return before;
}

/* Each byte alone, and, where that is no UTF-8, between two letters. */
static void any_byte_is_encoded(struct marks *m, const struct case_run *r, const void *context)
{
    const struct vocabulary_cases *v = context;
    struct tokenizer *t = r->ops->tokenizer_make(v->vocabulary);

    for (unsigned byte = 0; byte < 256; byte++) {
        const unsigned char text[] = {'a', (unsigned char)byte, 'b'};
        const int id[] = {id_of_byte('a'), id_of_byte(byte), id_of_byte('b')};

        check_text(m, r, t, (struct bytes){text + 1, 1}, 0, id + 1, 1);
        if (byte >= 0x80)
            check_text(m, r, t, (struct bytes){text, 3}, 0, id, 3);
    }
    if (r->ops->tokenizer_free)
        r->ops->tokenizer_free(t);
}

/* ----------------------------------------------------------------- tokens into text */

void check_ids(struct marks *m, const struct case_run *r, const struct vocabulary *v,
                      const int *id, size_t n, struct bytes want)
{
    struct text got = {0};

    case_ids(m, id, n);
    r->ops->detokenize(&got, v, id, n);
    case_end_text(m, (struct bytes){got.at, got.length}, want);
    free(got.at);
}

static void any_byte_is_decoded(struct marks *m, const struct case_run *r, const void *context)
{
    const struct vocabulary_cases *v = context;

    for (unsigned byte = 0; byte < 256; byte++) {
        const unsigned char one = (unsigned char)byte;
        const int id = id_of_byte(byte);

        check_ids(m, r, v->vocabulary, &id, 1, (struct bytes){&one, 1});
    }
}

/* GPT-2: the text comes back. */
static void gpt2_comes_back(struct marks *m, const struct case_run *r, const void *context)
{
    const struct vocabulary_cases *v = context;

    for (size_t i = 0; i < v->n; i++)
        check_ids(m, r, v->vocabulary, v->pair[i].ids.id, v->pair[i].ids.count,
                  bytes_of(&v->pair[i].text));
}

/* GPT-1: the spellings in a row, a space for each </w>, none behind the last. */
static void gpt1_words_are_joined(struct marks *m, const struct case_run *r, const void *context)
{
    const struct vocabulary_cases *v = context;

    for (size_t i = 0; i < v->n; i++) {
        const struct tokens *ids = &v->pair[i].ids;
        struct text want = {0};

        for (size_t k = 0; k < ids->count; k++) {
            const struct bytes token = v->vocabulary->token[ids->id[k]];
            const bool ends = token.length >= 4 &&
                              memcmp(token.at + token.length - 4, "</w>", 4) == 0;
            text_add(&want, token.at, token.length - (ends ? 4 : 0));
            text_add(&want, " ", ends && k + 1 < ids->count);
        }
        check_ids(m, r, v->vocabulary, ids->id, ids->count, bytes_of(&want));
        free(want.at);
    }
}

/* ------------------------------------------------------------------------ the groups */

const char *lacks_encoding(const struct case_run *r)
{
    return LACKS(r, tokenizer_make) ? LACKS(r, tokenizer_make) : LACKS(r, tokenize);
}

/* A group for each class, in the order of the file. */
static void run_classes(struct case_run *r, struct vocabulary_cases *v)
{
    char name[2 * MAX_NAME];

    for (size_t i = 0; i < v->n; i++) {
        bool seen = false;

        for (size_t k = 0; k < i && !seen; k++)
            seen = strcmp(v->pair[k].class, v->pair[i].class) == 0;
        if (seen)
            continue;
        v->class = v->pair[i].class;
        snprintf(name, sizeof name, "encode/%s/%s", v->name, v->class);
        case_group(r, name, lacks_encoding(r), class_is_encoded, v);
    }
}

static void run_vocabulary(struct case_run *r, enum tokenizer_kind kind)
{
    struct vocabulary_cases v = open_cases(r, kind);

    run_classes(r, &v);
    if (kind == TOKENIZER_GPT2) {
        case_group(r, "encode/gpt2/any-bytes", lacks_encoding(r), any_byte_is_encoded, &v);
        case_group(r, "encode/gpt2/appended", lacks_encoding(r), tokens_are_appended, &v);
        case_group(r, "decode/gpt2/texts", LACKS(r, detokenize), gpt2_comes_back, &v);
        case_group(r, "decode/gpt2/any-bytes", LACKS(r, detokenize), any_byte_is_decoded, &v);
    } else {
        case_group(r, "encode/gpt1/appended", lacks_encoding(r), tokens_are_appended, &v);
        case_group(r, "decode/gpt1/texts", LACKS(r, detokenize), gpt1_words_are_joined, &v);
    }
    cases_special(r, v.vocabulary, v.name);
    close_cases(&v);
}

void cases_tokenize(struct case_run *r)
{
    if (case_wanted(r, NULL)) {
        run_vocabulary(r, TOKENIZER_GPT2);
        run_vocabulary(r, TOKENIZER_GPT1);
    }
}
