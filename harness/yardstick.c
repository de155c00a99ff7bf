/* yardstick.c: the float32 error to expect, from the golden or worked out.
 *
 * A golden by another program may carry no f32_ attributes. Then the f64 subject
 * plays a float32 machine: the weights and everything an op reads and writes are
 * rounded to float, and the op's own sums, which it does in double, are
 * accounted for by the factor sqrt(terms) with which independent roundings grow
 * (Higham and Mary, "A New Approach to Probabilistic Rounding Error Analysis"
 * (2019)). No float32 subject takes part, since it would be its own judge. What it errs
 * is measured against the f64 subject on numbers that are not rounded, and not against the
 * golden: else a model file with wrong weights would raise its own bar. */
#include "yardstick.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "by_op.h"
#include "die.h"
#include "errors.h"

static const char from_golden[] = "the golden's f32_ attributes";
static const char worked_out[] = "worked out: the golden has no f32_ attributes";
static const char estimated[] = "estimated: the golden has no f32_ attributes, and no --model";

static bool read_attributes(struct trace *golden, const char *group, const char *name,
                            bool chain, struct yardstick *y)
{
    y->source = from_golden;
    return trace_f32_error(golden, group, name, chain ? "f32_chain_rms" : "f32_local_rms",
                           &y->rms) &&
           trace_f32_error(golden, group, name, chain ? "f32_chain_max" : "f32_local_max",
                           &y->max);
}

static void round_to_float(double *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        x[i] = (float)x[i];
}

/* The f64 subject, whose weights are floats where they are `rounded`. */
static struct runner machine_runner(struct model *m, const struct graph *g, bool rounded)
{
    struct runner r = runner_from_file(subject_load("f64"), m, g);

    r.rounded = rounded;
    return r;
}

/* The f64 subject, op by op, as a float32 machine or as it is. */
struct machine {
    struct runner run;
    struct trace *golden;
    struct shelf *want;
    size_t *last_use;
    double **made;    /* by the ops so far, as long as they are needed; NULL */
    bool chain, rounded;
};

static struct machine machine_make(struct trace *golden, struct model *model,
                                   const struct graph *g, struct shelf *want, bool chain,
                                   bool rounded)
{
    struct machine m = {.run = machine_runner(model, g, rounded), .golden = golden,
                        .want = want, .last_use = last_uses(g),
                        .made = allocate(g->n_nodes, sizeof *m.made), .chain = chain,
                        .rounded = rounded};

    for (size_t i = 0; i < g->n_nodes; i++)
        m.made[i] = NULL;
    return m;
}

static void machine_free(struct machine *m)
{
    free_all((void **)m->made, m->run.graph->n_nodes);
    free(m->last_use);
    runner_free(&m->run);
}

/* An op's inputs: the golden's tensors, or in chain mode what the ops before have made; false
 * where one is missing. Rounded to float or as they are. */
static bool take_inputs(double *in[], const struct machine *m, const struct node *n)
{
    bool ready = true;

    for (size_t k = 0; k < n->n_in; k++) {
        const size_t i = n->in[k], count = m->run.graph->node[i].count;
        const double *source = m->chain ? m->made[i] : shelf_take(m->want, i);

        in[k] = source ? allocate(count, sizeof(double)) : NULL;
        ready &= source != NULL;
        if (source)
            memcpy(in[k], source, count * sizeof(double));
        if (source && m->rounded)
            round_to_float(in[k], count);
        if (!m->chain)
            shelf_give(m->want, i);
    }
    return ready;
}

/* Runs one op; its outputs are allocated. False, and none, where an input is missing. */
static bool run_one(struct machine *m, size_t first, size_t n_out)
{
    const struct node *n = &m->run.graph->node[first];
    double *in[MAX_INPUTS] = {NULL};
    const bool ready = take_inputs(in, m, n);

    for (size_t k = 0; k < n_out && ready; k++)
        m->made[first + k] = allocate(n[k].count, sizeof(double));
    if (ready)
        run_local(&m->run, first, n_out, (const double *const *)in, m->golden->tokens,
                  m->golden->targets, m->made + first);
    for (size_t k = 0; k < n_out && ready && m->rounded; k++)
        round_to_float(m->made[first + k], n[k].count);
    for (size_t k = 0; k < n->n_in; k++)
        free(in[k]);
    return ready;
}

/* What no op from `next` on reads. */
static void forget_unused(struct machine *m, size_t next)
{
    for (size_t i = 0; i < next; i++)
        if (m->made[i] && (!m->chain || m->last_use[i] < next)) {
            free(m->made[i]);
            m->made[i] = NULL;
        }
}

static struct yardstick measured(const double *x, const double *exact, size_t count, double terms)
{
    const struct errors e = measure_errors(x, exact, count);
    return (struct yardstick){e.rms * sqrt(terms), e.max * sqrt(terms), worked_out};
}

