/* broken.c: a subject that is the f64 subject but for one damaged tensor:
 * $BREAK_TENSOR in the way $BREAK (damage.h): one of the forward pass, of backward/ or of
 * grad/. Of a forward tensor that is damaged backpropagation reads the damaged one, what
 * the loss is made of does not. $BREAK_INNER is the subject inside; with $BREAK_ENGINE its
 * engine is this one's too, with $BREAK_NO_BACKWARD it cannot go back. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "damage.h"
#include "subject.h"

static const struct subject *inner;

static void damage_node(const struct node *n, double *x)
{
    const size_t one = 1;

    if (strcmp(n->name, getenv("BREAK_TENSOR")) == 0)
        damage(getenv("BREAK"), x, n->rank ? n->rank : 1, n->rank ? n->dim : &one);
}

static void damage_gradient(const struct node *n, double *x)
{
    const char *wanted = getenv("BREAK_TENSOR");
    const size_t one = 1;

    if (strncmp(wanted, "backward/", 9) == 0 && strcmp(n->name, wanted + 9) == 0)
        damage(getenv("BREAK"), x, n->rank ? n->rank : 1, n->rank ? n->dim : &one);
}

static void damage_weight_gradient(const struct weight *w, double *x)
{
    const char *wanted = getenv("BREAK_TENSOR");

    if (strncmp(wanted, "grad/", 5) == 0 && strcmp(w->name, wanted + 5) == 0)
        damage(getenv("BREAK"), x, w->rank, w->dim);
}

static bool broken_forward(const struct subject *self, const struct graph *g,
                           void *const weight[], const int *tokens, const int *targets,
                           void *const tensor[])
{
    (void)self;
    if (!inner->forward(inner, g, weight, tokens, targets, tensor))
        return false;
    for (size_t i = 0; i < g->n_nodes; i++)
        damage_node(&g->node[i], tensor[i]);
    return true;
}

static bool broken_backward(const struct subject *self, const struct graph *g,
                            void *const weight[], const int *tokens, const int *targets,
                            void *const tensor[], void *const dtensor[],
                            void *const dweight[])
{
    (void)self;
    if (!inner->backward(inner, g, weight, tokens, targets, tensor, dtensor, dweight))
        return false;
    for (size_t i = 0; i < g->n_nodes; i++)
        damage_gradient(&g->node[i], dtensor[i]);
    for (size_t i = 0; i < g->n_weights; i++)
        damage_weight_gradient(&g->weight[i], dweight[i]);
    return true;
}

static bool broken_op(const struct subject *self, const struct call *call)
{
    (void)self;
    if (!inner->op(inner, call))
        return false;
    for (int k = 0; k < MAX_OUTPUTS && call->out[k]; k++)
        damage_node(call->first + k, call->out[k]);
    return true;
}

__attribute__((visibility("default"))) const struct subject *touchstone_subject(void)
{
    static struct subject self = {
        .version = SUBJECT_VERSION, .name = "broken", .width = 8, .forward = broken_forward,
        .op = broken_op, .backward = broken_backward,
    };
    const struct subject *(*describe)(void);
    void *symbol = dlsym(dlopen(getenv("BREAK_INNER"), RTLD_NOW), "touchstone_subject");

    memcpy(&describe, &symbol, sizeof describe);
    inner = describe();
    self.op_backward = inner->op_backward;
    self.ops = inner->ops;
    self.engine = getenv("BREAK_ENGINE") ? inner->engine : NULL;
    if (getenv("BREAK_NO_BACKWARD"))
        self.backward = NULL;
    return &self;
}
