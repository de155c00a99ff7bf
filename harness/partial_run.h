/* partial_run.h: a partial subject from the inside, for partial.c. */
#ifndef PARTIAL_RUN_H
#define PARTIAL_RUN_H

#include "cases.h"
#include "ops.h"
#include "subject.h"

enum { N_OPS = OP_LOSS + 1, MOST_FUNCTIONS = 2 };

/* The functions that an op calls; the rest is NULL. */
typedef const char *function_names[MOST_FUNCTIONS];

/* Every function that an object may have. */
struct tables {
    struct ops ops;
    struct case_ops cases;
};

struct partial {
    struct subject subject;  /* first: a pointer to it is a pointer to this */
    const struct subject *lender;
    struct tables f;
    function_names own[N_OPS][2];  /* of those that each op calls, forward and backward */
    char *name, *functions;
    struct partial *next;
};

/* The members of its subject (subject.h). The `own` ones are for objects that have forward()
 * and backward() themselves, the others go part by part and op by op. */
bool partial_owns(const struct subject *self, const struct node *node, bool backward);
bool partial_op(const struct subject *self, const struct call *call);
bool partial_op_backward(const struct subject *self, const struct call *call);
bool partial_own_forward(const struct subject *self, const struct graph *g,
                         void *const weight[], const int *tokens, const int *targets,
                         void *const tensor[]);
bool partial_own_backward(const struct subject *self, const struct graph *g,
                          void *const weight[], const int *tokens, const int *targets,
                          void *const tensor[], void *const dtensor[],
                          void *const dweight[]);
bool partial_part(const struct subject *self, const struct graph *g, void *const weight[],
                  const int *tokens, const int *targets, void *const tensor[], int step,
                  size_t layer);
bool partial_forward(const struct subject *self, const struct graph *g,
                     void *const weight[], const int *tokens, const int *targets,
                     void *const tensor[]);
bool partial_backward(const struct subject *self, const struct graph *g,
                      void *const weight[], const int *tokens, const int *targets,
                      void *const tensor[], void *const dtensor[], void *const dweight[]);

#endif
