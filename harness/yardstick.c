/* yardstick.c: the float32 error to expect, from the golden or worked out.
 *
 * A golden by another program may carry no f32_ attributes. Then the f64 subject
 * plays a float32 machine: the weights and everything an op reads and writes are
 * rounded to float, and the op's own sums, which it does in double, are
 * accounted for by the factor sqrt(terms) with which independent roundings grow
 * (Higham and Mary, "A New Approach to Probabilistic Rounding Error Analysis"
 * (2019)). No float32 subject takes part, since it would be its own judge. */
#include "yardstick.h"

#include <math.h>
#include <stdlib.h>

#include "backprop.h"
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

/* The f64 subject with weights that are floats. */
static struct runner float_machine(struct model *m, const struct graph *g)
{
    struct runner r = runner_make(subject_load("f64"), m, g);

    for (size_t i = 0; i < g->n_weights; i++)
        round_to_float(r.weight[i], g->weight[i].count);
    return r;
}

static double *rounded_copy(const double *x, size_t count)
{
    double *copy = allocate(count, sizeof *copy);

    for (size_t i = 0; i < count; i++)
        copy[i] = (float)x[i];
    return copy;
}

/* Runs every op on rounded inputs: the golden's tensors, or in chain mode what
 * the ops before have made. Fills in the yardsticks that are missing. */
static void work_out(struct yardstick *y, struct trace *golden, struct model *m,
                     const struct graph *g, double *const want[], bool chain)
{
    struct runner r = float_machine(m, g);
    double **made = allocate(g->n_nodes, sizeof *made);
    size_t terms = 1;
    size_t n_out;

    for (size_t i = 0; i < g->n_nodes; i++)
        made[i] = NULL;
    for (size_t i = 0; i < g->n_nodes; i += n_out) {
        const struct node *n = &g->node[i];
        double *in[MAX_INPUTS] = {NULL};
        bool ready = true;

        n_out = outputs_of(g, i);
        for (size_t k = 0; k < n->n_in; k++) {
            const double *source = chain ? made[n->in[k]] : want[n->in[k]];
            ready &= source != NULL;
            in[k] = source ? rounded_copy(source, g->node[n->in[k]].count) : NULL;
        }
        terms = chain && terms > n->depth ? terms : n->depth;
        if (ready) {
            for (size_t k = 0; k < n_out; k++)
                made[i + k] = allocate(n[k].count, sizeof(double));
            run_local(&r, i, n_out, (const double *const *)in, golden->tokens, golden->targets,
                      made + i);
        }
        for (size_t k = 0; k < n_out && ready; k++) {
            round_to_float(made[i + k], n[k].count);
            if (y[i + k].source || !want[i + k])
                continue;
            const struct errors e = measure_errors(made[i + k], want[i + k], n[k].count);
            y[i + k] = (struct yardstick){e.rms * sqrt((double)terms),
                                          e.max * sqrt((double)terms), worked_out};
        }
        for (size_t k = 0; k < n->n_in; k++)
            free(in[k]);
    }
    free_all((void **)made, g->n_nodes);
    runner_free(&r);
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
                             double *const want[], bool chain)
{
    struct yardstick *y = allocate(g->n_nodes, sizeof *y);
    bool missing = false;

    for (size_t i = 0; i < g->n_nodes; i++)
        if (!want[i] || !read_attributes(golden, "forward", g->node[i].name, chain, &y[i])) {
            y[i] = model ? (struct yardstick){0} : rough(&g->node[i]);
            missing |= want[i] != NULL;
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

static struct yardstick measured(const double *x, const double *want, size_t count, double terms)
{
    const struct errors e = measure_errors(x, want, count);
    return (struct yardstick){e.rms * sqrt(terms), e.max * sqrt(terms), worked_out};
}

static void work_out_gradients(struct yardstick *y, struct trace *golden, struct model *m,
                               const struct graph *g, double *const want[],
                               double *const dwant[], double *const gwant[], bool chain)
{
    struct runner r = float_machine(m, g);
    struct gradients d = gradients_by_op(&r, want, chain ? NULL : dwant, golden->tokens,
                                         golden->targets, true);
    const double terms = most_terms(g);

    for (size_t i = 0; i < g->n_nodes; i++)
        if (!y[i].source && dwant[i] && d.tensor[i])
            y[i] = measured(d.tensor[i], dwant[i], g->node[i].count, terms);
    for (size_t i = 0; i < g->n_weights; i++)
        if (!y[g->n_nodes + i].source && gwant[i] && d.weight[i])
            y[g->n_nodes + i] = measured(d.weight[i], gwant[i], g->weight[i].count, terms);
    gradients_free(&d, g);
    runner_free(&r);
}

struct yardstick *gradient_yardsticks(struct trace *golden, struct model *model,
                                      const struct graph *g, double *const want[],
                                      double *const dwant[], double *const gwant[], bool chain)
{
    struct yardstick *y = allocate(g->n_nodes + g->n_weights, sizeof *y);
    bool missing = false;

    for (size_t i = 0; i < g->n_nodes + g->n_weights; i++) {
        const bool node = i < g->n_nodes;
        const double *x = node ? dwant[i] : gwant[i - g->n_nodes];
        if (x && read_attributes(golden, node ? "backward" : "grad",
                                 node ? g->node[i].name : g->weight[i - g->n_nodes].name, chain,
                                 &y[i]))
            continue;
        y[i] = model ? (struct yardstick){0} : rough_gradient(g);
        missing |= x != NULL;
    }
    if (missing && model)
        work_out_gradients(y, golden, model, g, want, dwant, gwant, chain);
    return y;
}
