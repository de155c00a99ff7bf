/* diagnosis_trace.c: brings into memory what the diagnosis of a trace needs, where something
 * failed and as far as it is not too much: what is larger is looked at one op at a time. */
#include "diagnosis_trace.h"

#include <stdlib.h>

#include "die.h"

static bool any_failed(const struct results *all, size_t start, size_t end)
{
    for (size_t i = start; all->diagnosis && i < end; i++)
        if (all->item[i].status == FAIL && all->item[i].measured)
            return true;
    return false;
}

void diagnose_trace_op(struct results *all, size_t start, size_t first,
                       const double *const in[], double *const want[], struct shelf *got)
{
    double *own[MAX_OUTPUTS] = {NULL};
    size_t n_out = 0;

    if (!any_failed(all, start, all->count))
        return;
    for (; n_out < MAX_OUTPUTS && want[n_out]; n_out++) {
        shelf_take(got, first + n_out);
        own[n_out] = got->tensor[first + n_out].data;
    }
    diagnose_op(all, start, first, in, own, want);
    for (size_t k = 0; k < n_out; k++)
        shelf_give(got, first + k);
    double **every = shelf_take_all(got, MOST_WITH_MODEL);
    if (!every)
        return;
    diagnose_wiring(all, start, every);
    shelf_give_all(got, every);
}

void diagnose_trace_chain(struct results *all, size_t start, struct shelf *got)
{
    const bool any = any_failed(all, start, all->count);
    double **every = any ? shelf_take_all(got, MOST_WITH_MODEL) : NULL;

    if (!every)
        return;
    diagnose_chain(all, start, every);
    shelf_give_all(got, every);
}

/* What backpropagation starts from: the golden's tensors, or where `own`, the trace's as far
 * as it has them. NULL where they are too many. */
static double **starts_from(const struct reference *r, double *const made[], bool own)
{
    double **from = r->want && made ? allocate(r->graph->n_nodes, sizeof *from) : NULL;

    for (size_t i = 0; from && i < r->graph->n_nodes; i++)
        from[i] = own && made[i] ? made[i] : r->want[i];
    return from;
}

void diagnose_trace_gradients(struct results *all, size_t start, const struct reference *r,
                              const struct gradient_case *c, struct shelf *made)
{
    struct gradient_case case_in_memory = *c;
    struct shelf *tensor = c->got_side.tensor, *weight = c->got_side.weight;

    if (!any_failed(all, start, all->count) && !c->forward_failure)
        return;
    double **every = shelf_take_all(made, MOST_WITH_MODEL);
    double **at_nodes = shelf_take_all(tensor, MOST_WITH_MODEL);
    double **of_weights = shelf_take_all(weight, MOST_WITH_MODEL);
    const bool is_wrong = c->mode == LOCAL ? any_failed(all, 0, start) : c->forward_failure != NULL;
    double **from = starts_from(r, every, c->mode == LOCAL || is_wrong);
    case_in_memory.got = (struct gradients){at_nodes, of_weights};
    case_in_memory.want = c->mode == LOCAL ? (struct gradients){NULL, NULL}
                                           : (struct gradients){r->dwant, r->gwant};
    if (at_nodes && of_weights && from)
        diagnose_gradients(all, start, &case_in_memory,
                           c->mode == LOCAL && is_wrong ? every : from, at_nodes);
    free(from);
    if (every)
        shelf_give_all(made, every);
    if (at_nodes)
        shelf_give_all(tensor, at_nodes);
    if (of_weights)
        shelf_give_all(weight, of_weights);
}
