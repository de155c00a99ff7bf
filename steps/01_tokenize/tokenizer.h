/* tokenizer.h: a vocabulary made ready for tokenizing. */
#ifndef TOKENIZER_H
#define TOKENIZER_H

#include "cache.h"
#include "files/vocabulary.h"
#include "grow.h"
#include "merges.h"
#include "symbols.h"

struct tokenizer {
    const struct vocabulary *vocabulary;
    struct symbols symbols;   /* the tokens under their ids, then what has no id */
    struct merges merges;
    int byte_symbol[256];     /* GPT-2: the symbol of each byte */
    int unknown;              /* the id of <unk>, -1 where there is none */
    int special;              /* the id of <|endoftext|> (GPT-2) or <unk>, or -1 */
    struct cache *cache;      /* words that were met before */
    struct tokens word;       /* room for the symbols of one word */
    struct text spelling;     /* the 256 characters of GPT-2's alphabet, and room for one
                               * more spelling while the tokenizer is made */
};

/* Keeps the vocabulary. Ends the program with one line where tokens and merges do
 * not fit together. */
struct tokenizer *tokenizer_make(const struct vocabulary *v);
void tokenizer_free(struct tokenizer *t);

/* The spelling of the special token that texts may name. */
struct bytes tokenizer_special(const struct tokenizer *t);

/* The symbol of the character of that spelling, the last of its word or not; below 0
 * where it is no symbol. GPT-1: a last character has </w> behind it. */
int tokenizer_symbol(const struct tokenizer *t, struct bytes character, int is_last);

#endif
