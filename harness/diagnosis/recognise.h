/* recognise.h: what a wrong tensor looks like to someone who knows the op that made it.
 *
 * pattern.h sees only two arrays. Here the sizes of the model, what the op read, its
 * weights and its other outputs help to say more: which factor it is, whose bias is
 * missing, how heads were laid out. */
#ifndef RECOGNISE_H
#define RECOGNISE_H

#include <stdbool.h>

#include "graph.h"

/* What is known of one wrong tensor. */
struct evidence {
    const struct node *node;    /* also of a gradient: its step is 7 */
    const double *got, *want;
    double noise;               /* rms that rounding alone explains */
    double share;               /* of the difference, that a pattern may leave unexplained */
    double limit;               /* an element is wrong where it differs by more */
    const struct graph *graph;
    size_t n_targets;           /* that count in the loss */
    const double *in[MAX_INPUTS];       /* what the op read; NULL where it is not known */
    const double *weight[MAX_WEIGHTS];  /* the op's; NULL where they are not known */
    const double *output[MAX_OUTPUTS];  /* what the op's outputs should be; NULL as above */
};

/* Writes a sentence on how `got` differs from `want`; false where nothing is known. What
 * it says explains all of the difference but for `share`. */
bool recognise(char *text, size_t size, const struct evidence *e);

/* Adds to a sentence on where the wrong elements are that only those are wrong which are
 * left over by vectors of 4, 8 or 16 lanes; nothing where it is not so. */
void add_lanes(char *text, size_t size, const struct evidence *e);

#endif
