/* diagnosis_chain.c: names mistakes of the wiring.
 *
 * What is right in local mode and wrong in a chain reads the wrong tensor. Known mistakes of
 * the wiring are tried a step at a time, on what the subject itself gave to that step; and
 * where one moves work to another step, by a whole forward pass. A tensor behind a failure
 * is wrong by itself where the right op, given the subject's own inputs, makes another. */
#include "diagnosis_parts.h"

#include <stdlib.h>
#include <string.h>

#include "die.h"

/* A step may take its inputs from a later one, or leave a tensor to another step, or the
 * tensors between are not in a trace: then the whole forward pass tells. */
static void name_forward(struct diagnosis *d, size_t result, double *const got[],
                         const char *kind)
{
    const struct reference *r = d->r;
    const size_t i = d->f.all->item[result].place;
    const double cost = cost_of_backward(r->graph) / 2;
    const size_t n = count_candidates(d, &d->f.all->item[result], kind, false) +
                     count_candidates(d, &d->f.all->item[result], kind, true);

    if ((double)n * cost > 10 * little_work)
        return;
    for (int anywhere = 0; anywhere < 2; anywhere++)
        for (size_t m = 0; m < d->f.catalogue.count; m++) {
            const struct result *x = &d->f.all->item[result];
            const struct subject *s = candidate(&d->f, m, x, kind, anywhere);
            double *made = s ? try_forward(&d->t, s, i) : NULL;
            if (made)
                weigh(&d->f, result, m, got[i], r->want[i], made);
            free(made);
        }
}

/* What node i would be for the inputs that the subject itself has: they may differ from
 * the golden's. */
static void name_wiring(struct diagnosis *d, size_t result, double *const got[])
{
    const struct reference *r = d->r;
    const size_t i = d->f.all->item[result].place, n_nodes = r->graph->n_nodes;
    const double cost = cost_of_part(r->graph, i);
    double **made = allocate(n_nodes, sizeof *made);

    for (size_t k = 0; k < n_nodes; k++)
        made[k] = got[k] || !r->want ? got[k] : r->want[k];
    double *right = try_part(&d->t, d->right, made, i);
    for (int anywhere = 0; anywhere < 2 && right; anywhere++) {
        const struct result *x = &d->f.all->item[result];
        const size_t n = count_candidates(d, x, "wiring", anywhere);
        size_t left = anywhere && (finding_of(&d->f, result) || (double)n * cost > little_work)
                          ? 0 : allowed(x, n, cost);
        for (size_t m = 0; m < d->f.catalogue.count && left > 0; m++) {
            const struct subject *s = candidate(&d->f, m, x, "wiring", anywhere);
            double *wired = s ? try_part(&d->t, s, made, i) : NULL;
            if (wired)
                weigh(&d->f, result, m, got[i], right, wired);
            left -= s != NULL;
            free(wired);
        }
    }
    free(right);
    free(made);
}

void diagnose_wiring(struct results *all, size_t start, double *const got[])
{
    for (size_t i = start; all->diagnosis && i < all->count && try_is_possible(all->diagnosis); i++)
        if (has_failed(&all->item[i]))
            name_wiring(all->diagnosis, i, got);
}

/* A tensor that a trace leaves out is taken to be right. */
static const double *own_or_golden(const struct diagnosis *d, double *const got[], size_t i)
{
    return got[i] ? got[i] : d->r->want[i];
}

/* Whether the subject's tensor is wrong even for the inputs that it was given itself. */
static bool wrong_by_itself(struct diagnosis *d, const struct result *x, double *const got[],
                            double *want[])
{
    const struct graph *g = d->r->graph;
    const size_t first = x->place - (size_t)g->node[x->place].out;
    const struct node *n = &g->node[first];
    const double *in[MAX_INPUTS] = {NULL};

    for (size_t k = 0; k < n->n_in; k++) {
        in[k] = own_or_golden(d, got, n->in[k]);
        if (!in[k] || first_nonfinite(in[k], 8, g->node[n->in[k]].count) <
                          g->node[n->in[k]].count)
            return false;
    }
    try_op(&d->t, d->right, first, in, want);
    const size_t k = x->place - first;
    const struct errors e = measure_errors(got[x->place], want[k], x->node.count);
    return !(e.rms <= x->bar.rms) || !(e.max <= x->bar.max);
}

static bool all_there(double *const got[], const struct graph *g)
{
    for (size_t i = 0; i < g->n_nodes; i++)
        if (!got[i] && g->node[i].op != OP_LOSS)
            return false;
    return true;
}

/* One wrong tensor of a chain, with its op's inputs as the subject has them. */
static void diagnose_link(struct diagnosis *d, size_t result, double *const got[])
{
    const struct graph *g = d->r->graph;
    const size_t i = d->f.all->item[result].place, first = i - (size_t)g->node[i].out;
    const size_t n_out = outputs_of(g, first), k = i - first;
    const double *in[MAX_INPUTS] = {NULL};
    double *want[MAX_OUTPUTS] = {NULL};

    for (size_t j = 0; j < g->node[i].n_in; j++)
        in[j] = own_or_golden(d, got, g->node[i].in[j]);
    const bool consequence = d->f.all->item[result].consequence;
    if (!consequence && !look(d, &d->f.all->item[result], in, got[i], d->r->want[i],
                              n_out == MAX_OUTPUTS ? d->r->want + first : NULL))
        return;
    if (failed_locally(d, result) && !consequence)
        find_as_in_local_mode(d, result);
    if (failed_locally(d, result) && (consequence || finding_of(&d->f, result)))
        return;
    for (size_t j = 0; j < n_out; j++)
        want[j] = allocate(g->node[first + j].count, sizeof(double));
    if (try_is_possible(d) && wrong_by_itself(d, &d->f.all->item[result], got, want)) {
        struct op_case c = {first, n_out, in, got + first, want, {0}, {false}};
        c.result[k] = result;
        c.failed[k] = true;
        name_wiring(d, result, got);
        const bool by_wiring = finding_of(&d->f, result) && passed_locally(d, result);
        if (!by_wiring)
            name_op(d, &c);
        if (!finding_of(&d->f, result) && !consequence) {
            name_forward(d, result, got, "wiring");
            if (!all_there(got, g))
                name_forward(d, result, got, "op");
        }
        if (!finding_of(&d->f, result) && consequence)
            look_behind(d, &d->f.all->item[result], in, got[i], want[k],
                        n_out == MAX_OUTPUTS ? want : NULL);
    }
    for (size_t j = 0; j < n_out; j++)
        free(want[j]);
}

void diagnose_chain(struct results *all, size_t start, double *const got[])
{
    struct diagnosis *d = all->diagnosis;
    double spent = 0;

    for (size_t i = start; d && d->r->want && got && i < all->count; i++) {
        const struct result *x = &all->item[i];
        if (!x->measured || !got[x->place] || (x->status != FAIL && !x->consequence))
            continue;
        spent += x->consequence ? cost_of_op(d->r->graph, x->place) : 0;
        if (spent <= 100 * little_work)
            diagnose_link(d, i, got);
    }
}

