/* places.h: where the wrong elements of a tensor lie. */
#ifndef PLACES_H
#define PLACES_H

#include "files/box.h"
#include "graph.h"

struct places {
    const struct node *node;
    bool *hit[MAX_RANK];      /* of each axis, which indices have a wrong element */
    size_t above, on, below;  /* wrong elements about the diagonal of attention */
};

struct places places_begin(const struct node *n);
void places_free(struct places *p);

/* A part of the tensor; an element is wrong where it differs by more than `limit`. */
void places_add(struct places *p, const double *got, const double *want, const struct box *box,
                double limit);

/* "only head 3, from token 7 on", or "" where wrong elements are everywhere. */
void places_text(char *text, size_t size, const struct places *p);

/* What an axis counts, for people. */
const char *axis_word(const struct node *node, size_t axis);

#endif
