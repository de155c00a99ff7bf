/* execute.h: runs a subject, whole or one op at a time. */
#ifndef EXECUTE_H
#define EXECUTE_H

#include "files/model.h"
#include "files/trace.h"
#include "subject.h"

/* A subject with a model's weights in its own precision. */
struct runner {
    const struct subject *subject;
    const struct graph *graph;
    void **weight;        /* in the graph's order */
    struct model *model;  /* where weights are read while an op needs them; NULL: all are there */
    bool rounded;         /* to float as they are read, which f64 alone can be asked for */
};

struct runner runner_make(const struct subject *s, struct model *m, const struct graph *g);
struct runner runner_from_file(const struct subject *s, struct model *m, const struct graph *g);
struct runner runner_with(const struct subject *s, const struct graph *g, void **weight);
void runner_free(struct runner *r);

/* Reads the weights that the op of a node needs, or all, and forgets them; there is nothing to
 * do where all are there. */
void runner_load(const struct runner *r, const struct node *n);
void runner_unload(const struct runner *r, const struct node *n);
void runner_load_all(const struct runner *r);
void runner_unload_all(const struct runner *r);

/* Chain: the subject's whole forward pass, each tensor as double; free_all. Every
 * array begins as NaN, so that an element that is never written shows. */
double **run_chain(const struct runner *r, const int *tokens, const int *targets);

/* The whole forward pass with the tensors as the subject has them. */
void **run_raw(const struct runner *r, const int *tokens, const int *targets);

/* The whole forward pass, whose tensors are visited one by one, as the subject has them. Where
 * weights are read from the file the steps are run one by one, if the subject has `part`, and
 * a tensor is freed when nothing will read it. */
typedef void tensor_visitor(void *context, const struct node *n, const void *tensor);
void run_and_visit(const struct runner *r, const int *tokens, const int *targets,
                   tensor_visitor *visit, void *context);

/* The last op that reads each node; its own number where none does. Free it. */
size_t *last_uses(const struct graph *g);

/* Local: one op, its inputs given as double (in the order of first->in) and its
 * outputs returned as double, out[k] with room for node first + k. `n_out` is
 * the number of nodes that it makes. */
void run_local(const struct runner *r, size_t first, size_t n_out, const double *const in[],
               const int *tokens, const int *targets, double *const out[]);

/* How many nodes from `first` on a subject's op makes at once; and the weights that it reads
 * for them. */
size_t made_at_once(const struct subject *s, const struct graph *g, size_t first);
void call_weights(struct call *call, void *const weight[], size_t n_out);

/* Whether what makes a node is the subject's own; and what adds to gradient i, of a node or
 * then of a weight. */
bool owns_node(const struct subject *s, const struct node *n);
bool owns_gradient(const struct subject *s, const struct graph *g, size_t i);

/* Whether that is what an array began with. Arithmetic keeps it, so it also shows where an
 * element was added to without having been set. */
bool is_unwritten(double x);

/* How many nodes from `first` on are outputs of one op. */
size_t outputs_of(const struct graph *g, size_t first);

/* Copies count elements between double and a width of 4 or 8 bytes. */
void narrow(void *to, const double *from, size_t width, size_t count);
void widen(double *to, const void *from, size_t width, size_t count);

#endif
