/* subject.h: what the checker knows of an implementation under check.
 *
 * A subject is a shared object that exports one function, touchstone_subject,
 * and hides all else. The built-in ones are the steps' sources, compiled with
 * subject.c for a `real` of their own; arrays pass as void pointers to elements
 * of `width` bytes. */
#ifndef SUBJECT_H
#define SUBJECT_H

#include <stdbool.h>

#include "engine.h"
#include "graph.h"

enum { SUBJECT_VERSION = 4 };

/* One op on given arrays: the node `first` and those that follow it as further
 * outputs of the same op. Forward writes out; backward reads made, which is what
 * forward wrote, and dout, and adds to din and dweight. */
struct call {
    const struct graph *graph;
    const struct node *first;
    void *out[MAX_OUTPUTS];
    const void *in[MAX_INPUTS];
    const void *weight[MAX_WEIGHTS];
    const int *tokens, *targets;  /* [B, T] */
    const void *made[MAX_OUTPUTS], *dout[MAX_OUTPUTS];
    void *din[MAX_INPUTS], *dweight[MAX_WEIGHTS];
};

struct subject {
    int version;        /* SUBJECT_VERSION */
    const char *name;
    size_t width;       /* of real: 4 or 8 bytes */
    /* The whole forward pass. weight and tensor are in the graph's order; every
     * tensor is written. False where memory ran out. */
    bool (*forward)(const struct graph *g, void *const weight[], const int *tokens,
                    const int *targets, void *const tensor[]);
    /* One op alone. False where memory ran out. */
    bool (*op)(const struct call *call);
    /* Backpropagation: from the tensors of a forward pass the gradients, in arrays of
     * the same order that begin as 0. NULL where the subject has none; so has
     * op_backward, the gradient of one op. */
    bool (*backward)(const struct graph *g, void *const weight[], const int *tokens,
                     const int *targets, void *const tensor[], void *const dtensor[],
                     void *const dweight[]);
    bool (*op_backward)(const struct call *call);
    /* What trains, decodes and is timed. NULL where the subject has none. */
    const struct engine_ops *engine;
};

const struct subject *touchstone_subject(void);

/* load.c: a subject by name (beside the program, in subjects/) or, with a `/` in
 * it, by the path of its shared object. Ends the program where there is none. Where the
 * CPU lacks what a built-in one needs, a line says so and scalar takes its place. */
const struct subject *subject_load(const char *name);

/* load.c: whether a subject of that name lies beside the program. */
bool subject_is_there(const char *name);

/* load.c: tells where the program lies, by its argv[0]. */
void subjects_beside(const char *argv0);

/* load.c: the built-in subjects that this CPU runs, with commas: the default. */
const char *builtin_subjects(void);

#endif
