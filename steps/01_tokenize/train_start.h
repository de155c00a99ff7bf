/* train_start.h: the symbols that training starts from, and the vocabulary that
 * comes of it. */
#ifndef TRAIN_START_H
#define TRAIN_START_H

#include "files/vocabulary.h"
#include "train.h"
#include "train_counts.h"

struct start {
    enum tokenizer_kind kind;
    uint32_t *character;      /* [n_characters] in rising order */
    size_t n_characters;
    size_t n;                 /* symbols; their ids are 0 .. n-1 */
    struct train_word *word;  /* [n_words] the words in these symbols */
    size_t n_words;
    uint32_t *memory;         /* what the words point into */
};

struct start start_make(enum tokenizer_kind kind, const struct counts *counts);
void start_free(struct start *s);

/* All tokens and merges in their published spelling; free with vocabulary_free. */
struct vocabulary *trained_vocabulary(const struct start *s, const struct train_merge *merge,
                                      size_t n_merges);

#endif
