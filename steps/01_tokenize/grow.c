/* grow.c: arrays that double when they are full, so that n elements cost O(n). */
#include "grow.h"

#include <stdlib.h>
#include <string.h>

#include "die.h"

/* A larger copy of the array in its place. */
static void *larger(void *array, size_t *room, size_t count, size_t n, size_t size)
{
    size_t wanted = *room < 64 ? 64 : 2 * *room;

    if (wanted < count + n)
        wanted = count + n;
    void *copy = allocate(wanted, size);
    if (count)
        memcpy(copy, array, count * size);
    free(array);
    *room = wanted;
    return copy;
}

void tokens_reserve(struct tokens *t, size_t n)
{
    if (t->room - t->count < n)
        t->id = larger(t->id, &t->room, t->count, n, sizeof *t->id);
}

void text_reserve(struct text *t, size_t n)
{
    if (t->room - t->length < n)
        t->at = larger(t->at, &t->room, t->length, n, 1);
}

void tokens_add(struct tokens *t, const int *id, size_t n)
{
    if (n == 0)
        return;  /* memcpy wants an array even for nothing */
    tokens_reserve(t, n);
    memcpy(t->id + t->count, id, n * sizeof *id);
    t->count += n;
}

void text_add(struct text *t, const void *bytes, size_t n)
{
    if (n == 0)
        return;
    text_reserve(t, n);
    memcpy(t->at + t->length, bytes, n);
    t->length += n;
}
