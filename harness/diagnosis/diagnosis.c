/* diagnosis.c: names the mistake in a wrong tensor: which known mistakes are tried, on
 * which inputs, and at what cost.
 *
 * A mistake of an op is tried on what the op was given: the golden's tensors in local mode,
 * the subject's own in chain mode. A mistake of the wiring needs the whole step. Those that
 * the catalogue lists for the tensor are tried first; all others only where none of these
 * fits and the model is small. */
#include "diagnosis_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "recognise.h"

/* Multiplications and additions, 10^9 of which take about a second: when to say what is going
 * on, and when to stop. */
static const double worth_a_word = 5e9, too_much = 3e10;
const double little_work = 1e8;

void diagnosis_begin(struct results *all, const struct reference *r)
{
    all->diagnosis = allocate(1, sizeof *all->diagnosis);
    *all->diagnosis = (struct diagnosis){findings_begin(all), trials_begin(r), r, all->count, NULL};
}

bool has_failed(const struct result *x)
{
    return x->status == FAIL && x->measured;
}

/* What only one mode has a name for has it in the other as well. */
static void share_between_modes(struct diagnosis *d)
{
    const struct results *all = d->f.all;

    for (size_t i = d->first; i < all->count; i++)
        for (size_t k = d->first; k < all->count && has_failed(&all->item[i]); k++) {
            const struct result *a = &all->item[i], *b = &all->item[k];
            if (a->mode != b->mode && a->place == b->place && has_failed(b) &&
                strcmp(a->subject, b->subject) == 0 && !finding_of(&d->f, i) &&
                finding_of(&d->f, k))
                find_again(&d->f, i, finding_of(&d->f, k));
        }
}

void diagnosis_end(struct results *all)
{
    struct diagnosis *d = all->diagnosis;

    for (size_t i = d->first; i < all->count && !d->f.is_there && d->r->model; i++)
        if (has_failed(&all->item[i]) && !all->item[i].looks_like)
            all->hint = no_catalogue;
    share_between_modes(d);
    findings_end(&d->f);
    trials_end(&d->t);
    free(d);
    all->diagnosis = NULL;
}

bool try_is_possible(struct diagnosis *d)
{
    if (!d->f.is_there || !d->r->model)
        return false;
    d->right = d->right ? d->right : subject_load("f64");
    return true;
}

/* ------------------------------------------------------------------- what local mode says */

/* The result of the same tensor in local mode, or `count`. */
static size_t in_local_mode(const struct diagnosis *d, size_t result)
{
    const struct result *x = &d->f.all->item[result];

    for (size_t i = d->first; i < result; i++) {
        const struct result *y = &d->f.all->item[i];
        if (y->mode == LOCAL && y->place == x->place && strcmp(y->subject, x->subject) == 0)
            return i;
    }
    return d->f.all->count;
}

bool failed_locally(const struct diagnosis *d, size_t result)
{
    const size_t local = in_local_mode(d, result);

    return local < d->f.all->count && has_failed(&d->f.all->item[local]);
}

bool passed_locally(const struct diagnosis *d, size_t result)
{
    const size_t local = in_local_mode(d, result);

    return local < d->f.all->count && d->f.all->item[local].status == PASS;
}

void find_as_in_local_mode(struct diagnosis *d, size_t result)
{
    const struct finding *local = finding_of(&d->f, in_local_mode(d, result));

    if (local)
        find_again(&d->f, result, local);
}

/* --------------------------------------------------------------------- what it shows */

static size_t count_targets(const struct reference *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->golden->B * r->golden->T; i++)
        n += r->golden->has_targets && r->golden->targets[i] >= 0;
    return n;
}

/* What is known of a wrong tensor and its op. */
static struct evidence gather(struct diagnosis *d, const struct result *x,
                              const double *const in[], const double *got, const double *want,
                              double *const output[])
{
    struct evidence e = {
        .node = &x->node, .got = got, .want = want, .noise = x->bar.rms * x->errors.scale,
        .share = x->precision && x->precision->bits > 24 ? 1e-4 : 1e-2,
        .limit = x->bar.max * x->errors.scale, .graph = d->r->graph,
        .n_targets = count_targets(d->r),
    };

    for (size_t k = 0; in && k < x->node.n_in; k++)
        e.in[k] = in[k];
    for (size_t k = 0; d->r->model && x->node.step != 7 && k < x->node.n_weight; k++)
        e.weight[k] = trial_weight(&d->t, x->node.weight[k]);
    for (size_t k = 0; output && k < MAX_OUTPUTS; k++)
        e.output[k] = output[k];
    return e;
}

/* Whether the right op makes of the same inputs what the subject has. Then no mistake is in
 * it: the model file or the inputs are others than the golden was made with. */
static bool is_right_elsewhere(struct diagnosis *d, const struct result *x,
                               const double *const in[], const double *got, const double *want)
{
    const struct graph *g = d->r->graph;
    double *out[MAX_OUTPUTS];
    double left = 0, all = 0;

    if (!d->r->model || !in || x->node.step == 7)
        return false;
    for (size_t k = 0; k < x->node.n_in; k++)
        if (!in[k])
            return false;
    const size_t own = (size_t)g->node[x->place].out, first = x->place - own;
    const size_t n_out = outputs_of(g, first);
    for (size_t k = 0; k < n_out; k++)
        out[k] = allocate(g->node[first + k].count, sizeof **out);
    d->right = d->right ? d->right : subject_load("f64");
    try_op(&d->t, d->right, first, in, out);
    for (size_t i = 0; i < x->node.count; i++) {
        left += (got[i] - out[own][i]) * (got[i] - out[own][i]);
        all += (got[i] - want[i]) * (got[i] - want[i]);
    }
    for (size_t k = 0; k < n_out; k++)
        free(out[k]);
    return isfinite(all) && left <= 1e-4 * all;
}

