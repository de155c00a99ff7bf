/* bench_time.c: takes times, between two looks at what the machine can do.
 *
 * The first call warms up: code, memory, branch predictions, and weights that a subject
 * packs when it needs them. Where it took very long by itself it is all there is. The next
 * one tells how long a call takes: where that is long it is enough. Otherwise calls follow
 * until there are enough for a median and the time is up; calls too short for the clock are
 * timed many at once.
 *
 * A time says something of the program only if the machine stayed the same. So the
 * limits are measured before and after; where they differ by more than a tenth the timing
 * is done again, up to twice, and the one with the best agreement is kept. A timing that
 * takes longer than the machine stays the same has the limits measured on the way, too:
 * what it is held against is the mean of all of them. */
#include "bench_time.h"

#include <math.h>
#include <stdlib.h>

#include "clock.h"
#include "die.h"

static const double very_long_call = 20.0;  /* the first one counts */
static const double long_call = 1.5;        /* one is enough */
static const double short_call = 20e-6;     /* shorter ones are timed together */
static const double worth_again = 2.0;      /* longer timings are not repeated */
static const double agreement = 0.10;
static const double between_looks = 0.25;   /* seconds */
enum { LEAST_SAMPLES = 3, MOST_SAMPLES = 4096, ATTEMPTS = 3, SLICES = 4 };

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The value below which that share of the sorted numbers lies. */
static double quantile(const double *sorted, size_t n, double share)
{
    const double at = share * (double)(n - 1);
    const size_t low = (size_t)at, high = low + 1 < n ? low + 1 : low;

    return sorted[low] + (at - (double)low) * (sorted[high] - sorted[low]);
}

struct timing timing_of(double *seconds, size_t samples)
{
    qsort(seconds, samples, sizeof *seconds, by_size);
    return (struct timing){samples, quantile(seconds, samples, 0.5), seconds[0],
                           quantile(seconds, samples, 0.25), quantile(seconds, samples, 0.75)};
}

static double disagreement(double a, double b)
{
    const double larger = a > b ? a : b;
    return larger > 0 ? fabs(a - b) / larger : 0;
}

static double worst_disagreement(const struct limits *a, const struct limits *b)
{
    const double operations = disagreement(a->operations, b->operations);
    const double bytes = disagreement(a->bytes, b->bytes);

    return operations > bytes ? operations : bytes;
}

bool limits_agree(const struct limits *a, const struct limits *b)
{
    return worst_disagreement(a, b) <= agreement;
}

/* ------------------------------------------------------------------ looks at the limits */

static struct limits look(struct looks *l)
{
    const struct pace *p = l->pace;
    const double start = now();
    const struct limits seen = machine_limits(p->machine, p->limits, p->vectors, p->threads,
                                              SLICES);

    l->sum.operations += seen.operations;
    l->sum.fed += seen.fed;
    l->sum.bytes += seen.bytes;
    l->sum.reading += seen.reading;
    l->n++;
    l->last = now();
    l->seconds += l->last - start;
    return seen;
}

struct looks looks_begin(const struct pace *pace)
{
    struct looks l = {.pace = pace};

    l.before = look(&l);
    l.start = l.last;
    l.seconds = 0;
    return l;
}

void looks_go_on(struct looks *l)
{
    if (now() - l->last >= between_looks)
        look(l);
}

double looks_seconds(const struct looks *l)
{
    return now() - l->start - l->seconds;
}

struct timed looks_end(struct looks *l)
{
    struct timed t = {.before = l->before, .after = look(l)};

    t.mean.operations = l->sum.operations / (double)l->n;
    t.mean.fed = l->sum.fed / (double)l->n;
    t.mean.bytes = l->sum.bytes / (double)l->n;
    t.mean.reading = l->sum.reading / (double)l->n;
    t.unsteady = !limits_agree(&t.before, &t.after);
    return t;
}

/* ----------------------------------------------------------------------------- timing */

/* Calls the job until it has been timed often and long enough. */
static struct timed sample(const struct job *job, const struct pace *pace)
{
    double *times[MAX_PARTS], first[MAX_PARTS] = {0};
    struct looks looks = looks_begin(pace);
    size_t n = 0, calls = 1;

    for (size_t k = 0; k < job->parts; k++)
        times[k] = allocate(MOST_SAMPLES, sizeof **times);
    job->run(job->context, 1, first);
    const double warm_up = looks_seconds(&looks);
    size_t least = LEAST_SAMPLES;
    if (warm_up > very_long_call) {
        for (size_t k = 0; k < job->parts; k++)
            times[k][0] = first[k];
        n = 1;
    } else if (!job->whole && warm_up < short_call) {
        calls = (size_t)(short_call / (warm_up + 1e-9)) + 1;
    }
    while (warm_up <= very_long_call && n < MOST_SAMPLES &&
           (n < least || looks_seconds(&looks) < pace->seconds)) {
        double seconds[MAX_PARTS] = {0};
        looks_go_on(&looks);
        const double begin = now();
        job->run(job->context, calls, seconds);
        if (now() - begin > long_call)
            least = 1;
        for (size_t k = 0; k < job->parts; k++)
            times[k][n] = seconds[k] / (double)calls;
        n++;
    }
    struct timed t = looks_end(&looks);
    for (size_t k = 0; k < job->parts; k++) {
        t.part[k] = timing_of(times[k], n);
        free(times[k]);
    }
    return t;
}

struct timed time_job(const struct job *job, const struct pace *pace)
{
    struct timed best = {.unsteady = true};
    double worst = INFINITY;

    for (int attempt = 0; attempt < ATTEMPTS && best.unsteady; attempt++) {
        const double start = now();
        const struct timed t = sample(job, pace);

        if (worst_disagreement(&t.before, &t.after) < worst) {
            worst = worst_disagreement(&t.before, &t.after);
            best = t;
        }
        if (now() - start > worth_again)
            break;
    }
    return best;
}
