/* divergence.h: between which tensors a mistake lies, where only some were seen. */
#ifndef DIVERGENCE_H
#define DIVERGENCE_H

#include "results.h"

/* Of results first .. end-1, which are of one golden, subject and mode: prints the last right
 * tensor before the first wrong one and what makes the tensors between them, in a line or
 * two; nothing where the wrong one's inputs were all seen and right, or in local mode. */
void print_divergence(const struct results *all, size_t first, size_t end,
                      const struct graph *g);

/* The first of these in graph order that was seen and is wrong, or NULL. */
const struct result *first_wrong(const struct results *all, size_t first, size_t end,
                                 bool strict);

#endif
