/* train.h: learns a vocabulary from texts. */
#ifndef TRAIN_H
#define TRAIN_H

#include <stddef.h>
#include <stdint.h>

/* A word as symbols, and how often it occurs in the texts. */
struct train_word {
    uint32_t *symbol;  /* [length] */
    size_t length;
    uint64_t count;
};

struct train_merge {
    uint32_t left, right;  /* symbols */
    uint64_t count;        /* how often the pair occurred when it was merged */
};

/* Learns up to `most` merges from words whose symbols are 0 .. n_symbols-1; merge
 * number r makes symbol n_symbols + r. Stops before where no pair occurs twice.
 * Returns how many merges there are. */
size_t train_merges(struct train_merge *merge, const struct train_word *word, size_t n_words,
                    size_t n_symbols, size_t most);

/* The command `01_tokenize --train`; in program_train.c. Returns the exit code. */
int train_main(int argc, char **argv);

#endif
