/* execute.c: runs subjects. Everything that the checker compares is double; a
 * subject's own width is known here alone. */
#include "execute.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"

void narrow(void *to, const double *from, size_t width, size_t count)
{
    if (width == 8)
        memcpy(to, from, count * 8);
    else
        for (size_t i = 0; i < count; i++)
            ((float *)to)[i] = (float)from[i];
}

void widen(double *to, const void *from, size_t width, size_t count)
{
    if (width == 8)
        memcpy(to, from, count * 8);
    else
        for (size_t i = 0; i < count; i++)
            to[i] = ((const float *)from)[i];
}

/* A NaN that no arithmetic gives; as a double it is the same NaN, widened. */
static const uint32_t poison = 0x7fc5ca1e;
enum { MARGIN = 16 };  /* elements behind an array that stay as they were */

static double poison_double(void)
{
    float narrow_one;

    memcpy(&narrow_one, &poison, sizeof narrow_one);
    return narrow_one;
}

bool is_unwritten(double x)
{
    const double unwritten = poison_double();

    return memcmp(&x, &unwritten, sizeof x) == 0;
}

static void *poisoned(size_t count, size_t width)
{
    const double wide = poison_double();
    char *array = allocate(count + MARGIN, width);

    for (size_t i = 0; i < count + MARGIN; i++)
        memcpy(array + i * width, width == 8 ? (const void *)&wide : &poison, width);
    return array;
}

/* Ends the program where something was written behind a poisoned array. */
static void check_margin(const struct runner *r, const struct node *n, const void *array)
{
    const size_t width = r->subject->width;
    double behind[MARGIN];

    widen(behind, (const char *)array + n->count * width, width, MARGIN);
    for (size_t i = 0; i < MARGIN; i++)
        if (!is_unwritten(behind[i]))
            die("--subject %s: writes behind the end of %s, which has %zu elements",
                r->subject->name, n->name, n->count);
}

struct runner runner_with(const struct subject *s, const struct graph *g, void **weight)
{
    return (struct runner){s, g, weight, NULL, false};
}

struct runner runner_make(const struct subject *s, struct model *m, const struct graph *g)
{
    return runner_with(s, g, model_weights(m, g, s->width));
}

struct runner runner_from_file(const struct subject *s, struct model *m, const struct graph *g)
{
    struct runner r = {s, g, allocate(g->n_weights, sizeof *r.weight), m, false};

    for (size_t i = 0; i < g->n_weights; i++)
        r.weight[i] = NULL;
    return r;
}

static void load_weight(const struct runner *r, size_t i)
{
    const struct weight *w = &r->graph->weight[i];

    if (r->weight[i])
        return;
    r->weight[i] = model_weight(r->model, w, r->subject->width);
    for (size_t k = 0; r->rounded && k < w->count; k++)
        ((double *)r->weight[i])[k] = (float)((double *)r->weight[i])[k];
}

static void unload_weight(const struct runner *r, size_t i)
{
    free(r->weight[i]);
    r->weight[i] = NULL;
}

void runner_load(const struct runner *r, const struct node *n)
{
    for (size_t i = 0; i < n->n_weight && r->model; i++)
        load_weight(r, n->weight[i]);
}

void runner_unload(const struct runner *r, const struct node *n)
{
    for (size_t i = 0; i < n->n_weight && r->model; i++)
        unload_weight(r, n->weight[i]);
}

void runner_load_all(const struct runner *r)
{
    for (size_t i = 0; i < r->graph->n_weights && r->model; i++)
        load_weight(r, i);
}

void runner_unload_all(const struct runner *r)
{
    for (size_t i = 0; i < r->graph->n_weights && r->model; i++)
        unload_weight(r, i);
}

void runner_free(struct runner *r)
{
    free_all(r->weight, r->graph->n_weights);
}

static void no_memory(const struct runner *r)
{
    die("subject %s: no memory: a smaller model or input is needed", r->subject->name);
}

void **run_raw(const struct runner *r, const int *tokens, const int *targets)
{
    const struct graph *g = r->graph;
    void **tensor = allocate(g->n_nodes, sizeof *tensor);

    runner_load_all(r);
    for (size_t i = 0; i < g->n_nodes; i++)
        tensor[i] = poisoned(g->node[i].count, r->subject->width);
    if (!r->subject->forward(r->subject, g, r->weight, tokens, targets, tensor))
        no_memory(r);
    for (size_t i = 0; i < g->n_nodes; i++)
        check_margin(r, &g->node[i], tensor[i]);
    runner_unload_all(r);
    return tensor;
}

double **run_chain(const struct runner *r, const int *tokens, const int *targets)
{
    const struct graph *g = r->graph;
    void **raw = run_raw(r, tokens, targets);
    double **tensor = allocate(g->n_nodes, sizeof *tensor);

    for (size_t i = 0; i < g->n_nodes; i++) {
        tensor[i] = allocate(g->node[i].count, sizeof(double));
        widen(tensor[i], raw[i], r->subject->width, g->node[i].count);
    }
    free_all(raw, g->n_nodes);
    return tensor;
}

