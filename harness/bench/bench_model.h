/* bench_model.h: the model and the input that are timed. */
#ifndef BENCH_MODEL_H
#define BENCH_MODEL_H

#include "06_sample/random.h"
#include "files/model.h"
#include "graph.h"
#include "subject.h"

/* Fills n numbers of that width (4 or 8 bytes), uniform from `middle` - `reach` to
 * `middle` + `reach`. */
void fill_random(void *x, size_t width, size_t n, double middle, double reach,
                 struct generator *random);

/* All weights in the graph's order: those of the model, or where that is NULL random
 * ones. free_all. */
float **bench_weights(const struct graph *g, struct model *model, struct generator *random);

/* The same numbers in another width: the very arrays for 4 bytes, copies for 8. */
void **weights_of_width(float *const weight[], const struct graph *g, size_t width);
void weights_free(void **weight, float *const from[], const struct graph *g);

/* Random tokens and, for each, the next one as its target; the last of a text has the
 * first. [B, T] each. */
void bench_tokens(int *tokens, int *targets, size_t B, size_t T, size_t V,
                  struct generator *random);

/* A model of these sizes with fewer layers, for an input [B, T]; the numbers of its
 * weights in the full graph are put in from[]. */
struct graph *smaller_graph(const struct graph *g, size_t layers, size_t B, size_t T,
                            size_t **from);

/* The subject's engine for that graph. Ends the program where memory does. */
struct engine *bench_engine(const struct subject *s, const struct graph *g,
                            void *const weight[], int threads);

/* Whether that engine makes the op as a linear map with weights made ready. */
bool has_ready(const struct subject *s, const struct node *n);

#endif
