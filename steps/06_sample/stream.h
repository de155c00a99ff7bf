#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { STREAM_MOST = 32 };  /* bytes of `stop` */

/* A text on its way out. Begin with {.out = ..., .copy = ..., .stop = ...}. */
struct stream {
    FILE *out, *copy;   /* where the text goes; either may be NULL */
    const char *stop;   /* the text ends before these bytes; NULL: nowhere */
    char held[STREAM_MOST + 4];
    size_t n_held;
};

/* Adds bytes and lets out what is certain. True: `stop` has come; it and what came
 * after it are dropped. */
bool stream_put(struct stream *s, const void *bytes, size_t n);

/* Lets out what is held back: no more will come. */
void stream_end(struct stream *s);

#endif
