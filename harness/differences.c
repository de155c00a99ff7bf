/* differences.c: central differences of the loss, and their extrapolation.
 *
 *     D(h) = (loss(w + h v) - loss(w - h v)) / (2 h) = slope + a h^2 + b h^4 + ...
 *
 * has an error of order 2 in h; a smaller h makes it smaller, but each loss is rounded,
 * and that error is divided by h: between the two lies the best step. Two steps h and
 * h / q together remove a term (Richardson, "The Deferred Approach to the Limit", 1927):
 *
 *     D_k(h / q) = D_{k-1}(h / q) + (D_{k-1}(h / q) - D_{k-1}(h)) / (q^{2k} - 1)
 *
 * is of order 2k + 2. With q = sqrt(10), q^{2k} is 10^k.
 *
 * Which step and order are best is decided without a look at any gradient, after Ridders
 * ("Accurate computation of F'(x) and F'(x) F''(x)", 1982): where a value changes least
 * from the next lower order and the step before. To that the rounding of the loss is
 * added, ROUNDING ulp of it over h, or values that agree by chance would be taken. */
#include "differences.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"

enum { ROUNDING = 4 };

static double loss_now(const struct probe *p)
{
    const struct runner *r = p->run;

    if (p->engine) {
        r->subject->engine->refresh(p->engine);
        return r->subject->engine->forward(p->engine, p->tokens, p->targets, NULL, false);
    }
    void **tensor = run_raw(r, p->tokens, p->targets);
    const double loss = *(double *)tensor[graph_find(r->graph, "loss")];
    free_all(tensor, r->graph->n_nodes);
    return loss;
}

struct probe probe_begin(const struct runner *run, const int *tokens, const int *targets)
{
    const struct engine_ops *ops = run->subject->engine;
    struct probe p = {.run = run, .tokens = tokens, .targets = targets};

    if (run->subject->width != 8)
        die("--subject %s: computes in float, too coarse for differences: f64, or another of "
            "width 8, can be checked so", run->subject->name);
    if (ops && !(p.engine = ops->open(run->graph, run->weight, 1)))
        die("subject %s: no memory: a smaller model or input is needed", run->subject->name);
    p.loss = loss_now(&p);
    return p;
}

void probe_end(struct probe *p)
{
    if (p->engine)
        p->run->subject->engine->close(p->engine);
    *p = (struct probe){0};
}

static double norm(const double *x, size_t count)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += x[i] * x[i];
    return sqrt(sum);
}

/* The loss where tensor w is at start + by direction. */
static double loss_at(const struct probe *p, double *w, const double *start,
                      const double *direction, double by, size_t count)
{
    for (size_t i = 0; i < count; i++)
        w[i] = start[i] + by * direction[i];
    return loss_now(p);
}

/* Fills row j of the orders above 2, and takes what is less uncertain than the best. */
static void extrapolate(struct slopes *s, size_t j, double rounding)
{
    double power = 1;  /* q^{2k} */

    for (size_t k = 1; k < N_ORDERS; k++) {
        double *row = s->value[j];

        row[k] = NAN;
        if (k > j)
            continue;
        const double *before = s->value[j - 1];
        power *= 10;
        row[k] = row[k - 1] + (row[k - 1] - before[k - 1]) / (power - 1);
        const double uncertainty =
            fmax(fabs(row[k] - row[k - 1]), fabs(row[k] - before[k - 1])) + rounding;
        if (!isfinite(row[k]) || !(uncertainty < s->uncertainty))
            continue;
        s->best = row[k];
        s->uncertainty = uncertainty;
        s->best_step = j;
        s->best_order = k;
    }
}

struct slopes measure_slopes(const struct probe *p, size_t weight, const double *direction)
{
    const size_t count = p->run->graph->weight[weight].count;
    double *w = p->run->weight[weight], *start = allocate(count, sizeof *start);
    const double length = norm(direction, count), size = norm(w, count);
    const double unit = (size > 0 ? size : 1) / length;  /* a tensor of zeros has no size */
    struct slopes s = {.best = NAN, .uncertainty = INFINITY};

    memcpy(start, w, count * sizeof *start);
    for (size_t j = 0; j < N_STEPS; j++) {
        s.step[j] = pow(10, -1 - 0.5 * (double)j);
        const double by = s.step[j] * unit;
        const double above = loss_at(p, w, start, direction, by, count);
        const double below = loss_at(p, w, start, direction, -by, count);

        s.value[j][0] = (above - below) / (2 * by);
        extrapolate(&s, j, ROUNDING * DBL_EPSILON * fabs(p->loss) / by);
    }
    memcpy(w, start, count * sizeof *start);
    free(start);
    return s;
}

struct expected expect_slope(const double *gradient, const double *direction, size_t count)
{
    struct expected e = {0, norm(gradient, count) / sqrt((double)count) * norm(direction, count)};

    for (size_t i = 0; i < count; i++)
        e.slope += gradient[i] * direction[i];
    return e;
}

/* Where gradient and slope are 0 both, there is nothing to divide by and no error. */
double slope_error(const struct expected *e, double measured)
{
    return measured == e->slope ? 0 : fabs(measured - e->slope) / e->scale;
}
