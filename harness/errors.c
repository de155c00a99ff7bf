/* errors.c: measures of difference. Nothing is filtered out and nothing is
 * compared in a way that NaN would pass: a verdict is `!(error <= bar)`. */
#include "errors.h"

#include <math.h>

enum { BLOCK = 256 };

/* Non-finite elements come first, then the largest differences. */
static double badness(double got, double want)
{
    return isfinite(got) ? fabs(got - want) : INFINITY;
}

static void keep_worst(struct errors *e, double got, double want, size_t flat)
{
    const double bad = badness(got, want);
    size_t at = e->n_worst;

    if (bad == 0)
        return;
    while (at > 0 && badness(e->got[at - 1], e->want[at - 1]) < bad)
        at--;
    if (at >= N_WORST)
        return;
    if (e->n_worst < N_WORST)
        e->n_worst++;
    for (size_t j = e->n_worst - 1; j > at; j--) {
        e->worst[j] = e->worst[j - 1];
        e->got[j] = e->got[j - 1];
        e->want[j] = e->want[j - 1];
    }
    e->worst[at] = flat;
    e->got[at] = got;
    e->want[at] = want;
}

/* Whether one of the worst may be in a block where the largest difference is d_max. */
static bool may_be_worst(const struct errors *e, double d_max, size_t nonfinite)
{
    return nonfinite || e->n_worst < N_WORST ||
           d_max > badness(e->got[N_WORST - 1], e->want[N_WORST - 1]);
}

static void add_block(struct measure *m, const double *got, const double *want, size_t count,
                      const struct box *box, size_t first)
{
    struct errors *e = &m->so_far;
    double d_max = 0, w_max = 0;
    size_t nonfinite = 0, zeros = 0;

    for (size_t i = 0; i < count; i++) {
        const double d = got[i] - want[i], size = fabs(d), w = fabs(want[i]);

        m->d2 += d * d;
        m->w2 += w * w;
        d_max = size > d_max ? size : d_max;  /* passes NaN over; it is counted */
        w_max = w > w_max ? w : w_max;
        nonfinite += isfinite(got[i]) ? 0 : 1;
        zeros += want[i] == 0;
    }
    m->d_max = fmax(m->d_max, d_max);
    m->w_max = fmax(m->w_max, w_max);
    e->nonfinite += nonfinite;
    e->zeros += zeros;
    for (size_t i = 0; i < count && may_be_worst(e, d_max, nonfinite); i++)
        keep_worst(e, got[i], want[i], box ? box_flat(box, first + i) : first + i);
}

static void add(struct measure *m, const double *got, const double *want, size_t count,
                const struct box *box)
{
    for (size_t i = 0; i < count; i += BLOCK)
        add_block(m, got + i, want + i, count - i < BLOCK ? count - i : BLOCK, box, i);
    m->so_far.elements += count;
}

void measure_add(struct measure *m, const double *got, const double *want,
                 const struct box *box)
{
    add(m, got, want, box_elements(box), box);
}

struct errors measure_end(const struct measure *m)
{
    struct errors e = m->so_far;
    const double count = (double)e.elements;

    e.scale = m->w2 > 0 ? sqrt(m->w2 / count) : 1;
    e.rms = sqrt(m->d2 / count) / e.scale;
    e.max = m->d_max / e.scale;
    e.peak = m->w_max / e.scale;
    if (e.nonfinite)
        e.rms = e.max = NAN;
    return e;
}

struct errors measure_errors(const double *got, const double *want, size_t count)
{
    struct measure m = {0};

    add(&m, got, want, count, NULL);
    return measure_end(&m);
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
