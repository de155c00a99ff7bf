/* shapes.h: the sizes of the published models, by name. */
#ifndef SHAPES_H
#define SHAPES_H

#include <stddef.h>

#include "graph.h"

struct shape {
    const char *name;   /* e.g. "gpt2-medium" */
    struct config cfg;
};

/* In the order of their publication; ends with a NULL name. */
extern const struct shape shapes[];

/* The shape of that name; ends the program with one line, which lists all names, where
 * there is none. `option` is where the name was given. */
const struct config *shape_find(const char *option, const char *name);

#endif
