/* diagnosis_gradients.c: names mistakes of backpropagation.
 *
 * Mistakes of an op are tried op by op on what local mode gave; mistakes of the wiring by the
 * whole of backpropagation from the tensors of a forward pass. */
#include "diagnosis_parts.h"

#include <stdlib.h>
#include <string.h>

#include "die.h"

/* The gradient of a result: a node's, and after these a weight's. */
static const double *gradient_at(const struct gradients *g, const struct graph *graph,
                                 size_t place)
{
    const size_t n = graph->n_nodes;

    return place <= 2 * n ? g->tensor[2 * n - place] : g->weight[place - 2 * n - 1];
}

/* The gradients from `start` on, and what may be wrong with them. */
struct search {
    size_t start, end;
    bool *wrong;             /* of each: it failed, or is wrong by itself */
    struct gradients got, want;
    double *const *made;     /* by the forward pass */
    const char *kind;        /* of mistakes: op or wiring */
    bool anywhere;           /* mistakes that the catalogue lists for other tensors */
};

/* Whether result i is to be explained by mistakes of the kind: in chain mode an op that is
 * right in local mode is so first of all by wiring. */
static bool is_open(const struct diagnosis *d, const struct search *s, size_t i)
{
    const bool by_wiring = d->f.all->item[i].mode == CHAIN && passed_locally(d, i);

    return s->wrong[i - s->start] && (!finding_of(&d->f, i) || !(s->anywhere || by_wiring));
}

static bool shows_at_any(struct diagnosis *d, const struct search *s, size_t m)
{
    for (size_t i = s->start; i < s->end; i++)
        if (is_open(d, s, i) &&
            candidate(&d->f, m, &d->f.all->item[i], s->kind, s->anywhere))
            return true;
    return false;
}

/* Tries a mistake at all gradients that are wrong. */
static void try_gradients(struct diagnosis *d, const struct search *s, size_t m,
                          double *const given[])
{
    const struct graph *g = d->r->graph;
    struct gradients tried = try_backward(&d->t, d->f.subject[m], s->made, given);

    for (size_t i = s->start; i < s->end; i++) {
        const size_t place = d->f.all->item[i].place;
        const double *got = gradient_at(&s->got, g, place);
        const double *want = gradient_at(&s->want, g, place);
        const double *made = gradient_at(&tried, g, place);
        if (s->wrong[i - s->start] && got && want && made)
            weigh(&d->f, i, m, got, want, made);
    }
    gradients_free(&tried, g);
}

/* Mistakes of one kind. Op by op where gradients are given, the whole otherwise. */
static void name_gradients(struct diagnosis *d, struct search *s, const char *kind,
                           double *const given[])
{
    const double cost = cost_of_backward(d->r->graph);

    s->kind = kind;
    for (int anywhere = 0; anywhere < 2; anywhere++) {
        size_t n = 0;
        s->anywhere = anywhere;
        for (size_t m = 0; m < d->f.catalogue.count; m++)
            n += shows_at_any(d, s, m);
        size_t left = anywhere && (double)n * cost > 10 * little_work
                          ? 0 : allowed(&d->f.all->item[s->start], n, cost);
        for (size_t m = 0; m < d->f.catalogue.count && left > 0; m++)
            if (shows_at_any(d, s, m)) {
                try_gradients(d, s, m, given);
                left--;
            }
    }
}

static bool all_there(double *const made[], const struct graph *g)
{
    for (size_t i = 0; made && i < g->n_nodes; i++)
        if (!made[i])
            return false;
    return made != NULL;
}

/* What the tensors themselves show; returns whether any failed. */
static bool look_at_all(struct diagnosis *d, const struct search *s)
{
    const struct graph *g = d->r->graph;
    bool any = false;

    for (size_t i = s->start; i < s->end; i++) {
        struct result *x = &d->f.all->item[i];
        double *want[MAX_OUTPUTS] = {NULL};
        const size_t node = 2 * g->n_nodes - x->place;
        if (!has_failed(x))
            continue;
        any = true;
        for (size_t k = 0; x->place <= 2 * g->n_nodes && x->node.op == OP_QKV && k < 3; k++)
            want[k] = s->want.tensor[node - (size_t)x->node.out + k];
        look(d, x, NULL, gradient_at(&s->got, g, x->place), gradient_at(&s->want, g, x->place),
             want);
        s->wrong[i - s->start] = x->mode == LOCAL || !failed_locally(d, i);
        if (x->mode == CHAIN && failed_locally(d, i))
            find_as_in_local_mode(d, i);
    }
    return any;
}

