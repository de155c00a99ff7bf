/* diagnosis_follows.c: tells a second mistake from the gradient of the first.
 *
 * Where the forward pass of an implementation has a mistake, its backward pass may well be
 * the right one for what it computes: automatic differentiation makes it so. Such a gradient
 * is wrong for the model and right for the mistake. It is told by slopes: along a direction
 * v at the tensor x, with dy the gradient at the op's output,
 *
 *     (got - want) . v  =  dy . (slope of the mistaken op along v - slope of the right op)
 *
 * the slopes by central differences, in three random directions. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "diagnosis_parts.h"

enum { DIRECTIONS = 3 };
static const double tolerance = 0.02;

/* A wrong gradient: at a node, or where is_weight, of a weight. */
struct wrong_gradient {
    size_t i;
    bool is_weight;
    size_t count;
    const double *x, *got, *want;
    double *const *made, *const *given;  /* by node */
};

static void random_direction(double *v, size_t count, unsigned long long seed)
{
    unsigned long long x = seed * 0x9E3779B97F4A7C15ULL;

    for (size_t i = 0; i < count; i++) {
        x ^= x << 13;  /* Marsaglia, "Xorshift RNGs" (2003) */
        x ^= x >> 7;
        x ^= x << 17;
        v[i] = (double)(x >> 11) * 0x1p-53 - 0.5;
    }
}

static double dot(const double *a, const double *b, size_t count)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Which input of an op, or weight, the tensor is; its number of them where none. */
static size_t which(const struct node *n, const struct wrong_gradient *w)
{
    const size_t *list = w->is_weight ? n->weight : n->in;
    const size_t count = w->is_weight ? n->n_weight : n->n_in;
    size_t k = 0;

    while (k < count && list[k] != w->i)
        k++;
    return k;
}

static bool reads(const struct node *n, const struct wrong_gradient *w)
{
    return n->out == 0 && which(n, w) < (w->is_weight ? n->n_weight : n->n_in);
}

/* The op's outputs for other numbers in place of the tensor. Where the wiring is wrong, its
 * whole step is run: of what else the tensor is for there, the slopes are equal. */
static void outputs(double *out[], struct diagnosis *d, const struct subject *s, size_t first,
                    const struct wrong_gradient *w, double *moved, bool by_wiring)
{
    const struct graph *g = d->r->graph;
    const struct node *n = &g->node[first];
    const double *in[MAX_INPUTS] = {NULL};
    double **made = allocate(g->n_nodes, sizeof *made);

    memcpy(made, w->made, g->n_nodes * sizeof *made);
    if (!w->is_weight)
        made[w->i] = moved;
    for (size_t k = 0; k < n->n_in; k++)
        in[k] = made[n->in[k]];
    for (size_t k = 0; k < outputs_of(g, first); k++)
        out[k] = by_wiring ? try_part(&d->t, s, made, first + k)
                           : allocate(n[k].count, sizeof **out);
    if (!by_wiring && w->is_weight)
        try_op_with(&d->t, s, first, in, w->i, moved, out);
    else if (!by_wiring)
        try_op(&d->t, s, first, in, out);
    free(made);
}

/* dy . op(x + step v), summed over the op's outputs. */
static double value(struct diagnosis *d, const struct subject *s, size_t first,
                    const struct wrong_gradient *w, const double *v, double step, bool by_wiring)
{
    const struct node *n = &d->r->graph->node[first];
    double *out[MAX_OUTPUTS], *moved = allocate(w->count, sizeof *moved), sum = 0;

    for (size_t i = 0; i < w->count; i++)
        moved[i] = w->x[i] + step * v[i];
    outputs(out, d, s, first, w, moved, by_wiring);
    for (size_t k = 0; k < outputs_of(d->r->graph, first); k++) {
        if (!out[k])
            sum = NAN;
        else
            sum += n->op == OP_LOSS ? out[k][0] : dot(out[k], w->given[first + k], n[k].count);
        free(out[k]);
    }
    free(moved);
    return sum;
}

/* Of the mistaken op along v less that of the right one. */
static double slopes_apart(struct diagnosis *d, size_t mistake, size_t first,
                           const struct wrong_gradient *w, const double *v)
{
    const double rms = sqrt(dot(w->x, w->x, w->count) / (double)w->count);
    const double h = 1e-5 * (rms > 0 ? rms : 1);
    const bool by_wiring = strcmp(d->f.catalogue.mistake[mistake].kind, "wiring") == 0;
    const struct subject *const s[2] = {d->f.subject[mistake], d->right};
    double slope[2];

    for (int k = 0; k < 2; k++)
        slope[k] = (value(d, s[k], first, w, v, h, by_wiring) -
                    value(d, s[k], first, w, v, -h, by_wiring)) / (2 * h);
    return by_wiring && w->is_weight ? (double)NAN : slope[0] - slope[1];
}

