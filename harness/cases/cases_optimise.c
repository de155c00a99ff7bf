/* cases_optimise.c: cases of the parts of step 08: both Adams, clipping, the schedule.
 * What is right is computed here in double from the formulas as the papers have
 * them (the step's files name them).
 *
 * A weight may be off by 32 roundings of the subject's precision: the formula rounds about
 * 13 times in the subject, as often here, each time by at most half a unit of a number
 * no larger than |weight| + |move|, where no term of the move is taken to cancel another.
 * The running means round 4 times: 8 roundings. */
#include "cases_group.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "execute.h"

enum { N = 37 };  /* weights; no multiple of any vector */

/* ----------------------------------------------------------------------------- Adam */

/* A group's settings, and whether the running means are looked at, or the weights. */
struct adam_case {
    const char *name;
    struct adam how;
    bool openai, means;
    size_t steps;        /* before the one that counts; the means begin as 0 where none */
};

static const struct adam_case adam_cases[] = {
    {"adamw/means", {0.01, 0.9, 0.95, 1e-8, 0, 1, 4}, false, true, 3},
    {"adamw/first-step", {0.01, 0.9, 0.95, 0, 0, 1, 1}, false, false, 0},
    {"adamw/later-step", {0.01, 0.9, 0.95, 0, 0, 1, 4}, false, false, 3},
    {"adamw/eps", {0.01, 0.9, 0.95, 0.1, 0, 1, 3}, false, false, 2},
    {"adamw/decay", {0.01, 0.9, 0.95, 0, 0.3, 1, 3}, false, false, 2},
    {"adamw/clipped", {0.01, 0.9, 0.95, 0.1, 0, 0.25, 3}, false, false, 2},
    {"openai-adam/means", {0.01, 0.9, 0.999, 1e-8, 0, 1, 4}, true, true, 3},
    {"openai-adam/first-step", {0.01, 0.9, 0.999, 0, 0, 1, 1}, true, false, 0},
    {"openai-adam/later-step", {0.01, 0.9, 0.999, 0, 0, 1, 4}, true, false, 3},
    {"openai-adam/eps", {0.01, 0.9, 0.999, 0.1, 0, 1, 3}, true, false, 2},
    {"openai-adam/decay", {0.01, 0.9, 0.999, 0, 0.3, 1, 3}, true, false, 2},
    {"openai-adam/clipped", {0.01, 0.9, 0.999, 0.1, 0, 0.25, 3}, true, false, 2},
};

/* One weight before the step, and what the formula makes of it. */
struct moved {
    double weight, mean, square, gradient;       /* before; the gradient of this step */
    double want, want_mean, want_square;         /* after */
    double size, mean_size;                      /* what rounding is relative to */
};

/* Kingma and Ba, algorithm 1, with decay apart; or as GPT-1's program has it. */
static void move_by_formula(struct moved *x, const struct adam *o, bool openai)
{
    const double g = x->gradient * o->scale, t = (double)o->t;
    const double late1 = 1 - pow(o->beta1, t), late2 = 1 - pow(o->beta2, t);
    double move, most;

    x->want_mean = o->beta1 * x->mean + (1 - o->beta1) * g;
    x->want_square = o->beta2 * x->square + (1 - o->beta2) * g * g;
    x->mean_size = o->beta1 * fabs(x->mean) + (1 - o->beta1) * fabs(g);
    if (openai) {
        const double rate = o->rate * sqrt(late2) / late1, root = sqrt(x->want_square) + o->eps;
        move = rate * (x->want_mean / root + o->decay * x->weight);
        most = rate * (x->mean_size / root + fabs(o->decay * x->weight));
    } else {
        const double root = sqrt(x->want_square / late2) + o->eps;
        move = o->rate * (x->want_mean / late1 / root + o->decay * x->weight);
        most = o->rate * (x->mean_size / late1 / root + fabs(o->decay * x->weight));
    }
    x->want = x->weight - move;
    x->size = fabs(x->weight) + most;
}

/* The gradient of a weight in a step: no two alike, none 0, some large and some small. */
static double gradient_at(size_t i, size_t t)
{
    const double sign = (i + t) % 3 ? 1 : -1;

    return sign * ldexp(1 + (double)(i * 7 % 11) / 16 + (double)t / 64, (int)(i % 9) - 4);
}

/* A number as the subject has it, and back. */
static double in_width(double x, size_t width)
{
    double narrowed;

    narrow(&narrowed, &x, width, 1);
    widen(&x, &narrowed, width, 1);
    return x;
}

/* The state before the step: means of the steps before, weights around 1. */
static void begin_weights(struct moved x[N], const struct adam_case *c, size_t width)
{
    for (size_t i = 0; i < N; i++) {
        x[i] = (struct moved){.weight = in_width((double)(i + 1) / 16 * (i % 2 ? 1 : -1), width)};
        for (size_t t = 1; t <= c->steps; t++) {
            const double g = gradient_at(i, t);
            x[i].mean = c->how.beta1 * x[i].mean + (1 - c->how.beta1) * g;
            x[i].square = c->how.beta2 * x[i].square + (1 - c->how.beta2) * g * g;
        }
        x[i].mean = in_width(x[i].mean, width);
        x[i].square = in_width(x[i].square, width);
        x[i].gradient = in_width(gradient_at(i, c->steps + 1), width);
        move_by_formula(&x[i], &c->how, c->openai);
    }
}

