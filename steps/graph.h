/* graph.h: every tensor and every weight of both families, as data.
 *
 * forward.c says in code how a GPT is wired; the table in graph.c says the same
 * as a list: name, shape, step, the op that makes a tensor and what it reads.
 * Files, step programs and the checker walk this list, so that no name and no
 * shape is written twice. A test proves that list and code agree. */
#ifndef GRAPH_H
#define GRAPH_H

#include "gpt.h"

enum { MAX_RANK = 4, MAX_INPUTS = 2, MAX_WEIGHTS = 2, MAX_OUTPUTS = 3, MAX_NAME = 64 };

/* An op is one mathematical step with a fixed prototype. */
enum op {
    OP_EMBED_TOKENS, OP_EMBED_POSITIONS, OP_EMBED_SUM, OP_COPY, OP_LAYERNORM, OP_QKV,
    OP_SCORES, OP_PATTERN, OP_MIX, OP_LINEAR, OP_ADD, OP_GELU, OP_UNEMBED, OP_LOSS
};

/* A tensor of one model for one input, e.g. h.1/q: a node of the graph. */
struct node {
    char name[MAX_NAME];        /* as in a trace file, below /forward */
    const char *letters;        /* its shape in the letters of gpt.h, e.g. "BHTD" */
    size_t rank, dim[MAX_RANK]; /* the same in numbers; rank 0 is a scalar */
    size_t count;               /* elements */
    size_t depth;               /* products or terms summed for one element */
    int layer;                  /* -1 outside the blocks */
    int step;                   /* the number of the step that makes it */
    enum op op;
    int out;                    /* which of the op's outputs it is */
    size_t n_in, in[MAX_INPUTS];         /* nodes that the op reads */
    size_t n_weight, weight[MAX_WEIGHTS];  /* weights that the op reads */
    size_t offset;              /* of its pointer, in struct block or struct acts */
};

/* A weight of one model, e.g. h.1.attn.c_attn.bias. */
struct weight {
    char name[MAX_NAME];        /* as in a model file, below /weights */
    const char *letters;        /* as of a node */
    size_t rank, dim[MAX_RANK];
    size_t count;
    int layer;
    size_t offset;              /* in struct block_weights or struct weights */
};

struct graph {
    struct config cfg;
    size_t B, T;
    size_t n_nodes;
    struct node *node;          /* in the order in which they are computed */
    size_t n_weights;
    struct weight *weight;      /* in the order of a model file */
};

/* The graph of a model of these sizes for an input [B, T]; free it with
 * graph_free. Ends the program where memory does. */
struct graph *graph_make(const struct config *cfg, size_t B, size_t T);
void graph_free(struct graph *g);

/* The node of that name, or n_nodes where there is none. */
size_t graph_find(const struct graph *g, const char *name);

/* The gradient at node i as a node of its own: its name begins with backward/, its
 * step is 07. And the gradient of weight i: grad/. */
struct node backward_node(const struct graph *g, size_t i);
struct node grad_node(const struct graph *g, size_t i);

/* The name of an op's step in the folder 00_ingredients is 0, of others the
 * node's own step: what `--step 00` selects. */
int op_is_ingredient(enum op op);

/* Whether a weight of that name belongs to the family, in any layer. */
int family_has_weight(enum family family, const char *name);

/* Points the fields of `w` and `a` at arrays given in the graph's order. `a->h`
 * and `w->h` must have room for n_layer blocks. */
void graph_bind_weights(struct weights *w, const struct graph *g, real *const weight[]);
void graph_bind_acts(struct acts *a, const struct graph *g, real *const tensor[]);

#endif
