/* grow.h: tokens and texts that grow as they are made. Begin with {0}; the owner
 * frees id or at. */
#ifndef GROW_H
#define GROW_H

#include <stddef.h>

struct tokens {
    int *id;              /* [count] */
    size_t count, room;
};

struct text {
    unsigned char *at;    /* [length], any bytes */
    size_t length, room;
};

/* Makes room for n more. */
void tokens_reserve(struct tokens *t, size_t n);
void text_reserve(struct text *t, size_t n);

/* Appends n. */
void tokens_add(struct tokens *t, const int *id, size_t n);
void text_add(struct text *t, const void *bytes, size_t n);

#endif