static void adam_moves_weights(struct marks *m, const struct case_run *r, const void *context)
{
    const struct adam_case *c = context;
    const size_t width = r->subject->width;
    const double unit = width == 8 ? 0x1p-53 : 0x1p-24;
    double weight[N], mean[N], square[N], gradient[N];  /* room for either width */
    struct moved x[N];

    begin_weights(x, c, width);
    for (size_t i = 0; i < N; i++) {
        narrow((char *)weight + i * width, &x[i].weight, width, 1);
        narrow((char *)mean + i * width, &x[i].mean, width, 1);
        narrow((char *)square + i * width, &x[i].square, width, 1);
        narrow((char *)gradient + i * width, &x[i].gradient, width, 1);
    }
    case_begin(m, "step %zu", c->how.t);
    (c->openai ? r->ops->openai_adam : r->ops->adamw)(weight, mean, square, gradient, &c->how, N);
    for (size_t i = 0; i < N; i++) {
        double got[3];

        widen(&got[0], (char *)weight + i * width, width, 1);
        widen(&got[1], (char *)mean + i * width, width, 1);
        widen(&got[2], (char *)square + i * width, width, 1);
        case_begin(m, "%s of weight %zu, %g with gradient %g, after step %zu",
                   c->means ? "the mean" : "the value", i, x[i].weight, x[i].gradient, c->how.t);
        if (!c->means) {
            case_end_real(m, got[0], x[i].want, 32 * unit * x[i].size);
            continue;
        }
        case_end_real(m, got[1], x[i].want_mean, 8 * unit * x[i].mean_size);
        case_begin(m, "the mean square of weight %zu, with gradient %g, after step %zu", i,
                   x[i].gradient, c->how.t);
        case_end_real(m, got[2], x[i].want_square, 8 * unit * x[i].want_square);
    }
}

/* ------------------------------------------------------------------------- clipping */

/* Three weights, of which each element is `size` times a small whole number. */
static void norms_are_right(struct marks *m, const struct case_run *r, const void *none)
{
    static const double sizes[] = {0, 0x1p-20, 1, 0x1p30, 0x1p100};
    static const size_t count[] = {5, 1, 300};
    const size_t width = r->subject->width;
    double memory[3][300], squares;
    void *array[3] = {memory[0], memory[1], memory[2]};

    (void)none;
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        squares = 0;
        for (size_t a = 0; a < 3; a++)
            for (size_t i = 0; i < count[a]; i++) {
                const double whole = (double)(i % 7) - 2 + (double)a;
                const double value = sizes[k] * whole;
                narrow((char *)array[a] + i * width, &value, width, 1);
                squares += whole * whole;
            }
        case_begin(m, "three weights of 5, 1 and 300 numbers around %g", sizes[k]);
        const double want = sizes[k] * sqrt(squares);
        case_end_real(m, r->ops->gradient_norm(array, count, 3), want, 1e-12 * want);
    }
}

static void long_gradients_are_clipped(struct marks *m, const struct case_run *r,
                                       const void *none)
{
    static const struct {
        double norm, most, want;
    } clips[] = {{10, 5, 5 / 10.000001}, {1000, 1, 1 / 1000.000001}, {3, 5, 1}, {0, 5, 1},
                 {5, 5, 5 / 5.000001}, {7, 0, 1}};

    (void)none;
    for (size_t i = 0; i < sizeof clips / sizeof clips[0]; i++) {
        case_begin(m, "a gradient of length %g where %g is the most%s", clips[i].norm,
                   clips[i].most, clips[i].most == 0 ? " (0: any)" : "");
        case_end_real(m, r->ops->clip_scale(clips[i].norm, clips[i].most), clips[i].want, 1e-15);
    }
}

/* ------------------------------------------------------------------------- schedule */

struct rates {
    const char *name;
    struct schedule schedule;
    size_t first, last;      /* steps */
};

static const struct rates rates[] = {
    {"schedule/warm-up", {0.003, 0.0003, 4, 12}, 1, 4},
    {"schedule/cosine", {0.003, 0.0003, 4, 12}, 5, 11},
    {"schedule/end", {0.003, 0.0003, 4, 12}, 12, 15},
    {"schedule/no-warm-up", {0.001, 0, 0, 10}, 1, 10},
};

static void rates_are_right(struct marks *m, const struct case_run *r, const void *context)
{
    const struct rates *c = context;
    const struct schedule *s = &c->schedule;

    for (size_t t = c->first; t <= c->last; t++) {
        const double share = ((double)t - (double)s->warmup) / (double)(s->steps - s->warmup);
        double want = s->min_rate + (s->rate - s->min_rate) * (1 + cos(acos(-1) * share)) / 2;

        if (t <= s->warmup)
            want = s->rate * (double)t / (double)s->warmup;
        if (t >= s->steps)
            want = s->min_rate;
        case_begin(m, "the rate of step %zu: highest %g, last %g, warm-up %zu, steps %zu", t,
                   s->rate, s->min_rate, s->warmup, s->steps);
        case_end_real(m, r->ops->learning_rate(s, t), want, 1e-14 * s->rate);
    }
}

void cases_optimise(struct case_run *r)
{
    if (!case_wanted(r, NULL))
        return;
    for (size_t i = 0; i < sizeof adam_cases / sizeof adam_cases[0]; i++)
        case_group(r, adam_cases[i].name,
                   adam_cases[i].openai ? LACKS(r, openai_adam) : LACKS(r, adamw),
                   adam_moves_weights, &adam_cases[i]);
    case_group(r, "clip/norm", LACKS(r, gradient_norm), norms_are_right, NULL);
    case_group(r, "clip/scale", LACKS(r, clip_scale), long_gradients_are_clipped, NULL);
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++)
        case_group(r, rates[i].name, LACKS(r, learning_rate), rates_are_right, &rates[i]);
}
