/* threads.h: how work is dealt out to threads. */
#ifndef THREADS_H
#define THREADS_H

#include <stdbool.h>
#include <stddef.h>

/* How many threads a parallel region that begins now would have; at most `limit`, 0 for no
 * limit. */
int threads_within(int limit);

/* At most so many from now on, 0 for one a core. What it was before, to be put back. */
int threads_limit(int most);

/* Inside a parallel region: how many there are, and which of them runs this. */
size_t threads_here(void);
size_t thread_here(void);

/* Waits until *count is at least that much. */
void threads_await(const _Atomic size_t *count, size_t least);

/* Where the threads of a parallel region wait for each other. Begins as 0. */
struct meeting {
    _Atomic size_t arrived, round;
};

/* Waits until all threads of the region have come here. */
void threads_meet(struct meeting *m);

/* From begin to before end. */
struct range {
    size_t begin, end;
};

/* How many pieces of at most `most` n things make. */
size_t pieces(size_t n, size_t most);

size_t smaller(size_t a, size_t b);

/* Part i of n things dealt out evenly, in order, to `parts`. */
struct range share(size_t n, size_t i, size_t parts);

/* The same of the things of a range. */
struct range share_from(struct range r, size_t i, size_t parts);

/* Things that the threads of a parallel region deal out to themselves as they go. Each has things
 * of its own, in order; the last ones of all are open to whoever is done first. */
struct deal {
    struct range own;         /* counted in pieces, as all here; nothing once it has been taken */
    size_t open, end;         /* those that are open to all */
    size_t each;              /* pieces of one thing */
    _Atomic size_t *taken;    /* how many of them have been: 0 when the first thread begins */
};

/* n things of `each` pieces, among `of` threads, of which this is number `who`; and of these only
 * what is open, for one that has had things of its own elsewhere. */
struct deal deal_out(size_t n, size_t each, size_t who, size_t of, _Atomic size_t *taken);
struct deal deal_open(size_t n, size_t each, _Atomic size_t *taken);

/* What this thread does next: all its own things, then some whole ones or some pieces of one, as
 * many as are its share of what is left. False: all is taken. */
bool deal_next(struct deal *d, struct range *pieces);

#endif