size_t *last_uses(const struct graph *g)
{
    size_t *last = allocate(g->n_nodes, sizeof *last);

    for (size_t i = 0; i < g->n_nodes; i++) {
        last[i] = i;
        for (size_t k = 0; k < g->node[i].n_in; k++)
            last[g->node[i].in[k]] = i;
    }
    return last;
}

/* Nodes first .. end-1, which one step makes. */
static void run_step(const struct runner *r, size_t first, size_t end, const int *tokens,
                     const int *targets, void **tensor)
{
    const struct node *n = r->graph->node;
    const size_t layer = n[first].layer < 0 ? 0 : (size_t)n[first].layer;

    for (size_t i = first; i < end; i++) {
        tensor[i] = poisoned(n[i].count, r->subject->width);
        runner_load(r, &n[i]);
    }
    if (!r->subject->part(r->subject, r->graph, r->weight, tokens, targets, tensor, n[first].step,
                          layer))
        no_memory(r);
    for (size_t i = first; i < end; i++) {
        check_margin(r, &n[i], tensor[i]);
        runner_unload(r, &n[i]);
    }
}

static void run_by_step(const struct runner *r, const int *tokens, const int *targets,
                        tensor_visitor *visit, void *context)
{
    const struct graph *g = r->graph;
    void **tensor = allocate(g->n_nodes, sizeof *tensor);
    size_t *last = last_uses(g);

    for (size_t i = 0; i < g->n_nodes; i++)
        tensor[i] = NULL;
    for (size_t first = 0, end; first < g->n_nodes; first = end) {
        for (end = first + 1; end < g->n_nodes && g->node[end].step == g->node[first].step;)
            end++;
        run_step(r, first, end, tokens, targets, tensor);
        for (size_t i = first; i < end; i++)
            visit(context, &g->node[i], tensor[i]);
        for (size_t i = 0; i < end; i++)
            if (last[i] < end) {
                free(tensor[i]);
                tensor[i] = NULL;
            }
    }
    free(last);
    free_all(tensor, g->n_nodes);
}

void run_and_visit(const struct runner *r, const int *tokens, const int *targets,
                   tensor_visitor *visit, void *context)
{
    if (r->model && r->subject->part) {
        run_by_step(r, tokens, targets, visit, context);
        return;
    }
    void **tensor = run_raw(r, tokens, targets);
    for (size_t i = 0; i < r->graph->n_nodes; i++) {
        visit(context, &r->graph->node[i], tensor[i]);
        free(tensor[i]);
    }
    free(tensor);
}

size_t outputs_of(const struct graph *g, size_t first)
{
    size_t n = 1;
    while (first + n < g->n_nodes && g->node[first + n].out == (int)n)
        n++;
    return n;
}

size_t made_at_once(const struct subject *s, const struct graph *g, size_t first)
{
    const struct node *n = &g->node[first];

    return s->whole_mlp && n->op == OP_LINEAR && n[1].op == OP_GELU ? 3 : outputs_of(g, first);
}

void call_weights(struct call *call, void *const weight[], size_t n_out)
{
    size_t n = 0;

    for (size_t k = 0; k < n_out; k++)
        for (size_t i = 0; i < call->first[k].n_weight && call->first[k].out == 0; i++)
            call->weight[n++] = weight[call->first[k].weight[i]];
}

bool owns_node(const struct subject *s, const struct node *n)
{
    return !s->owns || s->owns(s, n, false);
}

bool owns_gradient(const struct subject *s, const struct graph *g, size_t i)
{
    if (!s->owns)
        return true;
    for (size_t k = 0; k < g->n_nodes; k++) {
        const struct node *n = &g->node[k];
        bool reads = false;

        for (size_t j = 0; j < n->n_in; j++)
            reads |= n->in[j] == i;
        for (size_t j = 0; j < n->n_weight; j++)
            reads |= n->weight[j] + g->n_nodes == i;
        if (reads && s->owns(s, n, true))
            return true;
    }
    return false;
}

void run_local(const struct runner *r, size_t first, size_t n_out, const double *const in[],
               const int *tokens, const int *targets, double *const out[])
{
    const struct graph *g = r->graph;
    const struct node *node = &g->node[first];
    const size_t width = r->subject->width;
    struct call call = {.graph = g, .first = node, .tokens = tokens, .targets = targets};
    void *owned[MAX_INPUTS] = {NULL};

    for (size_t i = 0; i < node->n_in; i++) {
        const size_t count = g->node[node->in[i]].count;
        owned[i] = allocate(count, width);
        narrow(owned[i], in[i], width, count);
        call.in[i] = owned[i];
    }
    for (size_t k = 0; k < n_out; k++)
        runner_load(r, &node[k]);
    call_weights(&call, r->weight, n_out);
    for (size_t k = 0; k < n_out; k++)
        call.out[k] = poisoned(node[k].count, width);
    if (!r->subject->op(r->subject, &call))
        no_memory(r);
    for (size_t k = 0; k < n_out; k++) {
        check_margin(r, &node[k], call.out[k]);
        widen(out[k], call.out[k], width, node[k].count);
        free(call.out[k]);
        runner_unload(r, &node[k]);
    }
    for (size_t i = 0; i < node->n_in; i++)
        free(owned[i]);
}
