/* symbols.h: what merging works on: every spelling has a number. */
#ifndef SYMBOLS_H
#define SYMBOLS_H

#include <stddef.h>

#include "files/vocabulary.h"

struct symbols {
    struct bytes *spelling;   /* [count] by number; the bytes are the vocabulary's */
    size_t count;
    int *slot;                /* [n_slots] numbers by the hash of their spelling, -1 empty */
    size_t n_slots;           /* a power of two, more than twice the room */
};

/* Room for that many spellings, and no more. */
void symbols_begin(struct symbols *s, size_t room);
void symbols_end(struct symbols *s);

/* The number of a spelling, or -1. */
int symbols_find(const struct symbols *s, struct bytes spelling);

/* Its number, a new one where it has none yet: numbers rise from 0. */
int symbols_add(struct symbols *s, struct bytes spelling);

#endif
