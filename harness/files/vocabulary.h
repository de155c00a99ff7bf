/* vocabulary.h: the tokens and merges of a tokenizer, read and validated; from a
 * model file or from published files. What to do with them is steps/01_tokenize's. */
#ifndef VOCABULARY_H
#define VOCABULARY_H

#include <stddef.h>

struct model;

enum tokenizer_kind { TOKENIZER_GPT1 = 1, TOKENIZER_GPT2 = 2 };

/* A text that may hold any byte. */
struct bytes {
    const unsigned char *at;
    size_t length;
};

struct vocabulary {
    enum tokenizer_kind kind;
    const char *vocab_name, *merges_name;  /* where they come from, for messages */
    size_t n_tokens;
    struct bytes *token;        /* [n_tokens] in id order, in their published spelling */
    size_t n_merges;
    struct bytes (*merge)[2];   /* [n_merges] left and right, the lowest rank first; NULL
                                 * where a model file holds tokens and no merges */
    void *json, *blob[2];       /* what the above points into */
};

/* vocab.json and merges.txt as OpenAI and HuggingFace publish them. GPT-2's ids follow
 * from its merges: vocab_path may be NULL there. Ends the program with one line where
 * a file is not what it should be. */
struct vocabulary *vocabulary_from_files(enum tokenizer_kind kind, const char *vocab_path,
                                         const char *merges_path);

/* The group /tokenizer of a model file (docs/formats.md); NULL where it has none.
 * Ends the program with one line where it is damaged. */
struct vocabulary *vocabulary_from_model(struct model *m);

void vocabulary_free(struct vocabulary *v);

/* Every token's spelling as a text for people: [n_tokens] strings in which control
 * characters are written as in \x0A. Free with free_all. */
char **vocabulary_texts(const struct vocabulary *v);

#endif
