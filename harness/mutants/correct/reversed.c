/* reversed.c: a subject that is right and sums in another order: the scalar subject on the
 * same model with its channels, hidden units, heads, vocabulary and texts counted from the
 * last to the first. Every sum over them runs backwards; what it makes is put back in
 * order. Only the sums over tokens stay as they are, for the mask needs them so. The checker
 * must pass it. Compiled with subject.c, whose subject is called inner_subject here. */
#include <stdlib.h>
#include <string.h>

#include "subject.h"

const struct subject *inner_subject(void);

/* The place along an axis of n that place i comes to. Of c_attn's columns, three blocks of
 * C, each is turned by itself. */
static size_t turned(char letter, size_t i, size_t n)
{
    if (letter == 'T' || letter == 'P')
        return i;
    if (letter == 'Q')
        return i / (n / 3) * (n / 3) + n / 3 - 1 - i % (n / 3);
    return n - 1 - i;
}

/* to = from with its axes turned; twice is once back. */
static void turn(float *to, const float *from, const char *letters, size_t rank,
                 const size_t *dim, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t left = i, stride = 1, at = 0;

        for (size_t axis = rank; axis-- > 0; left /= dim[axis], stride *= dim[axis])
            at += stride * turned(letters[axis], left % dim[axis], dim[axis]);
        to[at] = from[i];
    }
}

static void turn_node(void *to, const void *from, const struct node *n)
{
    turn(to, from, n->letters, n->rank, n->dim, n->count);
}

static void turn_weight(void *to, const void *from, const struct weight *w)
{
    turn(to, from, w->letters, w->rank, w->dim, w->count);
}

/* Turned copies of the model, the input and the arrays to be filled. */
struct copies {
    void **weight, **tensor, **dtensor, **dweight;
    int *tokens, *targets;
    bool ok;
};

static void **room(size_t n, bool *ok)
{
    void **list = calloc(n, sizeof *list);

    *ok = *ok && list;
    return list;
}

static void *room_for(size_t count, bool *ok)
{
    void *array = calloc(count, sizeof(float));

    *ok = *ok && array;
    return array;
}

static int *turned_ids(const int *ids, const struct graph *g, bool *ok)
{
    int *copy = malloc(g->B * g->T * sizeof *copy);

    *ok = *ok && copy;
    for (size_t i = 0; copy && i < g->B * g->T; i++) {
        const int id = ids[(g->B - 1 - i / g->T) * g->T + i % g->T];
        copy[i] = id < 0 ? id : (int)g->cfg.n_vocab - 1 - id;
    }
    return copy;
}

static struct copies begin(const struct graph *g, void *const weight[], const int *tokens,
                           const int *targets)
{
    struct copies c = {.ok = true};

    c.weight = room(g->n_weights, &c.ok);
    c.dweight = room(g->n_weights, &c.ok);
    c.tensor = room(g->n_nodes, &c.ok);
    c.dtensor = room(g->n_nodes, &c.ok);
    c.tokens = turned_ids(tokens, g, &c.ok);
    c.targets = turned_ids(targets, g, &c.ok);
    for (size_t i = 0; c.ok && i < g->n_weights; i++) {
        c.weight[i] = room_for(g->weight[i].count, &c.ok);
        c.dweight[i] = room_for(g->weight[i].count, &c.ok);
        if (c.ok)
            turn_weight(c.weight[i], weight[i], &g->weight[i]);
    }
    for (size_t i = 0; c.ok && i < g->n_nodes; i++) {
        c.tensor[i] = room_for(g->node[i].count, &c.ok);
        c.dtensor[i] = room_for(g->node[i].count, &c.ok);
    }
    return c;
}

static void end(struct copies *c, const struct graph *g)
{
    for (size_t i = 0; c->weight && c->dweight && i < g->n_weights; i++) {
        free(c->weight[i]);
        free(c->dweight[i]);
    }
    for (size_t i = 0; c->tensor && c->dtensor && i < g->n_nodes; i++) {
        free(c->tensor[i]);
        free(c->dtensor[i]);
    }
    free(c->weight);
    free(c->dweight);
    free(c->tensor);
    free(c->dtensor);
    free(c->tokens);
    free(c->targets);
}

static bool reversed_forward(const struct subject *self, const struct graph *g,
                             void *const weight[], const int *tokens, const int *targets,
                             void *const tensor[])
{
    struct copies c = begin(g, weight, tokens, targets);
    const struct subject *inner = inner_subject();
    const bool ok = c.ok && inner->forward(inner, g, c.weight, c.tokens, c.targets, c.tensor);

    (void)self;
    for (size_t i = 0; ok && i < g->n_nodes; i++)
        turn_node(tensor[i], c.tensor[i], &g->node[i]);
    end(&c, g);
    return ok;
}

