/* shelf.h: the tensors of one group of a trace, read when they are asked for. */
#ifndef SHELF_H
#define SHELF_H

#include "trace.h"

/* Numbers that are read part by part: an array in memory, or one in a file. */
struct array {
    size_t rank, dim[MAX_RANK];
    size_t count;         /* elements */
    const double *data;   /* [count], or NULL and: */
    struct trace *trace;
    char path[MAX_NAME + 16];
    struct stored stored;
    bool is_golden;       /* whose numbers have to be finite */
};

struct array array_in_memory(const struct node *n, const double *data);

/* The elements of a box: where they lie, or copied into `buffer`, which has room for them. */
const double *array_read(double *buffer, const struct array *a, const struct box *box);

/* One tensor of a group. */
struct tensor {
    struct array array;
    enum seen seen;
    size_t users;         /* of its data, which then stay */
    size_t turn;          /* when it was last used */
    double *data;         /* NULL: not in memory */
    bool is_lent;         /* data is the caller's */
};

/* A group's tensors in the graph's order. */
struct shelf {
    size_t n;
    struct tensor *tensor;
    size_t held;          /* bytes in memory */
    size_t turn;
};

enum shelf_group { FORWARD, BACKWARD, GRAD };

/* Looks at what a trace holds of a group: at nodes (there is no gradient at the loss), or of
 * weights. With `is_golden` a tensor of another type or shape ends the program, and numbers
 * that are not finite do so when they are read. */
struct shelf *shelf_make(struct trace *t, const struct graph *g, enum shelf_group group,
                         bool is_golden);
void shelf_free(struct shelf *s);

/* The same interface to arrays in memory, which stay the caller's; NULL is one that is not
 * there. */
struct shelf *shelf_of_nodes(const struct graph *g, double *const data[]);
struct shelf *shelf_of_weights(const struct graph *g, double *const data[]);

bool shelf_has(const struct shelf *s, size_t i);

/* The whole of tensor i, or NULL where there is none, until it is given back as often. What
 * was given back stays in memory as long as there is room. */
const double *shelf_take(struct shelf *s, size_t i);
void shelf_give(struct shelf *s, size_t i);

/* All of them, NULL where there is none; or NULL where that would be more than `most`
 * elements. */
double **shelf_take_all(struct shelf *s, size_t most);
void shelf_give_all(struct shelf *s, double **all);

/* Tensor i to be read part by part; small ones, and those that are in memory, are taken. Give
 * it back in any case. */
struct array shelf_array(struct shelf *s, size_t i);

/* So many elements of a group are held in memory as a whole: of a model that is being run, and
 * where only files are compared. */
enum { MOST_WITH_MODEL = 1 << 25, MOST_OF_FILES = 1 << 22 };

#endif
