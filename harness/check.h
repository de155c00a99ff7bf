/* check.h: what the commands check and compare share. */
#ifndef CHECK_H
#define CHECK_H

#include "execute.h"
#include "reference.h"
#include "results.h"

/* A result for a node of the graph, or for a gradient, with its names filled in;
 * `place` orders all results of a golden. */
struct result *new_result(struct results *all, const struct reference *r, struct node node,
                          size_t place, const char *subject, enum mode mode,
                          const char *repeat);

/* The verdicts on one subject: the modes and directions that the options ask for. */
void judge_subject(struct results *all, const struct reference *r, const struct runner *run,
                   const struct options *o, const char *repeat);

/* check_forward.c: the same for the tensors of the forward pass alone, in one mode. */
void check_forward(struct results *all, const struct reference *r, const struct runner *run,
                   enum mode mode, const struct options *o, const char *repeat);

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
