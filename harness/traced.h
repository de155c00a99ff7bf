/* traced.h: a trace made by anyone, opened to be compared with a golden. */
#ifndef TRACED_H
#define TRACED_H

#include "check.h"

/* A trace's tensors, as far as they are there. */
struct traced {
    struct trace *trace;
    struct shelf *got;         /* at nodes */
    struct shelf *dgot, *ggot; /* gradients at nodes and of weights */
};

/* Opens a dump of any format. Ends the program where it was computed on another input; warns
 * of names that are no tensors of the graph. `path` is kept. */
struct traced traced_open(const char *path, const struct reference *r);
void traced_close(struct traced *t);

/* The width by which tensor i is judged where no precision was named: 4 or 8. */
size_t traced_width(const struct shelf *s, size_t i);

/* Whether two names of tensors, or of weights, differ in their layer alone. */
bool same_but_layer(const char *a, const char *b);

/* Whether options select tensors by name, so that none of them may be missing. */
bool traced_asked_for(const struct options *o);

#endif
