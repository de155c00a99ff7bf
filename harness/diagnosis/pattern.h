/* pattern.h: what the wrong elements of a tensor have in common. */
#ifndef PATTERN_H
#define PATTERN_H

#include "graph.h"

/* Writes a sentence on how `got` differs from `want`, "" where nothing stands
 * out. An element is wrong where it differs by more than `limit`. */
void describe_pattern(char *text, size_t size, const struct node *node, const double *got,
                      const double *want, double limit);

/* "[0, 1, 15, 3]" for a flat index of the node's shape. Returns text. */
char *index_text(char *text, size_t size, const struct node *node, size_t flat);

#endif
