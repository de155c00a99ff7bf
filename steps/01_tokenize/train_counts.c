/* train_counts.c: a hash table of words. */
#include "train_counts.h"

#include <stdlib.h>
#include <string.h>

#include "die.h"

/* FNV-1a, 64 bits. */
static size_t *bucket_of(const struct counts *c, const unsigned char *word, size_t length)
{
    uint64_t hash = 0xCBF29CE484222325u;

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ word[i]) * 0x100000001B3u;
    return &c->bucket[(hash ^ hash >> 32) & (c->n_buckets - 1)];
}

/* Twice the room, and as many buckets as words. */
static void grow(struct counts *c)
{
    const size_t room = c->room ? 2 * c->room : 1024;
    struct counted *word = allocate(room, sizeof *word);

    if (c->n)
        memcpy(word, c->word, c->n * sizeof *word);
    free(c->word);
    free(c->bucket);
    c->word = word;
    c->room = c->n_buckets = room;
    c->bucket = allocate(room, sizeof *c->bucket);
    memset(c->bucket, 0, room * sizeof *c->bucket);
    for (size_t i = 0; i < c->n; i++) {
        size_t *bucket = bucket_of(c, word[i].word, word[i].length);
        word[i].chain = *bucket;
        *bucket = i + 1;
    }
}

void counts_add(void *counts, const unsigned char *word, size_t length)
{
    struct counts *c = counts;

    if (c->n == c->room)
        grow(c);
    size_t *bucket = bucket_of(c, word, length);
    c->total++;
    for (size_t i = *bucket; i; i = c->word[i - 1].chain)
        if (c->word[i - 1].length == length && memcmp(c->word[i - 1].word, word, length) == 0) {
            c->word[i - 1].count++;
            return;
        }
    struct counted *new = &c->word[c->n++];
    *new = (struct counted){.word = allocate(length, 1), .length = length, .chain = *bucket,
                            .count = 1};
    memcpy(new->word, word, length);
    *bucket = c->n;
}

void counts_free(struct counts *c)
{
    for (size_t i = 0; i < c->n; i++)
        free(c->word[i].word);
    free(c->word);
    free(c->bucket);
}
