/* program_look.h: `05_unembed --lens` and `--attribute`. */
#ifndef PROGRAM_LOOK_H
#define PROGRAM_LOOK_H

#include <stdbool.h>

#include "program.h"

/* What to look at instead of the answer alone. */
struct look {
    bool lens, attribute;
    const char *answer;    /* the token behind --attribute, or NULL: the likeliest */
    const char *position;  /* or NULL: the last */
};

/* Takes --lens, --attribute [TOKEN] and --position T out of the arguments. */
struct look look_options(int *argc, char **argv);

/* Prints what was asked for, of p->text. The logits are computed; all else is read from
 * the trace. */
void look_inside(struct program *p, const struct look *look);

#endif
