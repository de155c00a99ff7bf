/* errors.c: measures of difference. Nothing is filtered out and nothing is
 * compared in a way that NaN would pass: a verdict is `!(error <= bar)`. */
#include "errors.h"

#include <math.h>

/* Non-finite elements come first, then the largest differences. */
static double badness(const double *got, const double *want, size_t i)
{
    return isfinite(got[i]) ? fabs(got[i] - want[i]) : INFINITY;
}

static void keep_worst(struct errors *e, const double *got, const double *want, size_t i)
{
    const double bad = badness(got, want, i);
    size_t at = e->n_worst;

    if (bad == 0)
        return;
    while (at > 0 && badness(got, want, e->worst[at - 1]) < bad)
        at--;
    if (at >= N_WORST)
        return;
    if (e->n_worst < N_WORST)
        e->n_worst++;
    for (size_t j = e->n_worst - 1; j > at; j--)
        e->worst[j] = e->worst[j - 1];
    e->worst[at] = i;
}

struct errors measure_errors(const double *got, const double *want, size_t count)
{
    struct errors e = {.elements = count};
    double d2 = 0, w2 = 0, d_max = 0, w_max = 0;

    for (size_t i = 0; i < count; i++) {
        const double d = got[i] - want[i];

        d2 += d * d;
        w2 += want[i] * want[i];
        d_max = fmax(d_max, fabs(d));
        w_max = fmax(w_max, fabs(want[i]));
        e.nonfinite += isfinite(got[i]) ? 0 : 1;
        e.zeros += want[i] == 0;
        keep_worst(&e, got, want, i);
    }
    e.scale = w2 > 0 ? sqrt(w2 / (double)count) : 1;
    e.rms = sqrt(d2 / (double)count) / e.scale;
    e.max = d_max / e.scale;
    e.peak = w_max / e.scale;
    if (e.nonfinite)
        e.rms = e.max = NAN;  /* fmax passes NaN over */
    return e;
}

double zeros_error(const struct errors *e)
{
    return e->zeros == e->elements ? 0 : 1;
}

static size_t common_divisor(size_t a, size_t b)
{
    while (b) {
        const size_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

double shuffled_error(const double *want, size_t count, double scale)
{
    /* A stride without a common divisor visits every place once; near the golden
     * section it takes neighbours far apart. */
    size_t stride = (size_t)((double)count * 0.6180339887) | 1;
    double d2 = 0;

    while (common_divisor(stride, count) != 1)
        stride++;
    for (size_t i = 0, from = stride / 2; i < count; i++, from = (from + stride) % count) {
        const double d = want[from % count] - want[i];
        d2 += d * d;
    }
    return sqrt(d2 / (double)count) / scale;
}

size_t count_wrong(const double *got, const double *want, size_t count, double limit,
                   double scale)
{
    size_t wrong = 0;

    for (size_t i = 0; i < count; i++)
        wrong += !(fabs(got[i] - want[i]) <= limit * scale);
    return wrong;
}
