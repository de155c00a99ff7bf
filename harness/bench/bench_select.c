/* bench_select.c: which ops and wholes the options ask for. */
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "bench_model.h"
#include "die.h"
#include "words.h"

/* Whether --op, a list with commas, has the name; without --op every name is wanted. */
static bool named(const struct options *o, const char *name)
{
    const size_t length = strlen(name);

    for (const char *at = o->op; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == '\0'))
            return true;
    return !o->op;
}

/* The first of the blocks that has such a tensor. */
static int first_layer(const struct graph *g, const struct node *n)
{
    for (size_t i = 0; i < g->n_nodes; i++)
        if (g->node[i].op == n->op && strcmp(op_name(&g->node[i]), op_name(n)) == 0)
            return g->node[i].layer;
    return n->layer;
}

bool wants_op(const struct bench *b, size_t node, bool backward)
{
    const struct options *o = b->options;
    const struct node *n = &b->graph->node[node];
    const struct node seen = backward ? backward_node(b->graph, node) : *n;

    if (n->out != 0 || !named(o, op_name(n)) || !selects(o, &seen))
        return false;
    return o->every_layer || o->layer >= 0 || n->layer == first_layer(b->graph, n);
}

bool wants_whole(const struct bench *b, enum whole what)
{
    static const int step_of[N_WHOLES] = {-1, 7, 7, 8, 8, 6, 6};
    const struct options *o = b->options;
    const bool forward = what == WHOLE_FORWARD || what == WHOLE_PREFILL || what == WHOLE_DECODE;
    const bool both = what != WHOLE_BACKWARD && !forward;

    if (o->layer >= 0 || o->tensor || !named(o, whole_name(what)))
        return false;
    if (o->step >= 0 && o->step != step_of[what])
        return false;
    return both ? o->forward && o->backward : forward ? o->forward : o->backward;
}

/* Ends the program at a name in --op that there is not. */
static void check_names(const struct bench *b)
{
    const struct graph *g = b->graph;
    char list[1024], known[1024] = "";

    if (!b->options->op)
        return;
    for (enum whole k = 0; k < N_WHOLES; k++)
        strcat(strcat(known, " "), whole_name(k));
    for (size_t i = 0; i < g->n_nodes; i++)
        if (g->node[i].out == 0 && !list_has(known, op_name(&g->node[i])))
            strcat(strcat(known, " "), op_name(&g->node[i]));
    if (snprintf(list, sizeof list, "%s", b->options->op) >= (int)sizeof list)
        die("--op: the list is too long");
    for (char *name = strtok(list, ","); name; name = strtok(NULL, ","))
        if (!list_has(known, name))
            die("--op %s: is not known; there are%s", name, known);
}

void check_wanted(const struct bench *b)
{
    bool any = false;

    check_names(b);
    if (b->options->step != 6 && b->options->step != 8)
        check_selection(b->options, b->graph);
    for (enum whole k = 0; k < N_WHOLES; k++)
        any |= wants_whole(b, k);
    for (size_t i = 0; i < b->graph->n_nodes; i++)
        any |= wants_op(b, i, false) || wants_op(b, i, true);
    if (!any)
        die("--op, --direction, --step, --layer and --tensor together select nothing");
}
