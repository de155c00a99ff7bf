/* partial_run.c: runs a partial subject: its own functions, with a guard around them, and the
 * whole passes that it does not have as one function. partial.c makes such subjects. */
#include "partial_run.h"

#include <stdio.h>
#include <string.h>

#include "execute.h"
#include "guard.h"

/* The wiring of a step. */
static const char *const wiring[] = {
    [2] = "forward_embed", [3] = "forward_attention", [4] = "forward_mlp",
    [5] = "forward_unembed",
};

static const struct partial *partial_of(const struct subject *s)
{
    return (const struct partial *)(const void *)s;
}

/* --------------------------------------------------------------- calls of one's own */

static bool in_mlp(const struct node *n)
{
    return strstr(n->name, "/mlp_") != NULL;
}

/* What an op calls of the subject's own: [0] is NULL where nothing. */
static const char *const *own_of(const struct subject *s, const struct node *n, bool backward)
{
    static const function_names whole_mlp = {"mlp"};

    return !backward && s->whole_mlp && in_mlp(n) ? whole_mlp
                                                  : partial_of(s)->own[n->op][backward];
}

bool partial_owns(const struct subject *self, const struct node *node, bool backward)
{
    return own_of(self, node, backward)[0] != NULL;
}

bool partial_op(const struct subject *self, const struct call *call)
{
    const struct partial *p = partial_of(self);

    guard_code(p->name, own_of(self, call->first, false), call->first->name);
    const bool ok = p->lender->op(self, call);
    guard_code(NULL, NULL, NULL);
    return ok;
}

bool partial_op_backward(const struct subject *self, const struct call *call)
{
    const struct partial *p = partial_of(self);

    guard_code(p->name, own_of(self, call->first, true), call->first->name);
    const bool ok = p->lender->op_backward(self, call);
    guard_code(NULL, NULL, NULL);
    return ok;
}

bool partial_own_forward(const struct subject *self, const struct graph *g,
                         void *const weight[], const int *tokens, const int *targets,
                         void *const tensor[])
{
    static const function_names forward = {"forward"};
    const struct partial *p = partial_of(self);

    guard_code(p->name, forward, "the whole pass");
    const bool ok = p->lender->forward(self, g, weight, tokens, targets, tensor);
    guard_code(NULL, NULL, NULL);
    return ok;
}

bool partial_own_backward(const struct subject *self, const struct graph *g,
                          void *const weight[], const int *tokens, const int *targets,
                          void *const tensor[], void *const dtensor[],
                          void *const dweight[])
{
    static const function_names backward = {"backward"};
    const struct partial *p = partial_of(self);

    guard_code(p->name, backward, "the whole pass");
    const bool ok = p->lender->backward(self, g, weight, tokens, targets, tensor, dtensor,
                                        dweight);
    guard_code(NULL, NULL, NULL);
    return ok;
}

/* -------------------------------------------------------------------------- wholes */

/* Makes node `first`, and what comes with it, from the tensors before it. */
static bool make_node(const struct subject *self, const struct graph *g, void *const weight[],
                      const int *tokens, const int *targets, void *const tensor[],
                      size_t first, size_t n_out)
{
    struct call call = {.graph = g, .first = &g->node[first], .tokens = tokens,
                        .targets = targets};

    for (size_t k = 0; k < call.first->n_in; k++)
        call.in[k] = tensor[call.first->in[k]];
    call_weights(&call, weight, n_out);
    for (size_t k = 0; k < n_out; k++)
        call.out[k] = tensor[first + k];
    return self->op(self, &call);
}

/* Whether the wiring of a step, in a layer, makes the node. A block ends with the copy
 * that the next block reads. */
static bool is_of_part(const struct node *n, int step, size_t layer)
{
    const int l = (int)layer + (n->op == OP_COPY);

    return n->step == step && (step == 2 || step == 5 || n->layer == l);
}

bool partial_part(const struct subject *self, const struct graph *g, void *const weight[],
                  const int *tokens, const int *targets, void *const tensor[], int step,
                  size_t layer)
{
    const struct partial *p = partial_of(self);
    const bool own[] = {[2] = p->f.ops.forward_embed, [3] = p->f.ops.forward_attention,
                        [4] = p->f.ops.forward_mlp, [5] = p->f.ops.forward_unembed};
    const function_names name = {wiring[step]};
    bool ok = true;
    char where[64];

    if (own[step]) {
        snprintf(where, sizeof where, "step %d, layer %zu", step, layer);
        guard_code(p->name, name, where);
        ok = p->lender->part(self, g, weight, tokens, targets, tensor, step, layer);
        guard_code(NULL, NULL, NULL);
        return ok;
    }
    for (size_t i = 0, n_out; i < g->n_nodes && ok; i += n_out) {
        n_out = made_at_once(self, g, i);
        if (is_of_part(&g->node[i], step, layer))
            ok = make_node(self, g, weight, tokens, targets, tensor, i, n_out);
    }
    return ok;
}

bool partial_forward(const struct subject *self, const struct graph *g,
                     void *const weight[], const int *tokens, const int *targets,
                     void *const tensor[])
{
    bool ok = partial_part(self, g, weight, tokens, targets, tensor, 2, 0);

    for (size_t l = 0; l < g->cfg.n_layer && ok; l++)
        ok = partial_part(self, g, weight, tokens, targets, tensor, 3, l) &&
             partial_part(self, g, weight, tokens, targets, tensor, 4, l);
    return ok && partial_part(self, g, weight, tokens, targets, tensor, 5, 0);
}

bool partial_backward(const struct subject *self, const struct graph *g,
                      void *const weight[], const int *tokens, const int *targets,
                      void *const tensor[], void *const dtensor[], void *const dweight[])
{
    const double one = 1;

    narrow(dtensor[g->n_nodes - 1], &one, self->width, 1);  /* of the loss */
    for (size_t i = g->n_nodes; i-- > 0;) {
        const struct node *n = &g->node[i];
        struct call call = {.graph = g, .first = n, .tokens = tokens, .targets = targets};

        if (n->out != 0)
            continue;  /* done with the op's first output */
        for (size_t k = 0; k < outputs_of(g, i); k++) {
            call.made[k] = tensor[i + k];
            call.dout[k] = dtensor[i + k];
        }
        for (size_t k = 0; k < n->n_in; k++) {
            call.in[k] = tensor[n->in[k]];
            call.din[k] = dtensor[n->in[k]];
        }
        for (size_t k = 0; k < n->n_weight; k++) {
            call.weight[k] = weight[n->weight[k]];
            call.dweight[k] = dweight[n->weight[k]];
        }
        if (!self->op_backward(self, &call))
            return false;
    }
    return true;
}
