/* trace.h: a trace or golden file (docs/formats.md), read and validated. */
#ifndef TRACE_H
#define TRACE_H

#include "dump.h"
#include "graph.h"

struct trace {
    struct dump *dump;
    struct store *file;   /* the same where it is HDF5; else NULL */
    const char *path;
    bool has_family;      /* only HDF5 has to say which */
    enum family family;
    char model[128];      /* the model's name, "" where the file does not say */
    char producer[256];
    size_t B, T;          /* 0 where it holds no tokens */
    int *tokens;          /* [B, T] */
    int *targets;         /* [B, T], -1 left out; all -1 where there are none */
    bool has_targets;
};

/* What a trace says of one tensor. */
enum seen {
    SEEN,             /* there */
    SEEN_MISSING,     /* not in the file */
    SEEN_WRONG_TYPE,  /* not floating-point */
    SEEN_WRONG_SHAPE
};

/* Opens a trace and reads its input. Ends the program with one line where the
 * file is damaged, of an unknown version or where tokens and targets contradict
 * each other. */
struct trace *trace_open(const char *path);

/* The same for a dump of any format, e.g. dump_open's, which is taken over. */
struct trace *trace_of(struct dump *d);
void trace_close(struct trace *t);

/* Ends the program where the model cannot run on the trace's input: other
 * family, token out of range, too many tokens, no input at all. */
void trace_check_input(const struct trace *t, const struct config *cfg);

/* The sizes of the model that a golden was made from, as far as the shapes of
 * its tensors tell: what compare goes by where it is given no model. Without a
 * gradient of wpe, n_ctx is taken to be T. Ends the program where a tensor that
 * tells is missing. */
struct config trace_config(struct trace *t);

/* Writes what a trace begins with into a store made for it: the attributes, tokens
 * and, where not NULL, targets [B, T]. */
void trace_begin(struct store *s, enum family family, const char *model, const char *producer,
                 size_t B, size_t T, const int *tokens, const int *targets);

/* What a trace says of a tensor that should have that shape, its elements not looked at. */
enum seen trace_find(struct trace *t, const char *path, size_t rank, const size_t *dim,
                     struct stored *what);

/* Reads a tensor of that shape as double. `group` is forward, backward or grad;
 * `data` has room for its elements; `what`, where not NULL, is how it is stored
 * (unless it is missing). A scalar may also be stored as [1]. */
enum seen trace_read(struct trace *t, const char *group, const char *name, size_t rank,
                     const size_t *dim, double *data, struct stored *what);

/* An f32_ attribute of a tensor: how far the reference itself errs in float32.
 * False where there is none. */
bool trace_f32_error(struct trace *t, const char *group, const char *name,
                     const char *attribute, double *error);

#endif