/* Runs every op, rounded and not. Fills in the yardsticks that are missing. */
static void work_out(struct yardstick *y, struct trace *golden, struct model *model,
                     const struct graph *g, struct shelf *want, bool chain)
{
    struct machine m = machine_make(golden, model, g, want, chain, true);
    struct machine exact = machine_make(golden, model, g, want, chain, false);
    size_t terms = 1, n_out;

    for (size_t i = 0; i < g->n_nodes; i += n_out) {
        const struct node *n = &g->node[i];

        n_out = outputs_of(g, i);
        terms = chain && terms > n->depth ? terms : n->depth;
        bool ready = run_one(&m, i, n_out);
        ready &= run_one(&exact, i, n_out);
        for (size_t k = 0; k < n_out && ready; k++)
            if (!y[i + k].source && shelf_has(want, i + k))
                y[i + k] = measured(m.made[i + k], exact.made[i + k], n[k].count,
                                    (double)terms);
        forget_unused(&m, i + n_out);
        forget_unused(&exact, i + n_out);
    }
    machine_free(&m);
    machine_free(&exact);
}

/* Without a model nothing can be computed: rounding errors of all layers so far,
 * as if they were independent. */
static struct yardstick rough(const struct node *n)
{
    const double steps = 8 * (n->layer + 2);
    const double rms = 0x1p-24 * sqrt((double)n->depth + steps);

    return (struct yardstick){rms, rms * 5, estimated};
}

static struct yardstick rough_gradient(const struct graph *g)
{
    const double steps = 16 * (double)(g->cfg.n_layer + 2);
    const double rms = 0x1p-24 * sqrt((double)g->cfg.d_ff + steps);

    return (struct yardstick){rms, rms * 5, estimated};
}

struct yardstick *yardsticks(struct trace *golden, struct model *model, const struct graph *g,
                             struct shelf *want, bool chain)
{
    struct yardstick *y = allocate(g->n_nodes, sizeof *y);
    bool missing = false;

    for (size_t i = 0; i < g->n_nodes; i++)
        if (!shelf_has(want, i) ||
            !read_attributes(golden, "forward", g->node[i].name, chain, &y[i])) {
            y[i] = model ? (struct yardstick){0} : rough(&g->node[i]);
            missing |= shelf_has(want, i);
        }
    if (missing && model)
        work_out(y, golden, model, g, want, chain);
    return y;
}

/* ------------------------------------------------------------------- gradients */

/* The most terms that any step sums: a gradient passes through many of them. */
static double most_terms(const struct graph *g)
{
    size_t terms = g->B * g->T;  /* a weight's gradient sums over all tokens */

    for (size_t i = 0; i < g->n_nodes; i++)
        terms = g->node[i].depth > terms ? g->node[i].depth : terms;
    return (double)terms;
}

static void work_out_gradients(struct yardstick *y, struct trace *golden, struct model *model,
                               const struct graph *g, struct shelf *want, struct shelf *dwant,
                               struct shelf *gwant, bool chain)
{
    struct runner r = machine_runner(model, g, true), f64 = machine_runner(model, g, false);
    struct by_op_input in = {want, chain ? NULL : dwant, golden->tokens, golden->targets, true};
    struct by_op *rounded = by_op_begin(&r, &in);
    in.rounded = false;
    struct by_op *exact = by_op_begin(&f64, &in);
    const double terms = most_terms(g);

    for (size_t i = g->n_nodes; i-- > 0;) {
        const double *d = by_op_node(rounded, i), *e = by_op_node(exact, i);
        if (!y[i].source && shelf_has(dwant, i) && d && e)
            y[i] = measured(d, e, g->node[i].count, terms);
        by_op_step(rounded, i);
        by_op_step(exact, i);
    }
    for (size_t i = 0; i < g->n_weights; i++) {
        struct yardstick *at = &y[g->n_nodes + i];
        const double *d = by_op_weight(rounded, i), *e = by_op_weight(exact, i);
        if (!at->source && shelf_has(gwant, i) && d && e)
            *at = measured(d, e, g->weight[i].count, terms);
    }
    by_op_end(rounded);
    by_op_end(exact);
    runner_free(&r);
    runner_free(&f64);
}

struct yardstick *gradient_yardsticks(struct trace *golden, struct model *model,
                                      const struct graph *g, struct shelf *want,
                                      struct shelf *dwant, struct shelf *gwant, bool chain)
{
    struct yardstick *y = allocate(g->n_nodes + g->n_weights, sizeof *y);
    bool missing = false;

    for (size_t i = 0; i < g->n_nodes + g->n_weights; i++) {
        const bool node = i < g->n_nodes;
        const bool has = node ? shelf_has(dwant, i) : shelf_has(gwant, i - g->n_nodes);
        if (has && read_attributes(golden, node ? "backward" : "grad",
                                   node ? g->node[i].name : g->weight[i - g->n_nodes].name,
                                   chain, &y[i]))
            continue;
        y[i] = model ? (struct yardstick){0} : rough_gradient(g);
        missing |= has;
    }
    if (missing && model)
        work_out_gradients(y, golden, model, g, want, dwant, gwant, chain);
    return y;
}
