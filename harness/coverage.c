/* coverage.c: says how much of the graph a trace shows. Layers that show the same are named
 * together. What was not seen is judged by compare.c. */
#include "coverage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"

enum { MOST_NAMES = 6, LINE = 400 };

/* A text that grows. */
struct text {
    char *text;
    size_t length;
};

static void append(struct text *t, const char *more)
{
    const size_t length = strlen(more);
    char *text = realloc(t->text, t->length + length + 1);

    if (!text)
        die("no memory for a text of %zu bytes", t->length + length + 1);
    memcpy(text + t->length, more, length + 1);
    t->text = text;
    t->length += length;
}

static size_t count_seen(const struct shelf *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n; i++)
        n += shelf_has(s, i);
    return n;
}

static const char *after_layer(const char *name)
{
    const char *slash = strchr(name, '/');

    return slash ? slash + 1 : name;
}

/* The nodes of a layer (-1: outside) come in the same order in each; of node number k. */
static bool layer_node(const struct graph *g, int layer, size_t k, size_t *node)
{
    for (size_t i = 0; i < g->n_nodes; i++)
        if (g->node[i].layer == layer && k-- == 0) {
            *node = i;
            return true;
        }
    return false;
}

static bool shows_the_same(const struct graph *g, const struct shelf *s, int a, int b)
{
    size_t i, j;

    for (size_t k = 0; layer_node(g, a, k, &i); k++)
        if (!layer_node(g, b, k, &j) || shelf_has(s, i) != shelf_has(s, j))
            return false;
    return true;
}

/* "1 of 15: resid_post" of one layer. */
static void say_layer(struct text *t, const struct graph *g, const struct shelf *s, int layer)
{
    char line[2 * LINE], names[LINE] = "";
    size_t seen = 0, all = 0, node;

    for (size_t k = 0; layer_node(g, layer, k, &node); k++) {
        all++;
        if (!shelf_has(s, node))
            continue;
        if (seen++ < MOST_NAMES) {
            strcat(names, " ");
            strcat(names, after_layer(g->node[node].name));
        }
    }
    if (seen == 0)
        snprintf(line, sizeof line, "none of %zu\n", all);
    else if (seen == all)
        snprintf(line, sizeof line, "all %zu\n", all);
    else
        snprintf(line, sizeof line, "%zu of %zu:%s%s\n", seen, all, names,
                 seen > MOST_NAMES ? " ..." : "");
    append(t, line);
}

static void say_layers(struct text *t, const struct graph *g, const struct shelf *s)
{
    const int L = (int)g->cfg.n_layer;
    char line[LINE];

    for (int first = 0, end; first < L; first = end) {
        for (end = first + 1; end < L && shows_the_same(g, s, first, end);)
            end++;
        if (end - first == 1)
            snprintf(line, sizeof line, "    layer %d: ", first);
        else
            snprintf(line, sizeof line, "    layers %d %s %d, each: ", first,
                     end - first == 2 ? "and" : "to", end - 1);
        append(t, line);
        say_layer(t, g, s, first);
    }
    append(t, "    outside the layers: ");
    say_layer(t, g, s, -1);
}

char *coverage_text(const struct graph *g, const struct shelf *forward,
                    const struct shelf *backward, const struct shelf *grad)
{
    struct text t = {NULL, 0};
    char line[LINE];

    snprintf(line, sizeof line,
             "  seen    %zu of %zu tensors, %zu of %zu gradients at them, %zu of %zu of weights\n",
             count_seen(forward), forward->n, count_seen(backward), backward->n - 1,
             count_seen(grad), grad->n);
    append(&t, line);
    if (count_seen(forward) < forward->n)
        say_layers(&t, g, forward);
    return t.text;
}
