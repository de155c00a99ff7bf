/* small_model.h: a small model with random weights, for tests of subjects. */
#ifndef SMALL_MODEL_H
#define SMALL_MODEL_H

#include "execute.h"

/* Input [2, 5] for it, with a token that repeats and a target that is left out. */
extern const int small_tokens[10], small_targets[10];

/* A built-in subject on a model of 3 layers, 2 heads, C 6, F 7, P 5, V 11; its weights
 * are uniform in -0.5 .. 0.5, the same each time. */
struct runner small_runner(enum family family, const char *subject);
void small_runner_free(struct runner *r);

/* The next of a row of numbers in -0.5 .. 0.5, or whole ones below n; *state is not 0. */
double small_random(unsigned long long *state);
size_t random_below(unsigned long long *state, size_t n);

/* Where such a row begins, and how many random cases a test takes: TOUCHSTONE_SEED, or always
 * the same; TOUCHSTONE_CASES, or as many as usual. */
unsigned long long random_seed(void);
size_t random_cases(size_t usual);

#endif
