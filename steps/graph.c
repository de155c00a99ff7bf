/* graph.c: expands the table of tensors for one model and one input. */
#include "graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

static size_t letter_size(const struct graph *g, char letter)
{
    const struct config *c = &g->cfg;

    switch (letter) {
    case 'B': return g->B;
    case 'T': return g->T;
    case 'C': return c->d_model;
    case 'H': return c->n_head;
    case 'D': return c->d_model / c->n_head;
    case 'F': return c->d_ff;
    case 'V': return c->n_vocab;
    case 'P': return c->n_ctx;
    default:  return 3 * c->d_model;  /* Q */
    }
}

/* Fills in the sizes behind the letters; returns the number of elements. */
static size_t measure(const struct graph *g, const char *letters, size_t *rank, size_t *dim)
{
    size_t count = 1;

    for (*rank = 0; letters[*rank]; (*rank)++) {
        dim[*rank] = letter_size(g, letters[*rank]);
        count *= dim[*rank];
    }
    return count;
}

/* How many terms are summed, or operations chained, for one element: what the
 * rounding error of a step grows with. */
static size_t depth_of(const struct graph *g, const struct node *n)
{
    const struct config *c = &g->cfg;

    switch (n->op) {
    case OP_LAYERNORM: case OP_QKV: case OP_UNEMBED: return c->d_model;
    case OP_LINEAR: return g->node[n->in[0]].dim[2];
    case OP_SCORES: return c->d_model / c->n_head;
    case OP_PATTERN: case OP_MIX: return g->T;
    case OP_LOSS: return c->n_vocab;
    default: return 1;
    }
}

static size_t find_weight(const struct graph *g, const char *name)
{
    size_t i = 0;
    while (i < g->n_weights && strcmp(g->weight[i].name, name) != 0)
        i++;
    return i;
}

/* The full name of what a row calls `name` in layer l. */
static void full_name(char *full, const char *name, int place_is_block, int layer,
                      const struct graph *g, char separator)
{
    if (name[0] == '<')
        snprintf(full, MAX_NAME, "h.%d%c%s", layer < 0 ? (int)g->cfg.n_layer - 1 : layer - 1,
                 separator, name + 1);
    else if (place_is_block)
        snprintf(full, MAX_NAME, "h.%d%c%s", layer, separator, name);
    else
        snprintf(full, MAX_NAME, "%s", name);
}

/* Only the names that every block has of its own get a layer's prefix. */
static int is_block_tensor(const char *name)
{
    for (size_t i = 0; i < n_tensor_rows; i++)
        if (strcmp(tensor_rows[i].name, name) == 0)
            return tensor_rows[i].place != FRONT && tensor_rows[i].place != BACK;
    return 0;
}

static void add_node(struct graph *g, const struct tensor_row *row, int layer)
{
    struct node *n = &g->node[g->n_nodes];
    char full[MAX_NAME];

    *n = (struct node){.letters = row->letters, .layer = layer, .step = row->step,
                       .op = row->op, .out = row->out, .offset = row->offset};
    full_name(n->name, row->name, layer >= 0, layer, g, '/');
    n->count = measure(g, row->letters, &n->rank, n->dim);
    for (size_t i = 0; i < MAX_INPUTS && row->in[i]; i++) {
        full_name(full, row->in[i], is_block_tensor(row->in[i]), layer, g, '/');
        n->in[n->n_in++] = graph_find(g, full);
    }
    for (size_t i = 0; i < MAX_WEIGHTS && row->weight[i]; i++) {
        full_name(full, row->weight[i], layer >= 0, layer, g, '.');
        n->weight[n->n_weight++] = find_weight(g, full);
    }
    n->depth = depth_of(g, n);
    g->n_nodes++;
}

static void add_nodes(struct graph *g, enum place from, enum place to, int layer)
{
    for (size_t i = 0; i < n_tensor_rows; i++) {
        const struct tensor_row *row = &tensor_rows[i];

        if (!(row->family & g->cfg.family) || row->place < from || row->place > to)
            continue;
        if ((row->place == FIRST_BLOCK && layer > 0) || (row->place == LATER_BLOCKS && layer == 0))
            continue;
        add_node(g, row, layer);
    }
}

