/* program_corpus.h: a text as tokens, a part of it held out. */
#ifndef PROGRAM_CORPUS_H
#define PROGRAM_CORPUS_H

#include <stdint.h>

#include "01_tokenize/grow.h"
#include "01_tokenize/tokenizer.h"

struct corpus {
    struct tokens tokens;    /* those of the part that is learnt from, then the others */
    size_t n_train;          /* how many of them are learnt from */
    size_t bytes_train, bytes_held_out;
    uint64_t hash;           /* of the text */
};

/* Reads a text. Ends the program where there is none. `path` may be `-`. */
struct text corpus_text(const char *path);

/* How many bytes of the text are to be learnt from, when the last `held_out` of it are
 * not: it ends where a line does, if there are lines. */
size_t corpus_split(const struct text *text, double held_out);

/* A number that tells texts apart. */
uint64_t hash_of(const struct text *text);

/* Both parts, each tokenized by itself. Free tokens.id. */
struct corpus corpus_make(const struct text *text, double held_out, struct tokenizer *t);

/* A vocabulary of at most n_tokens, learnt from the first n_bytes of the text. */
struct vocabulary *corpus_vocabulary(const struct text *text, size_t n_bytes,
                                     enum tokenizer_kind kind, size_t n_tokens);

#endif