bool look(struct diagnosis *d, struct result *x, const double *const in[], const double *got,
          const double *want, double *const output[])
{
    const struct evidence e = gather(d, x, in, got, want, output);
    char text[sizeof x->pattern];

    if (is_right_elsewhere(d, x, in, got, want)) {
        x->likely = "The right op makes the same of these inputs and this model file: they are "
                    "not those that the golden was made with.";
        return false;
    }
    if (recognise(text, sizeof text, &e))
        snprintf(x->pattern, sizeof x->pattern, "%s", text);
    else
        add_lanes(x->pattern, sizeof x->pattern, &e);
    return true;
}

/* Whether this was said of the same tensor in another layer. */
static bool is_said(const struct diagnosis *d, const struct result *x)
{
    char mine[MAX_NAME], other[MAX_NAME];

    base_name(mine, sizeof mine, x->node.name);
    for (size_t i = d->first; i < d->f.all->count; i++) {
        const struct result *y = &d->f.all->item[i];
        base_name(other, sizeof other, y->node.name);
        if (y->likely && results_alike(x, y) && strcmp(mine, other) == 0)
            return true;
    }
    return false;
}

void look_behind(struct diagnosis *d, struct result *x, const double *const in[],
                 const double *got, const double *want, double *const output[])
{
    const struct evidence e = gather(d, x, in, got, want, output);
    char text[sizeof x->pattern];

    if (!is_said(d, x) && recognise(text, sizeof text, &e))
        x->likely = results_keep(d->f.all, text);
}

/* ---------------------------------------------------------------- what could be tried */

/* How many of the known mistakes may be tried at that cost each; says so where it takes a
 * while. */
size_t allowed(const struct result *x, size_t n, double cost)
{
    const size_t most = (double)n * cost <= too_much ? n : (size_t)(too_much / cost);

    if (n > 0 && (double)n * cost > worth_a_word)
        warn("%s: trying %zu of %zu known mistakes that could show there", x->node.name, most, n);
    return most;
}

size_t count_candidates(struct diagnosis *d, const struct result *x, const char *kind,
                        bool anywhere)
{
    size_t n = 0;

    for (size_t m = 0; d->f.is_there && m < d->f.catalogue.count; m++)
        n += candidate(&d->f, m, x, kind, anywhere) != NULL;
    return n;
}

/* ------------------------------------------------------------------------------- ops */

/* Tries mistakes at the outputs that failed and, `anywhere`, have no name yet. */
static void try_ops(struct diagnosis *d, const struct op_case *c, bool anywhere)
{
    double *out[MAX_OUTPUTS];
    const double cost = cost_of_op(d->r->graph, c->first);

    for (size_t k = 0; k < c->n_out; k++)
        out[k] = allocate(d->r->graph->node[c->first + k].count, sizeof **out);
    for (size_t k = 0; k < c->n_out; k++) {
        if (!c->failed[k] || (anywhere && finding_of(&d->f, c->result[k])))
            continue;
        const struct result *x = &d->f.all->item[c->result[k]];
        const size_t n = count_candidates(d, x, "op", anywhere);
        size_t left = anywhere && (double)n * cost > little_work ? 0 : allowed(x, n, cost);
        for (size_t m = 0; m < d->f.catalogue.count && left > 0; m++) {
            const struct subject *s = candidate(&d->f, m, x, "op", anywhere);
            if (!s)
                continue;
            try_op(&d->t, s, c->first, c->in, out);
            weigh(&d->f, c->result[k], m, c->got[k], c->want[k], out[k]);
            left--;
        }
    }
    for (size_t k = 0; k < c->n_out; k++)
        free(out[k]);
}

void name_op(struct diagnosis *d, const struct op_case *c)
{
    const struct node *n = &d->r->graph->node[c->first];

    if (!try_is_possible(d))
        return;
    for (size_t k = 0; k < n->n_in; k++)
        if (!c->in[k])
            return;
    try_ops(d, c, false);
    try_ops(d, c, true);
}

void diagnose_op(struct results *all, size_t start, size_t first, const double *const in[],
                 double *const got[], double *const want[])
{
    struct diagnosis *d = all->diagnosis;
    bool any = false;

    if (!d)
        return;
    struct op_case c = {first, outputs_of(d->r->graph, first), in, got, want, {0}, {false}};
    for (size_t i = start; i < all->count; i++) {
        struct result *x = &all->item[i];
        const size_t k = x->place - first;
        if (x->place < first || k >= c.n_out || !has_failed(x) || !got[k] || !want[k])
            continue;
        c.result[k] = i;
        c.failed[k] = look(d, x, in, got[k], want[k], c.n_out == MAX_OUTPUTS ? want : NULL);
        any |= c.failed[k];
    }
    if (any)
        name_op(d, &c);
}

