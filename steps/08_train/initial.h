#ifndef INITIAL_H
#define INITIAL_H

#include "06_sample/random.h"
#include "graph.h"

/* Fills all weights, given in the graph's order, for the beginning of a training. */
void initial_weights(real *const weight[], const struct graph *g, struct generator *random);

#endif