static void add_weights(struct graph *g, enum place place, int layer)
{
    for (size_t i = 0; i < n_weight_rows; i++) {
        const struct weight_row *row = &weight_rows[i];

        if (!(row->family & g->cfg.family) || row->place != place)
            continue;
        struct weight *w = &g->weight[g->n_weights++];
        *w = (struct weight){.letters = row->letters, .layer = layer, .offset = row->offset};
        full_name(w->name, row->name, layer >= 0, layer, g, '.');
        w->count = measure(g, row->letters, &w->rank, w->dim);
    }
}

struct graph *graph_make(const struct config *cfg, size_t B, size_t T)
{
    struct graph *g = malloc(sizeof *g);
    const size_t L = cfg->n_layer;

    if (g) {
        *g = (struct graph){.cfg = *cfg, .B = B, .T = T};
        g->node = malloc((L + 1) * n_tensor_rows * sizeof *g->node);
        g->weight = malloc((L + 1) * n_weight_rows * sizeof *g->weight);
    }
    if (!g || !g->node || !g->weight) {
        fprintf(stderr, "touchstone: no memory for a graph of %zu layers: a smaller model is "
                        "needed\n", L);
        exit(2);
    }
    add_weights(g, FRONT, -1);
    for (size_t l = 0; l < L; l++)
        add_weights(g, EVERY_BLOCK, (int)l);
    add_weights(g, BACK, -1);

    add_nodes(g, FRONT, FRONT, -1);
    for (size_t l = 0; l < L; l++)
        add_nodes(g, FIRST_BLOCK, EVERY_BLOCK, (int)l);
    add_nodes(g, BACK, BACK, -1);
    return g;
}

void graph_free(struct graph *g)
{
    if (!g)
        return;
    free(g->node);
    free(g->weight);
    free(g);
}

size_t graph_find(const struct graph *g, const char *name)
{
    size_t i = 0;
    while (i < g->n_nodes && strcmp(g->node[i].name, name) != 0)
        i++;
    return i;
}

/* Puts a prefix before a name; a name is far shorter than its room. */
static void prefix(char *to, const char *before, const char *name)
{
    const size_t length = strlen(before);

    memcpy(to, before, length);
    memcpy(to + length, name, MAX_NAME - length);
    to[MAX_NAME - 1] = '\0';
}

struct node backward_node(const struct graph *g, size_t i)
{
    struct node n = g->node[i];

    prefix(n.name, "backward/", g->node[i].name);
    n.step = 7;
    return n;
}

struct node grad_node(const struct graph *g, size_t i)
{
    const struct weight *w = &g->weight[i];
    struct node n = {.letters = w->letters, .rank = w->rank, .count = w->count,
                     .layer = w->layer, .step = 7, .op = OP_COPY};

    prefix(n.name, "grad/", w->name);
    memcpy(n.dim, w->dim, sizeof n.dim);
    return n;
}

int op_is_ingredient(enum op op)
{
    return op == OP_LAYERNORM || op == OP_QKV || op == OP_PATTERN || op == OP_LINEAR ||
           op == OP_ADD || op == OP_GELU;
}

int family_has_weight(enum family family, const char *name)
{
    int layer, length = 0;

    if (sscanf(name, "h.%d.%n", &layer, &length) == 1 && length > 0)
        name += length;
    for (size_t i = 0; i < n_weight_rows; i++)
        if (strcmp(weight_rows[i].name, name) == 0)
            return (weight_rows[i].family & family) != 0;
    return 0;
}

void graph_bind_weights(struct weights *w, const struct graph *g, real *const weight[])
{
    for (size_t i = 0; i < g->n_weights; i++) {
        const int layer = g->weight[i].layer;
        char *base = layer < 0 ? (char *)w : (char *)&w->h[layer];
        *(real **)(void *)(base + g->weight[i].offset) = weight[i];
    }
}

void graph_bind_acts(struct acts *a, const struct graph *g, real *const tensor[])
{
    for (size_t i = 0; i < g->n_nodes; i++) {
        const int layer = g->node[i].layer;
        char *base = layer < 0 ? (char *)a : (char *)&a->h[layer];
        *(real **)(void *)(base + g->node[i].offset) = tensor[i];
    }
}
