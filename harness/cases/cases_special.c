/* cases_special.c: cases of step 01 that stand here as a table: special tokens in a text,
 * invalid bytes that are replaced or vanish, and the vocabularies of the pocket models, in
 * which merges begin with letters that are no tokens. */
#include "cases_group.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "files/model.h"
#include "files/vocabulary.h"

/* A text, how it is to be taken, and its tokens; or tokens and their text. */
struct own_case {
    const char *text;
    int how;
    size_t n;
    int id[8];
};

struct own_cases {
    const char *vocabulary;      /* gpt1, gpt2, or the model that has it */
    const char *name;
    bool decodes;                /* from tokens to text */
    struct own_case own[8];      /* up to the first without a text */
};

/* In gpt2/ `!` is 0, `a` 64 and the end of a text 639; U+FFFD has the bytes 171 123 121.
 * In gpt1/ `!` is 321. What the pockets' tokens are is in fixtures/README.md. */
static const struct own_cases own_cases[] = {
    {"gpt2", "encode/gpt2/special-token", false,
     {{"<|endoftext|>", TOKENIZE_SPECIAL, 1, {639}},
      {"!<|endoftext|>!", TOKENIZE_SPECIAL, 3, {0, 639, 0}},
      {"<|endoftext|><|endoftext|>a", TOKENIZE_SPECIAL, 3, {639, 639, 64}}}},
    {"gpt2", "encode/gpt2/replace", false,
     {{"a\377a", TOKENIZE_REPLACE, 5, {64, 171, 123, 121, 64}},
      {"a\360\237\230a", TOKENIZE_REPLACE, 5, {64, 171, 123, 121, 64}},
      {"a\303", TOKENIZE_REPLACE, 4, {64, 171, 123, 121}},
      {"\303\300", TOKENIZE_REPLACE, 6, {171, 123, 121, 171, 123, 121}},
      {"a", TOKENIZE_REPLACE, 1, {64}}}},
    {"gpt1", "encode/gpt1/special-token", false,
     {{"<unk>", TOKENIZE_SPECIAL, 1, {0}},
      {"!<unk>!", TOKENIZE_SPECIAL, 3, {321, 0, 321}},
      {"<unk><unk>", TOKENIZE_SPECIAL, 2, {0, 0}}}},
    {"gpt1", "encode/gpt1/any-bytes", false,
     {{"!\377!", 0, 2, {321, 321}},
      {"\360\237!\200", 0, 1, {321}},
      {"!\303", TOKENIZE_REPLACE, 1, {321}},
      {"\377", 0, 0, {0}}}},
    {"gpt2", "decode/gpt2/special-token", true,
     {{"a<|endoftext|>!", 0, 3, {64, 639, 0}}}},
    {"gpt2-pocket", "encode/gpt2-pocket", false,
     {{"Hello World", 0, 4, {3, 5, 7, 9}}, {"Hello", 0, 2, {3, 5}}, {"", 0, 0, {0}},
      {"HeHe", 0, 2, {3, 3}}, {"Hello World!", 0, 5, {3, 5, 7, 9, 0}}}},
    {"gpt2-pocket", "decode/gpt2-pocket", true,
     {{"Hello World!", 0, 5, {3, 5, 7, 9, 0}}, {"llo", 0, 1, {5}}}},
    {"gpt1-pocket", "encode/gpt1-pocket", false,
     {{"Hello World", 0, 4, {4, 6, 7, 9}}, {"HELLO   w\303\266rld!\n", 0, 5, {4, 6, 7, 9, 1}},
      {"xyz he", 0, 5, {0, 0, 0, 0, 0}}, {"", 0, 0, {0}}}},
    {"gpt1-pocket", "decode/gpt1-pocket", true,
     {{"hello world !", 0, 5, {4, 6, 7, 9, 1}}, {"llo <unk>world", 0, 4, {6, 0, 7, 9}}}},
};

/* The vocabulary, and the cases that stand here. */
struct own_work {
    const struct vocabulary *vocabulary;
    const struct own_cases *cases;
};

static void own_texts_are_encoded(struct marks *m, const struct case_run *r, const void *context)
{
    const struct own_work *w = context;
    struct tokenizer *t = r->ops->tokenizer_make(w->vocabulary);

    for (const struct own_case *c = w->cases->own; c->text; c++)
        check_text(m, r, t, (struct bytes){(const unsigned char *)c->text, strlen(c->text)},
                   c->how, c->id, c->n);
    if (r->ops->tokenizer_free)
        r->ops->tokenizer_free(t);
}

static void own_texts_are_decoded(struct marks *m, const struct case_run *r, const void *context)
{
    const struct own_work *w = context;

    for (const struct own_case *c = w->cases->own; c->text; c++)
        check_ids(m, r, w->vocabulary, c->id, c->n,
                  (struct bytes){(const unsigned char *)c->text, strlen(c->text)});
}

void cases_special(struct case_run *r, const struct vocabulary *v, const char *name)
{
    for (size_t i = 0; i < sizeof own_cases / sizeof own_cases[0]; i++) {
        const struct own_cases *c = &own_cases[i];
        const struct own_work work = {v, c};

        if (strcmp(c->vocabulary, name) == 0)
            case_group(r, c->name, c->decodes ? LACKS(r, detokenize) : lacks_encoding(r),
                       c->decodes ? own_texts_are_decoded : own_texts_are_encoded, &work);
    }
}

static void run_pocket(struct case_run *r, const char *name)
{
    char path[4200], file[64];

    snprintf(file, sizeof file, "%s.model.h5", name);
    case_path(path, sizeof path, r, "", file);
    if (!case_wanted(r, name) || access(path, R_OK) != 0)
        return;
    struct model *model = model_open(path);
    struct vocabulary *v = vocabulary_from_model(model);
    cases_special(r, v, name);
    vocabulary_free(v);
    model_close(model);
}

void cases_pockets(struct case_run *r)
{
    run_pocket(r, "gpt2-pocket");
    run_pocket(r, "gpt1-pocket");
}
