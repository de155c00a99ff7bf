/* fast.h: what the tests of fast code share: whether it can run here, and arrays between pages
 * that must not be touched, each flush with the one behind it or with the one before it. */
#ifndef FAST_H
#define FAST_H

#include <stdbool.h>
#include <stddef.h>

/* Whether this CPU has the instructions of the subject avx2 or avx512. */
bool cpu_runs(const char *subject);

/* Ends the test of parts of avx2 as skipped, and says so, where it cannot run. */
void skip_without_avx2(void);

enum { MOST_FENCED = 1024 };

/* The arrays of a case; they are taken down together. */
struct fences {
    struct {
        void *base;
        size_t size;
    } map[MOST_FENCED];
    size_t count;
    bool at_end;   /* whether arrays end at a fence, or begin at one */
};

/* Each number is NaN at first, double or float. */
void *fenced(struct fences *f, size_t bytes);
float *fenced_floats(struct fences *f, size_t n);

/* Uniform in -scale .. scale; *x as small_random has it. */
float *fenced_random(struct fences *f, unsigned long long *x, size_t n, double scale);

/* Room is asked for in whole cache lines and lies at the start of one. */
float *fenced_room(struct fences *f, size_t n);

void take_down(struct fences *f);

#endif
