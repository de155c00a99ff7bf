/* cache.c: a table in which a word has one place, by its hash; a new word takes the
 * place of the one before. So it needs no memory but its own, whatever the text. */
#include "cache.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"

enum { BITS = 15 };

struct cache {
    struct cached place[1 << BITS];
};

struct cache *cache_make(void)
{
    struct cache *c = allocate(1, sizeof *c);

    memset(c, 0, sizeof *c);
    return c;
}

void cache_free(struct cache *c)
{
    free(c);
}

struct cached *cache_find(struct cache *c, struct bytes word)
{
    uint32_t hash = 2166136261u;  /* FNV-1a; its high bits are the better ones */

    if (word.length > CACHED_BYTES)
        return NULL;
    for (size_t i = 0; i < word.length; i++)
        hash = (hash ^ word.at[i]) * 16777619u;
    struct cached *place = &c->place[(hash ^ hash >> BITS) & ((1 << BITS) - 1)];
    if (place->length == word.length && memcmp(place->word, word.at, word.length) == 0)
        return place;
    place->length = (unsigned char)word.length;
    place->count = 0;
    memcpy(place->word, word.at, word.length);
    return place;
}
