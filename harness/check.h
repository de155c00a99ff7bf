/* check.h: what the commands check and compare share. */
#ifndef CHECK_H
#define CHECK_H

#include "execute.h"
#include "options.h"
#include "results.h"

/* A golden with its tensors in memory, and the model where there is one. */
struct reference {
    struct model *model;   /* NULL: compare without a model */
    struct trace *golden;
    struct graph *graph;
    double **want;         /* in the graph's order; NULL where it has no such tensor */
    struct yardstick *yard[2];  /* by mode, a node each */
    bool has_gradients;
    double **dwant, **gwant;    /* gradients at nodes and of weights; NULL as above */
    struct yardstick *dyard[2]; /* by mode, a node and then a weight each */
    const char *model_path, *golden_path;
    char name[128];        /* the golden file's name without folder and ending */
};

/* Opens and validates all of it. */
struct reference reference_open(const char *model_path, const char *golden_path,
                                const struct options *o);
void reference_close(struct reference *r);

/* Calls `visit` for the golden that --model and --golden name, or for each that --fixtures,
 * --only and --layer select. The paths live as long as the call. */
typedef void golden_visitor(void *context, const char *model_path, const char *golden_path);
void each_golden(const struct options *o, golden_visitor *visit, void *context);

/* A result for a node of the graph, or for a gradient, with its names filled in;
 * `place` orders all results of a golden. */
struct result *new_result(struct results *all, const struct reference *r, struct node node,
                          size_t place, const char *subject, enum mode mode,
                          const char *repeat);

/* The reason why the golden says nothing of node i, or NULL where it does. */
const char *cannot_compare(const struct reference *r, size_t i);

/* The first tensor that failed from item `start` on, or NULL. */
const char *first_failure(struct results *all, size_t start);

/* In chain mode from item `first` on: a failure behind a failure becomes a skip
 * that names the one it follows from. */
void mark_consequences(struct results *all, size_t first, const struct graph *g);

#endif
