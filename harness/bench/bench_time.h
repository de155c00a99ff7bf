/* bench_time.h: takes times, between two looks at what the machine can do. */
#ifndef BENCH_TIME_H
#define BENCH_TIME_H

#include <stdbool.h>

#include "bench_machine.h"

/* What a row of times comes to, in seconds. */
struct timing {
    size_t samples;
    double median, min;
    double low, high;  /* the quartiles: half of all times lie between them */
};

struct timing timing_of(double *seconds, size_t samples);

enum { MAX_PARTS = 4 };

/* Work to be timed. It does the same `calls` times and adds what each of its parts took
 * in all to seconds[part]. A job whose parts are prepared by work that is not timed
 * cannot be repeated quickly; `whole` says that it takes one call at a time. */
struct job {
    void (*run)(void *context, size_t calls, double seconds[MAX_PARTS]);
    void *context;
    size_t parts;
    bool whole;
};

/* How to time. */
struct pace {
    struct machine *machine;
    int limits;           /* LIMIT_s that matter */
    enum vectors vectors;
    int threads;
    double seconds;       /* at least so long, where one call is short */
};

struct timed {
    struct timing part[MAX_PARTS];
    struct limits before, after;
    struct limits mean;   /* of before, after and all between them */
    bool unsteady;        /* before and after disagree, however often it was repeated */
};

struct timed time_job(const struct job *job, const struct pace *pace);

/* Whether two measurements of the limits agree. */
bool limits_agree(const struct limits *a, const struct limits *b);

/* For work that times itself: looks at the limits that matter before it, again and again on
 * the way, and after it. */
struct looks {
    const struct pace *pace;
    struct limits before, sum;
    size_t n;
    double start, last;   /* when the first and the last ended */
    double seconds;       /* that those after the first took */
};

struct looks looks_begin(const struct pace *pace);

/* Looks where the last time was long ago; to be called between two pieces of work. */
void looks_go_on(struct looks *l);

/* How long the work took so far, without the looks. */
double looks_seconds(const struct looks *l);

/* The times are still to be filled in. */
struct timed looks_end(struct looks *l);

#endif
