/* symbols.c: a hash table of spellings, with linear probing. */
#include "symbols.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"

void symbols_begin(struct symbols *s, size_t room)
{
    s->n_slots = 4;
    while (s->n_slots < 2 * room + 1)
        s->n_slots *= 2;
    s->count = 0;
    s->spelling = allocate(room, sizeof *s->spelling);
    s->slot = allocate(s->n_slots, sizeof *s->slot);
    for (size_t i = 0; i < s->n_slots; i++)
        s->slot[i] = -1;
}

void symbols_end(struct symbols *s)
{
    free(s->spelling);
    free(s->slot);
}

/* The slot that holds the spelling, or the empty one where it belongs. The hash is
 * FNV-1a. */
static int *find_slot(const struct symbols *s, struct bytes spelling)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < spelling.length; i++)
        hash = (hash ^ spelling.at[i]) * 16777619u;
    for (size_t i = hash;; i++) {
        int *slot = &s->slot[i & (s->n_slots - 1)];

        if (*slot < 0)
            return slot;
        const struct bytes *found = &s->spelling[*slot];
        if (found->length == spelling.length &&
            memcmp(found->at, spelling.at, spelling.length) == 0)
            return slot;
    }
}

int symbols_find(const struct symbols *s, struct bytes spelling)
{
    return *find_slot(s, spelling);
}

int symbols_add(struct symbols *s, struct bytes spelling)
{
    int *slot = find_slot(s, spelling);

    if (*slot < 0) {
        *slot = (int)s->count;
        s->spelling[s->count++] = spelling;
    }
    return *slot;
}
