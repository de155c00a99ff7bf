/* fetch.h: asking for memory long before it is needed. */
#ifndef FETCH_H
#define FETCH_H

#include <stddef.h>

#include "pack.h"

/* Some rows of cache lines that will be read soon, and how far they have been asked for. */
struct fetch {
    const char *at;
    size_t rows, lines, stride;  /* stride: from one row to the next, in bytes */
    size_t row, line;            /* what is to be asked for next; line == lines: nothing */
};

/* Cache lines `step` bytes apart. */
struct strip {
    const char *at;
    size_t step;
};

/* n floats in a row; the first n rows of K columns of v. */
struct fetch fetch_floats(const float *at, size_t n);
struct fetch fetch_view(struct view v, size_t n, size_t K);

/* The next `count` lines or fewer. False: all has been asked for. */
int fetch_next(struct strip *s, struct fetch *f, size_t count);

#endif
