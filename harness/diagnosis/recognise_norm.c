/* recognise_norm.c: layer norms that are not quite one.
 *
 *     y = (x - mean) / sqrt(variance + eps) * gain + bias
 *
 * (Ba, Kiros, Hinton, "Layer Normalization" (2016), equations 3 and 4), the variance
 * divided by C. From what the op read, each usual mistake is computed and compared. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "die.h"
#include "recognise_parts.h"

struct moments {
    double mean, variance, square;  /* of one row; square: the mean of x*x */
};

static struct moments moments_of(const double *x, size_t C)
{
    struct moments m = {0, 0, 0};

    for (size_t c = 0; c < C; c++) {
        m.mean += x[c] / (double)C;
        m.square += x[c] * x[c] / (double)C;
    }
    for (size_t c = 0; c < C; c++)
        m.variance += (x[c] - m.mean) * (x[c] - m.mean) / (double)C;
    return m;
}

enum way {
    NO_NORM, NO_MEAN, NO_MEAN_BUT_VARIANCE, UNBIASED, EPS_OUTSIDE, NO_ROOT, ONLY_CENTRED,
    NO_GAIN, NO_AFFINE, EXCHANGED, N_WAYS
};

static const char *const sentences[N_WAYS] = {
    "it is the input: the layer norm is left out",
    "the mean is not removed: x / sqrt(mean of x*x + eps), as RMS norm does",
    "the mean is not removed before the division",
    "the variance is divided by C - 1, not by C",
    "eps is added to the root, not below it",
    "divided by the variance, not by its root",
    "the mean is removed, but nothing is divided by",
    "the gain (weight) is left out",
    "gain and bias are left out",
    "gain and bias are exchanged",
};

static double normed(enum way way, double x, const struct moments *m, double eps, double gain,
                     double bias, double C)
{
    const double u = x - m->mean, r = 1 / sqrt(m->variance + eps);

    switch (way) {
    case NO_NORM:              return x;
    case NO_MEAN:              return x / sqrt(m->square + eps) * gain + bias;
    case NO_MEAN_BUT_VARIANCE: return x * r * gain + bias;
    case UNBIASED:             return u / sqrt(m->variance * C / (C - 1) + eps) * gain + bias;
    case EPS_OUTSIDE:          return u / (sqrt(m->variance) + eps) * gain + bias;
    case NO_ROOT:              return u / (m->variance + eps) * gain + bias;
    case ONLY_CENTRED:         return u * gain + bias;
    case NO_GAIN:              return u * r + bias;
    case NO_AFFINE:            return u * r;
    case EXCHANGED:            return u * r * bias + gain;
    case N_WAYS:               break;
    }
    return 0;
}

/* The eps that fits all rows best: each row's own divisor gives one, and a row of small
 * variance tells it better. */
static double fitted_eps(const struct evidence *e)
{
    const size_t C = columns_of(e->node);
    double sum = 0, weights = 0;

    for (size_t row = 0; row < rows_of(e->node); row++) {
        const double *x = e->in[0] + row * C, *got = e->got + row * C;
        const struct moments m = moments_of(x, C);
        double gu = 0, uu = 0;
        for (size_t c = 0; c < C; c++) {
            const double u = (x[c] - m.mean) * e->weight[0][c];
            gu += (got[c] - e->weight[1][c]) * u;
            uu += u * u;
        }
        const double weight = 1 / (m.variance * m.variance);
        if (!(gu > 0) || !isfinite(weight))
            continue;
        sum += weight * (uu / gu * (uu / gu) - m.variance);
        weights += weight;
    }
    return weights > 0 ? sum / weights : NAN;
}

/* Named only where the rows' variances differ, so that no other factor can pass for it. */
static bool is_other_eps(char *text, size_t size, const struct evidence *e, double *p)
{
    const size_t C = columns_of(e->node);
    const double eps = e->graph->cfg.ln_eps, fitted = fitted_eps(e);
    double least = INFINITY, most = 0;

    for (size_t row = 0; row < rows_of(e->node); row++) {
        const double *x = e->in[0] + row * C;
        const struct moments m = moments_of(x, C);
        least = fmin(least, m.variance);
        most = fmax(most, m.variance);
        for (size_t c = 0; c < C; c++)
            p[row * C + c] = (x[c] - m.mean) / sqrt(m.variance + fitted) * e->weight[0][c] +
                             e->weight[1][c];
    }
    if (!(most > 1.5 * least) || !isfinite(fitted) || !explains(e, p))
        return false;
    if (fabs(fitted) < 0.02 * eps)
        snprintf(text, size, "as if eps were 0 and not %g", eps);
    else
        snprintf(text, size, fabs(fitted - eps) < 0.02 * eps ? "as if eps were %.10g and not %g"
                                                             : "as if eps were %.2g and not %g",
                 fitted, eps);
    return true;
}

bool is_other_layernorm(char *text, size_t size, const struct evidence *e)
{
    const struct node *n = e->node;
    const size_t C = columns_of(n);
    bool known = false;

    if (n->op != OP_LAYERNORM || n->step == 7 || !e->in[0] || !e->weight[0] || !e->weight[1])
        return false;
    double *p = allocate(n->count, sizeof *p);
    for (int way = 0; way < N_WAYS && !known; way++) {
        for (size_t row = 0; row < rows_of(n); row++) {
            const double *x = e->in[0] + row * C;
            const struct moments m = moments_of(x, C);
            for (size_t c = 0; c < C; c++)
                p[row * C + c] = normed((enum way)way, x[c], &m, e->graph->cfg.ln_eps,
                                        e->weight[0][c], e->weight[1][c], (double)C);
        }
        known = explains(e, p);
        if (known)
            snprintf(text, size, "%s", sentences[way]);
    }
    known = known || is_other_eps(text, size, e, p);
    free(p);
    return known;
}