static bool reversed_backward(const struct subject *self, const struct graph *g,
                              void *const weight[], const int *tokens, const int *targets,
                              void *const tensor[], void *const dtensor[],
                              void *const dweight[])
{
    struct copies c = begin(g, weight, tokens, targets);
    const struct subject *inner = inner_subject();

    (void)self;
    for (size_t i = 0; c.ok && i < g->n_nodes; i++)
        turn_node(c.tensor[i], tensor[i], &g->node[i]);
    const bool ok = c.ok && inner->backward(inner, g, c.weight, c.tokens, c.targets, c.tensor,
                                            c.dtensor, c.dweight);
    for (size_t i = 0; ok && i < g->n_nodes; i++)
        turn_node(dtensor[i], c.dtensor[i], &g->node[i]);
    for (size_t i = 0; ok && i < g->n_weights; i++)
        turn_weight(dweight[i], c.dweight[i], &g->weight[i]);
    end(&c, g);
    return ok;
}

/* The arrays of one call, turned, in the places of the model's. */
static struct call turned_call(struct copies *c, const struct call *call)
{
    const struct graph *g = call->graph;
    const struct node *n = call->first;
    const size_t first = (size_t)(n - g->node);
    struct call r = *call;

    r.tokens = c->tokens;
    r.targets = c->targets;
    for (size_t k = 0; k < n->n_in; k++) {
        turn_node(c->tensor[n->in[k]], call->in[k], &g->node[n->in[k]]);
        r.in[k] = c->tensor[n->in[k]];
        r.din[k] = c->dtensor[n->in[k]];
        if (call->din[k])
            turn_node(r.din[k], call->din[k], &g->node[n->in[k]]);
    }
    for (size_t k = 0; k < n->n_weight; k++) {
        r.weight[k] = c->weight[n->weight[k]];
        r.dweight[k] = c->dweight[n->weight[k]];
        if (call->dweight[k])
            turn_weight(r.dweight[k], call->dweight[k], &g->weight[n->weight[k]]);
    }
    for (size_t k = 0; k < MAX_OUTPUTS; k++) {
        if (call->out[k])
            r.out[k] = c->tensor[first + k];
        if (call->made[k])
            turn_node(c->tensor[first + k], call->made[k], &n[k]);
        if (call->dout[k])
            turn_node(c->dtensor[first + k], call->dout[k], &n[k]);
        r.made[k] = call->made[k] ? c->tensor[first + k] : NULL;
        r.dout[k] = call->dout[k] ? c->dtensor[first + k] : NULL;
    }
    return r;
}

/* The model as one call knows it: its own weights, all others zeros. */
static void **own_weights(const struct call *call, bool *ok)
{
    const struct graph *g = call->graph;
    void **weight = room(g->n_weights, ok);

    for (size_t i = 0; weight && i < g->n_weights; i++)
        weight[i] = room_for(g->weight[i].count, ok);
    for (size_t k = 0; *ok && k < call->first->n_weight; k++) {
        const size_t w = call->first->weight[k];
        memcpy(weight[w], call->weight[k], g->weight[w].count * sizeof(float));
    }
    return weight;
}

static bool reversed(const struct call *call, bool backward)
{
    const struct subject *inner = inner_subject();
    const struct graph *g = call->graph;
    const struct node *n = call->first;
    bool ok = true;
    void **weight = own_weights(call, &ok);
    struct copies c = begin(g, weight, call->tokens, call->targets);

    ok = ok && c.ok;
    if (ok) {
        const struct call r = turned_call(&c, call);
        ok = backward ? inner->op_backward(inner, &r) : inner->op(inner, &r);
        for (size_t k = 0; !backward && k < MAX_OUTPUTS && call->out[k]; k++)
            turn_node(call->out[k], r.out[k], &n[k]);
        for (size_t k = 0; backward && k < n->n_in; k++)
            turn_node(call->din[k], r.din[k], &g->node[n->in[k]]);
        for (size_t k = 0; backward && k < n->n_weight; k++)
            turn_weight(call->dweight[k], r.dweight[k], &g->weight[n->weight[k]]);
    }
    for (size_t i = 0; weight && i < g->n_weights; i++)
        free(weight[i]);
    free(weight);
    end(&c, g);
    return ok;
}

static bool reversed_op(const struct subject *self, const struct call *call)
{
    (void)self;
    return reversed(call, false);
}

static bool reversed_op_backward(const struct subject *self, const struct call *call)
{
    (void)self;
    return reversed(call, true);
}

__attribute__((visibility("default"))) const struct subject *touchstone_subject(void)
{
    static const struct subject self = {
        .version = SUBJECT_VERSION, .name = "reversed", .width = sizeof(real),
        .forward = reversed_forward, .op = reversed_op, .backward = reversed_backward,
        .op_backward = reversed_op_backward,
    };
    return &self;
}