/* Sorts those out that are, or may be, right for a mistake of the forward pass. */
static void sort_out_consistent(struct diagnosis *d, const struct search *s,
                                double *const given[])
{
    const struct graph *g = d->r->graph;

    for (size_t i = s->start; i < s->end; i++) {
        const size_t place = d->f.all->item[i].place;
        const double *got = gradient_at(&s->got, g, place);
        const double *want = gradient_at(&s->want, g, place);
        if (s->wrong[i - s->start] && got && want &&
            (follows_forward(d, i, got, want, s->made, given) || is_doubtful(d, i)))
            s->wrong[i - s->start] = false;
    }
}

/* Whether backpropagation goes with a mistake of the forward pass, or may do so; or local
 * mode, which would tell, was not asked for. */
static bool may_be_consistent(const struct diagnosis *d, const char *subject)
{
    bool local = false;

    for (size_t i = d->first; i < d->f.all->count; i++) {
        const struct result *x = &d->f.all->item[i];
        const struct finding *f = finding_of(&d->f, i);
        if (strcmp(x->subject, subject) != 0 || x->node.step != 7 || x->mode != LOCAL)
            continue;
        local = true;
        if (has_failed(x) && (!f || f->follows))
            return true;
    }
    return !local;
}

/* Behind a failure of the forward pass all gradients differ. Those are wrong by themselves
 * that backpropagation makes others of, from the subject's own tensors. */
static bool look_behind_forward(struct diagnosis *d, const struct search *s)
{
    const struct graph *g = d->r->graph;
    bool any = false;

    if (s->start == s->end || may_be_consistent(d, d->f.all->item[s->start].subject))
        return false;
    for (size_t i = s->start; i < s->end; i++) {
        const struct result *x = &d->f.all->item[i];
        const double *got = gradient_at(&s->got, g, x->place);
        const double *want = gradient_at(&s->want, g, x->place);
        if (!x->consequence || !got || !want || failed_locally(d, i))
            continue;
        const struct errors e = measure_errors(got, want, x->node.count);
        s->wrong[i - s->start] = e.nonfinite == 0 && !(e.rms <= x->bar.rms && e.max <= x->bar.max);
        any |= s->wrong[i - s->start];
    }
    return any;
}

void diagnose_gradients(struct results *all, size_t start, const struct gradient_case *c,
                        double *const made[], double *const given[])
{
    struct diagnosis *d = all->diagnosis;
    const bool behind = c->mode == CHAIN && c->forward_failure;

    if (!d || !c->got.tensor || ((behind || !c->want.tensor) && !try_is_possible(d)))
        return;
    const struct graph *g = d->r->graph;
    const bool whole = all_there(made, g);
    struct search s = {start, all->count, allocate(all->count - start + 1, sizeof(bool)), c->got,
                       c->want, made, NULL, false};

    memset(s.wrong, 0, (all->count - start + 1) * sizeof(bool));
    const bool again = behind ? whole : !c->want.tensor;
    if (again)
        s.want = try_backward(&d->t, d->right, made, behind ? NULL : given);
    const bool any = behind ? whole && look_behind_forward(d, &s) : look_at_all(d, &s);
    if (any && try_is_possible(d)) {
        if (c->mode == LOCAL) {
            sort_out_consistent(d, &s, given);
            name_gradients(d, &s, "op", given);
        }
        if (whole && (c->mode == CHAIN || c->given))
            name_gradients(d, &s, "wiring", NULL);
        if (whole && c->mode == CHAIN)
            name_gradients(d, &s, "op", NULL);
    }
    if (again)
        gradients_free(&s.want, g);
    free(s.wrong);
}
