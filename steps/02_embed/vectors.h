#ifndef VECTORS_H
#define VECTORS_H

#include "gpt.h"

/* A token with a number that tokens are ranked by. */
struct scored {
    size_t token;
    double score;
};

/* Sorts n tokens, the highest score first; of equal scores the lower token first. */
void rank_tokens(struct scored *list, size_t n);

/* The sum of a[c] * b[c]; a, b [C]. And the length of a vector. */
double inner_product(const real *a, const real *b, size_t C);
double vector_length(const real *x, size_t C);

/* The cosine between x and every row of wte, in the order of the tokens. A row that
 * is zero has no cosine and is left out. Returns how many are in.
 * out [V]; x [C], not zero; wte [V, C]. */
size_t cosines(struct scored *out, const real *x, const real *wte, size_t V, size_t C);

/* Where C is taken by the step from A to B. x [C]; a, b, c [C]. */
void analogy(real *x, const real *a, const real *b, const real *c, size_t C);

/* The unit vector from A to B; returns their distance. Where that is 0 there is no
 * direction, and unit is all 0. unit [C]; a, b [C]. */
double direction(real *unit, const real *a, const real *b, size_t C);

/* How far every row of wte lies along a unit vector, in the order of the tokens.
 * out [V]; unit [C]; wte [V, C]. */
void projections(struct scored *out, const real *unit, const real *wte, size_t V, size_t C);

#endif
