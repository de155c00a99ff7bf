/* cache.h: words that were tokenized lately, with their tokens. */
#ifndef CACHE_H
#define CACHE_H

#include <stddef.h>

#include "files/vocabulary.h"

/* Most of a text is words that came before, and looking one up is much cheaper than
 * merging it again. Only words and results that fit here are kept. */
enum { CACHED_BYTES = 22, CACHED_TOKENS = 10 };

struct cached {                       /* 64 bytes: a cache line of the processor */
    unsigned char length;             /* of the word; 0: nothing here yet */
    unsigned char count;              /* of its tokens; 0: not filled in yet */
    unsigned char word[CACHED_BYTES];
    int token[CACHED_TOKENS];
};

struct cache;

struct cache *cache_make(void);
void cache_free(struct cache *c);

/* The word's place: filled in where it was met lately, else with count 0, for the
 * caller to fill in. NULL where the word is too long to be kept. */
struct cached *cache_find(struct cache *c, struct bytes word);

#endif
