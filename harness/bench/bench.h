/* bench.h: what the parts of the command bench share. */
#ifndef BENCH_H
#define BENCH_H

#include "bench_counts.h"
#include "bench_time.h"
#include "options.h"
#include "subject.h"

/* One line of the results. */
struct entry {
    char subject[64], op[MAX_NAME];
    const char *direction;     /* forward, backward or both */
    int layer;                 /* -1: outside the blocks, or a whole */
    size_t seen;               /* not 0: decoding, of tokens that saw about so many */
    int threads;
    struct timing time;
    double operations, bytes;  /* of one call */
    bool memory_bound;         /* at this machine's limits, reading takes longer */
    struct limits limits;      /* the best seen so far */
    double limit_before, limit_after;  /* of the one that holds, around the timing */
    double limit_mean;         /* of both and all on the way */
    double loop_mean;          /* what a bare loop had meanwhile: fed from L1, or reading */
    double best_limit;         /* and the best seen so far */
    bool unsteady;             /* it moved: from before to after, or */
    bool low_limit;            /* from where it has been to both */
    bool inside;               /* an op as it ran inside a whole pass */
};

/* A subject that is timed. */
struct contender {
    const struct subject *subject;
    const char *name;
    int threads;               /* that it uses */
    enum vectors vectors;      /* whose peak it is measured against */
    void **weight;             /* of its own width, in the graph's order */
};

struct bench {
    const struct options *options;
    const char *name;          /* of the model */
    struct graph *graph;       /* of the input [B, T] that is timed */
    float **weight;
    int *tokens, *targets;     /* [B, T] */
    unsigned long long seed;
    int threads;               /* asked for; 0: all cores */
    double seconds;            /* each timing takes at least so long */
    struct machine machine;
    struct limits one, all;    /* of one core, and of all that may be used: the best seen */
    struct limits wide_one, wide_all;  /* with AVX-512; 0 where there is none */
    size_t n_entries, room;
    struct entry *entry;
};

/* bench_select.c: whether the options ask for an op of the graph, or for a whole; and ends
 * the program where they ask for nothing, or for a name that there is not. */
bool wants_op(const struct bench *b, size_t node, bool backward);
bool wants_whole(const struct bench *b, enum whole what);
void check_wanted(const struct bench *b);

/* The limits that hold for a contender, the best seen so far, for numbers of its width: a
 * core does half as many operations on doubles. */
struct limits limits_for(const struct bench *b, const struct contender *c);

/* How to time that work for that contender; sets *memory_bound. */
struct pace pace_for(struct bench *b, const struct contender *c, const struct work *w,
                     bool *memory_bound);

/* bench_results.c: adds a line; `part` of `t` is its time. Valid until the next. */
struct entry *add_entry(struct bench *b, const struct contender *c, const char *op, int layer,
                        const char *direction, const struct work *w, bool memory_bound,
                        const struct timed *t, size_t part);

/* bench_ops.c, bench_whole.c: time what the options ask for. */
void time_ops(struct bench *b, const struct contender *c);
void time_wholes(struct bench *b, const struct contender *c);

/* bench_inside.c: times the ops inside a whole pass, forward and, if asked for, backward;
 * the engine can be watched. */
void time_inside(struct bench *b, const struct contender *c, struct engine *e, void *logits,
                 bool backward);

/* A line on standard error that says what is being done, on a terminal only. NULL takes
 * it away. */
void progress(const struct bench *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
