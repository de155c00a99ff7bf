/* subject.h: what the checker knows of an implementation under check.
 *
 * A subject is a shared object that exports one function, touchstone_subject,
 * and hides all else; or one that has some of the steps' functions, of which partial.c makes
 * a subject. The built-in ones are the steps' sources, compiled with
 * subject.c for a `real` of their own; arrays pass as void pointers to elements
 * of `width` bytes. */
#ifndef SUBJECT_H
#define SUBJECT_H

#include <stdbool.h>

#include "engine.h"
#include "graph.h"

enum { SUBJECT_VERSION = 6 };

struct ops;       /* ops.h: the steps' functions as a table */
struct case_ops;  /* cases.h: what is checked by cases: tokenizing, sampling, optimising */
struct subject;

/* One op on given arrays: the node `first` and those that follow it as further
 * outputs of the same op. Forward writes out; backward reads made, which is what
 * forward wrote, and dout, and adds to din and dweight. */
struct call {
    const struct graph *graph;
    const struct node *first;
    void *out[MAX_OUTPUTS];       /* mlp_pre with all three of mlp: mlp() as a whole, with */
    const void *in[MAX_INPUTS];   /* the weights of both its linear maps */
    const void *weight[2 * MAX_WEIGHTS];
    const int *tokens, *targets;  /* [B, T] */
    const void *made[MAX_OUTPUTS], *dout[MAX_OUTPUTS];
    void *din[MAX_INPUTS], *dweight[MAX_WEIGHTS];
};

/* Each function is given its own subject first: what it calls stands in self->ops, so that
 * one op may be another's (partial.c). */
struct subject {
    int version;        /* SUBJECT_VERSION */
    const char *name;
    size_t width;       /* of real: 4 or 8 bytes */
    /* The whole forward pass. weight and tensor are in the graph's order; every
     * tensor is written. False where memory ran out. */
    bool (*forward)(const struct subject *self, const struct graph *g, void *const weight[],
                    const int *tokens, const int *targets, void *const tensor[]);
    /* One op alone. False where memory ran out. */
    bool (*op)(const struct subject *self, const struct call *call);
    /* Backpropagation: from the tensors of a forward pass the gradients, in arrays of
     * the same order that begin as 0. NULL where the subject has none; so has
     * op_backward, the gradient of one op. */
    bool (*backward)(const struct subject *self, const struct graph *g, void *const weight[],
                     const int *tokens, const int *targets, void *const tensor[],
                     void *const dtensor[], void *const dweight[]);
    bool (*op_backward)(const struct subject *self, const struct call *call);
    /* The wiring of one step alone, 2 to 5, in one layer (2 and 5 have none): reads what
     * that step reads among the tensors, writes what it makes. NULL where there is none. */
    bool (*part)(const struct subject *self, const struct graph *g, void *const weight[],
                 const int *tokens, const int *targets, void *const tensor[], int step,
                 size_t layer);
    /* What trains, decodes and is timed. NULL where the subject has none. */
    const struct engine_ops *engine;
    const struct case_ops *cases;  /* NULL where the subject has none */
    const struct ops *ops;         /* of its width; NULL where it is not made of them */
    /* Whether what makes a node, or the gradient of that op, is the subject's own and not
     * a built-in one that stands in for it. NULL: all is. */
    bool (*owns)(const struct subject *self, const struct node *node, bool backward);
    bool whole_mlp;  /* mlp_pre, mlp_post and mlp_out are made by one call of op */
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

/* load.c: the path of what is built beside the program. Returns path. */
char *path_beside_program(char *path, size_t size, const char *name);

/* load.c: the built-in subjects that this CPU runs, with commas: the default. */
const char *builtin_subjects(void);

#endif