/* Whether all that the op reads and what is read of it is known. */
static bool is_known(const struct diagnosis *d, size_t first, const struct wrong_gradient *w)
{
    const struct graph *g = d->r->graph;
    const struct node *n = &g->node[first];
    bool all = true;

    for (size_t k = 0; k < n->n_in; k++)
        all &= w->made[n->in[k]] != NULL;
    for (size_t k = 0; k < outputs_of(g, first); k++)
        all &= w->given[first + k] != NULL || n->op == OP_LOSS;
    return all;
}

/* What was found in local mode for an output of the op, or NULL. */
static const struct finding *finding_at_op(const struct diagnosis *d, size_t first,
                                           const char *subject)
{
    for (size_t i = d->first; i < d->f.all->count; i++) {
        const struct result *x = &d->f.all->item[i];
        if (x->mode == LOCAL && x->place >= first &&
            x->place < first + outputs_of(d->r->graph, first) && has_failed(x) &&
            strcmp(x->subject, subject) == 0 && finding_of(&d->f, i))
            return finding_of(&d->f, i);
    }
    return NULL;
}

static bool has_hit(const struct finding *f, size_t mistake)
{
    for (size_t k = 0; f && k < f->n; k++)
        if (f->hit[k].mistake == mistake && f->hit[k].equal)
            return true;
    return false;
}

/* Whether the gradient is that of the forward pass with the mistake. */
static bool goes_with(struct diagnosis *d, const struct wrong_gradient *w, const char *subject,
                      size_t mistake)
{
    const struct graph *g = d->r->graph;
    double *v = allocate(w->count, sizeof *v);
    bool equal = true;

    for (unsigned long long seed = 1; seed <= DIRECTIONS && equal; seed++) {
        double expected = 0;
        random_direction(v, w->count, seed);
        const double actual = dot(w->got, v, w->count) - dot(w->want, v, w->count);
        for (size_t f = 0; f < g->n_nodes; f++)
            if (reads(&g->node[f], w) && has_hit(finding_at_op(d, f, subject), mistake))
                expected += is_known(d, f, w) ? slopes_apart(d, mistake, f, w, v) : (double)NAN;
        equal = fabs(expected - actual) <= tolerance * fabs(actual);
    }
    free(v);
    return equal;
}

bool is_doubtful(const struct diagnosis *d, size_t result)
{
    const struct graph *g = d->r->graph;
    const struct result *x = &d->f.all->item[result];
    struct wrong_gradient w = {.is_weight = x->place > 2 * g->n_nodes};

    w.i = w.is_weight ? x->place - 2 * g->n_nodes - 1 : 2 * g->n_nodes - x->place;
    for (size_t i = d->first; i < d->f.all->count; i++) {
        const struct result *y = &d->f.all->item[i];
        if (y->mode == LOCAL && y->place < g->n_nodes && has_failed(y) && !finding_of(&d->f, i) &&
            strcmp(x->subject, y->subject) == 0 &&
            reads(&g->node[y->place - (size_t)g->node[y->place].out], &w))
            return true;
    }
    return false;
}

bool follows_forward(struct diagnosis *d, size_t result, const double *got, const double *want,
                     double *const made[], double *const given[])
{
    const struct graph *g = d->r->graph;
    const struct result *x = &d->f.all->item[result];
    struct wrong_gradient w = {.count = x->node.count, .got = got, .want = want, .made = made,
                               .given = given};

    w.is_weight = x->place > 2 * g->n_nodes;
    w.i = w.is_weight ? x->place - 2 * g->n_nodes - 1 : 2 * g->n_nodes - x->place;
    w.x = w.is_weight ? trial_weight(&d->t, w.i) : made[w.i];
    for (size_t f = 0; f < g->n_nodes && w.x; f++) {
        const struct finding *at = reads(&g->node[f], &w) ? finding_at_op(d, f, x->subject) : NULL;
        for (size_t k = 0; at && k < at->n; k++) {
            const struct hit hit = at->hit[k];
            if (hit.equal && d->f.subject[hit.mistake] &&
                cost_of_op(g, f) <= 10 * little_work &&
                goes_with(d, &w, x->subject, hit.mistake)) {
                find_instead(&d->f, result, &hit);
                return true;
            }
        }
    }
    return false;
}
