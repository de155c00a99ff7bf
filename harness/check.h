/* check.h: what the commands check and compare share. */
#ifndef CHECK_H
#define CHECK_H

#include "execute.h"
#include "options.h"
#include "results.h"
#include "files/shelf.h"

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

/* A result for a node of the graph, or for a gradient, with its names filled in;
 * `place` orders all results of a golden. */
struct result *new_result(struct results *all, const struct reference *r, struct node node,
                          size_t place, const char *subject, enum mode mode,
                          const char *repeat);

/* The verdicts on one subject: the modes and directions that the options ask for. */
void judge_subject(struct results *all, const struct reference *r, const struct runner *run,
                   const struct options *o, const char *repeat);

/* compare.c: judges what the trace at `path` holds; local mode only where r has a model. */
void compare_trace(struct results *all, const struct reference *r, const char *path,
                   const struct options *o, const char *repeat);

/* The reason why the golden says nothing of node i, or NULL where it does. */
const char *cannot_compare(const struct reference *r, size_t i);

/* The first tensor that is wrong, and not only missing, from item `start` on, or NULL. */
const char *first_failure(struct results *all, size_t start);

/* In chain mode, as nodes are judged in their order: whether a failure of node i follows from
 * one of wrong[], by node; and the verdict on `got`, which adds to it (a skip where the golden
 * says nothing of it). */
bool follows_wrong(const struct graph *g, const bool *wrong, size_t i);
void judge_in_chain(struct result *x, const struct reference *r, const struct array *got,
                    size_t width, bool *wrong, size_t i);

/* In chain mode from item `first` on: a failure behind a failure becomes a skip
 * that names the one it follows from. */
void mark_consequences(struct results *all, size_t first, const struct graph *g);

#endif
