/* tokenize.h: text into tokens and tokens into text. */
#ifndef TOKENIZE_H
#define TOKENIZE_H

#include "grow.h"
#include "tokenizer.h"

/* What else may be asked for; 0 for nothing. */
enum {
    TOKENIZE_SPECIAL = 1,  /* <|endoftext|> (GPT-2) or <unk> in the text are that token */
    TOKENIZE_REPLACE = 2   /* GPT-2: what is not UTF-8 becomes U+FFFD, and is lost */
};

/* Appends the tokens of a text. Ends the program where the vocabulary lacks a token
 * for a part of it. */
void tokenize(struct tokens *out, struct tokenizer *t, struct bytes text, int how);

/* Appends the text of one token; the last of a text or not. */
void detokenize_one(struct text *out, const struct vocabulary *v, int id, int is_last);

/* Appends the text of n tokens, ids below v->n_tokens. GPT-2: exactly the bytes that
 * were tokenized, and maybe half a character at either end. */
void detokenize(struct text *out, const struct vocabulary *v, const int *id, size_t n);

#endif
