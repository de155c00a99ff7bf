/* reference.h: what is checked against. */
#ifndef REFERENCE_H
#define REFERENCE_H

#include "files/shelf.h"
#include "options.h"

/* A golden, whose tensors are read when they are wanted, and the model where there is one. */
struct reference {
    struct model *model;   /* NULL: compare without a model */
    struct trace *golden;
    struct graph *graph;
    struct shelf *forward;
    struct yardstick *yard[2];  /* by mode, a node each */
    bool has_gradients;
    struct shelf *backward, *grad;  /* gradients at nodes and of weights; NULL: not looked at */
    /* All of a shelf in memory, NULL where it has no such tensor; the array itself is NULL
     * where they are too many for that. */
    double **want, **dwant, **gwant;
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

#endif
