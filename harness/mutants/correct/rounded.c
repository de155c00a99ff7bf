/* rounded.c: a subject that is right and less precise: the scalar subject with its tensors,
 * weights and gradients rounded to float16 or bfloat16 wherever they are stored, sums in
 * float; or, as TF32, with only the factors of products rounded. The checker must take it
 * for what it is, and name no mistake. Compiled with -DROUNDED=f16, bf16 or tf32, and with
 * subject.c, whose subject is called inner_subject here. */
#include <stdlib.h>
#include <string.h>

#include "diagnosis/precision.h"
#include "subject.h"

#define TEXT_OF(name) #name
#define TEXT(name) TEXT_OF(name)

const struct subject *inner_subject(void);

static void round_all(float *x, size_t count, const struct precision *p)
{
    for (size_t i = 0; i < count; i++)
        x[i] = (float)round_to(x[i], p);
}

/* Copies of what an op reads, to be freed. */
enum { MOST = 2 * MAX_WEIGHTS + MAX_INPUTS + 2 * MAX_OUTPUTS };

struct copies {
    void *copy[MOST];
    size_t n;
    bool failed;  /* no memory */
};

static const void *rounded(struct copies *c, const void *x, size_t count, bool is_read,
                           const struct precision *p)
{
    if (!x || !is_read)
        return x;
    float *copy = c->copy[c->n++] = malloc(count * sizeof *copy);
    if (!copy) {
        c->failed = true;
        return x;
    }
    memcpy(copy, x, count * sizeof *copy);
    round_all(copy, count, p);
    return copy;
}

static void drop(struct copies *c)
{
    for (size_t i = 0; i < c->n; i++)
        free(c->copy[i]);
}

/* Rounds what the call reads. A bias is added, no factor. */
static struct call rounded_call(struct copies *c, const struct call *call,
                                const struct precision *p)
{
    const struct graph *g = call->graph;
    const struct node *node = call->first;
    const bool all = !p->products_only, factors = all || op_is_product(node->op);
    struct call r = *call;

    for (size_t i = 0; i < node->n_in; i++)
        r.in[i] = rounded(c, call->in[i], g->node[node->in[i]].count, factors, p);
    for (size_t i = 0; i < node->n_weight; i++)
        r.weight[i] = rounded(c, call->weight[i], g->weight[node->weight[i]].count,
                              i == 0 ? factors : all, p);
    for (size_t k = 0; k < MAX_OUTPUTS; k++) {
        r.made[k] = rounded(c, call->made[k], node[call->made[k] ? k : 0].count, factors, p);
        r.dout[k] = rounded(c, call->dout[k], node[call->dout[k] ? k : 0].count, factors, p);
    }
    return r;
}

static bool rounded_op(const struct subject *self, const struct call *call)
{
    const struct precision *p = precision_find(TEXT(ROUNDED));
    struct copies copies = {.n = 0};
    const struct call r = rounded_call(&copies, call, p);
    const bool ok = !copies.failed && inner_subject()->op(inner_subject(), &r);

    (void)self;
    drop(&copies);
    for (size_t k = 0; ok && !p->products_only && k < MAX_OUTPUTS && call->out[k]; k++)
        round_all(call->out[k], call->first[k].count, p);
    return ok;
}

static bool rounded_op_backward(const struct subject *self, const struct call *call)
{
    const struct precision *p = precision_find(TEXT(ROUNDED));
    const struct graph *g = call->graph;
    const struct node *node = call->first;
    struct copies copies = {.n = 0};
    const struct call r = rounded_call(&copies, call, p);
    const bool ok = !copies.failed && inner_subject()->op_backward(inner_subject(), &r);

    (void)self;
    drop(&copies);
    for (size_t i = 0; ok && !p->products_only && i < node->n_in; i++)
        round_all(call->din[i], g->node[node->in[i]].count, p);
    for (size_t i = 0; ok && !p->products_only && i < node->n_weight; i++)
        round_all(call->dweight[i], g->weight[node->weight[i]].count, p);
    return ok;
}

/* The number of outputs of the op whose first is node i. */
static size_t outputs(const struct graph *g, size_t i)
{
    size_t n = 1;

    while (i + n < g->n_nodes && g->node[i + n].out == (int)n)
        n++;
    return n;
}

static struct call call_of(const struct graph *g, size_t i, void *const weight[],
                           const int *tokens, const int *targets, void *const tensor[])
{
    const struct node *n = &g->node[i];
    struct call c = {.graph = g, .first = n, .tokens = tokens, .targets = targets};

    for (size_t k = 0; k < n->n_in; k++)
        c.in[k] = tensor[n->in[k]];
    for (size_t k = 0; k < n->n_weight; k++)
        c.weight[k] = weight[n->weight[k]];
    return c;
}

static bool rounded_forward(const struct subject *self, const struct graph *g,
                            void *const weight[], const int *tokens, const int *targets,
                            void *const tensor[])
{
    bool ok = true;

    for (size_t i = 0; ok && i < g->n_nodes; i += outputs(g, i)) {
        struct call c = call_of(g, i, weight, tokens, targets, tensor);
        for (size_t k = 0; k < outputs(g, i); k++)
            c.out[k] = tensor[i + k];
        ok = rounded_op(self, &c);
    }
    return ok;
}

static bool rounded_backward(const struct subject *self, const struct graph *g,
                             void *const weight[], const int *tokens, const int *targets,
                             void *const tensor[], void *const dtensor[], void *const dweight[])
{
    bool ok = true;

    for (size_t i = g->n_nodes; ok && i-- > 0;) {
        const struct node *n = &g->node[i];
        struct call c = call_of(g, i, weight, tokens, targets, tensor);

        if (n->out != 0)
            continue;
        if (n->op == OP_LOSS)
            *(float *)dtensor[i] = 1;
        for (size_t k = 0; k < outputs(g, i); k++) {
            c.made[k] = tensor[i + k];
            c.dout[k] = dtensor[i + k];
        }
        for (size_t k = 0; k < n->n_in; k++)
            c.din[k] = dtensor[n->in[k]];
        for (size_t k = 0; k < n->n_weight; k++)
            c.dweight[k] = dweight[n->weight[k]];
        ok = rounded_op_backward(self, &c);
    }
    return ok;
}

__attribute__((visibility("default"))) const struct subject *touchstone_subject(void)
{
    static const struct subject self = {
        .version = SUBJECT_VERSION, .name = TEXT(ROUNDED), .width = sizeof(real),
        .forward = rounded_forward, .op = rounded_op, .backward = rounded_backward,
        .op_backward = rounded_op_backward,
    };
    return &self;
}
