/* test_optimise.c: ten steps of training against those of the reference.
 *
 * The goldens are fixtures/training/ (docs/formats.md, training file): what
 * torch.optim.AdamW, and the Adam of the GPT-1 release, make of a model. Here the same
 * batches go through a subject's engine, clip.c, schedule.c and adamw.c; losses, norms,
 * rates and the weights after 1, 2 and 10 steps are compared. Then the same with a known
 * mistake, which the comparison has to see.
 *
 * In float64 the bar is 1e-12 rms and 1e-11 at the worst element, of the tensor's rms.
 * Most tensors are within 1e-15. The bar leaves room for the key third of c_attn.bias:
 * its gradient is 0 in truth and rounding in fact, which Adam divides by eps. In float32
 * the bar is that of bars.c, by the errors of the reference's own runs in float32. */
#include "tool.h"

#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "08_train/clip.h"
#include "08_train/schedule.h"
#include "bars.h"
#include "die.h"
#include "errors.h"
#include "execute.h"

/* What is known of a tensor after a step: its error as a share of its bar. */
struct finding {
    double share;          /* the larger of rms and max; passes up to 1 */
    double rms, max;
    char where[MAX_NAME + 16];
};

/* A training file, and the model that it begins with. */
struct run {
    struct store *file;
    struct model *model;
    struct graph *graph;
    struct schedule schedule;
    struct adam adam;      /* what is the same in all steps */
    double clip;
    bool openai;
    size_t steps;
    int *tokens, *targets; /* [steps, B, T] */
};

enum mistake {
    NO_MISTAKE, DECAY_OF_VECTORS, NO_DECAY, DECAY_AT_THE_OTHER_RATE, OTHER_EPS, T_TOO_LARGE,
    BETAS_SWAPPED, NAN_IN_VECTORS, NO_WARMUP, SCHEDULE_LATE, NO_CLIP, CLIP_BY_THE_SQUARE,
    CLIP_AS_TENSORFLOW, N_MISTAKES
};
static const char *const mistakes[] = {
    "no mistake", "decay of vectors", "no decay", "decay at the other optimiser's rate",
    "eps as the other optimiser has it", "t one too large", "betas swapped", "NaN in vectors",
    "no warm-up", "schedule one step late", "no clipping", "clipping by the square of the norm",
    "clipping without 1e-6",
};

/* A subject on its way through a run; arrays in the graph's order. */
struct walk {
    const struct run *run;
    const struct subject *subject;
    struct engine *engine;
    enum mistake mistake;
    void **weight, **dweight;      /* of the subject's width */
    void **mean, **square;         /* room for double, begin as 0 */
    double **gradient, **wide;     /* dweight and weight as double */
    size_t *count;
    double *rate, *loss, *norm;    /* [steps] */
    struct finding worst;
};

/* ------------------------------------------------------------------ the file */

static double setting(struct store *s, const char *name)
{
    double value;

    if (!store_get_real(s, "/", name, &value))
        fail_msg("%s: has no attribute %s", store_path(s), name);
    return value;
}

static size_t whole_setting(struct store *s, const char *name)
{
    long long value;

    if (!store_get_int(s, "/", name, &value) || value < 0)
        fail_msg("%s: has no attribute %s", store_path(s), name);
    return (size_t)value;
}

/* A dataset of batches [steps, B, T]. */
static int *read_batches(struct store *s, const char *name, struct stored *what)
{
    assert_true(store_find(s, name, what));
    assert_int_equal(what->kind, STORED_INT);
    assert_int_equal(what->rank, 3);
    long long *stored = allocate(what->count, sizeof *stored);
    int *numbers = allocate(what->count, sizeof *numbers);
    store_read_ints(s, name, stored);
    for (size_t i = 0; i < what->count; i++)
        numbers[i] = (int)stored[i];
    free(stored);
    return numbers;
}

static struct run open_run(const char *path)
{
    struct run r = {.file = store_open(path)};
    char model[128], optimiser[32], model_path[160];
    struct stored tokens, targets;
    struct store *s = r.file;

    check_format(s, "touchstone-training");
    assert_true(store_get_string(s, "/", "model", model, sizeof model));
    assert_true(store_get_string(s, "/", "optimiser", optimiser, sizeof optimiser));
    r.openai = strcmp(optimiser, "openai-adam") == 0;
    assert_true(r.openai || strcmp(optimiser, "adamw") == 0);
    r.schedule = (struct schedule){setting(s, "rate"), setting(s, "min_rate"),
                                   whole_setting(s, "warmup"), whole_setting(s, "total")};
    r.adam = (struct adam){.beta1 = setting(s, "beta1"), .beta2 = setting(s, "beta2"),
                           .eps = setting(s, "eps"), .decay = setting(s, "decay")};
    r.clip = setting(s, "clip");
    r.tokens = read_batches(s, "batches/tokens", &tokens);
    r.targets = read_batches(s, "batches/targets", &targets);
    assert_memory_equal(tokens.dim, targets.dim, 3 * sizeof tokens.dim[0]);
    r.steps = tokens.dim[0];
    snprintf(model_path, sizeof model_path, "fixtures/%s", model);
    r.model = model_open(model_path);
    r.graph = graph_make(&r.model->cfg, tokens.dim[1], tokens.dim[2]);
    return r;
}

static void close_run(struct run *r)
{
    free(r->tokens);
    free(r->targets);
    graph_free(r->graph);
    model_close(r->model);
    store_close(r->file);
}

/* --------------------------------------------------------------- comparing */

/* Keeps the error of `got` [count] where it is the worst share of a bar so far. */
static void compare(struct walk *k, const char *name, const double *got, size_t count,
                    size_t rows)
{
    struct store *s = k->run->file;
    struct bar bar = {1e-12, 1e-11, ""};
    struct stored what;

    assert_true(store_find(s, name, &what));
    assert_int_equal(what.kind, STORED_FLOAT);
    assert_int_equal(what.count, count);
    double *want = allocate(count, sizeof *want);
    store_read(s, name, 8, want);
    const struct errors e = measure_errors(got, want, count);
    if (k->subject->width == 4 && strcmp(name, "rate") != 0) {
        struct yardstick y = {0};
        assert_true(store_get_real(s, name, "f32_rms", &y.rms));
        assert_true(store_get_real(s, name, "f32_max", &y.max));
        bar = bar_for(4, &y, e.peak, rows);
    }
    free(want);
    const double rms = e.rms / bar.rms, max = e.max / bar.max;
    const double share = rms > max ? rms : max;
    if (share <= k->worst.share || isnan(k->worst.share))
        return;
    k->worst = (struct finding){.share = share, .rms = e.rms, .max = e.max};
    snprintf(k->worst.where, sizeof k->worst.where, "%s", name);
}

/* The weights, where the file has those after so many steps. */
static void compare_weights(struct walk *k, size_t steps)
{
    const struct graph *g = k->run->graph;
    char name[MAX_NAME + 16];
    struct stored what;

    for (size_t i = 0; i < g->n_weights; i++) {
        const struct weight *w = &g->weight[i];

        snprintf(name, sizeof name, "after/%zu/%s", steps, w->name);
        if (i == 0 && !store_find(k->run->file, name, &what))
            return;
        widen(k->wide[i], k->weight[i], k->subject->width, w->count);
        compare(k, name, k->wide[i], w->count, w->rank > 1 ? w->dim[0] : 1);
    }
}

/* ---------------------------------------------------------------- the steps */

/* openai-adam's rate, as a multiple of the rate of the schedule. */
static double correction(const struct adam *o, double t)
{
    return sqrt(1 - pow(o->beta2, t)) / (1 - pow(o->beta1, t));
}

static void spoil(struct adam *o, size_t rank, const struct run *r, enum mistake m)
{
    const double t = (double)o->t, root = sqrt(1 - pow(o->beta2, t));
    const double other = correction(o, t);
    const double beta1 = o->beta1;

    if ((rank < 2 && m != DECAY_OF_VECTORS) || m == NO_DECAY)
        o->decay = 0;
    if (m == DECAY_AT_THE_OTHER_RATE)
        o->decay *= r->openai ? 1 / other : other;
    if (m == OTHER_EPS)
        o->eps *= r->openai ? root : 1 / root;
    if (m == T_TOO_LARGE)
        o->t++;
    if (m == NAN_IN_VECTORS && rank < 2)
        o->rate = NAN;
    if (m == BETAS_SWAPPED) {
        o->beta1 = o->beta2;
        o->beta2 = beta1;
    }
}

static void update(struct walk *k, size_t i, struct adam o)
{
    const struct weight *w = &k->run->graph->weight[i];
    const size_t width = k->subject->width;

    spoil(&o, w->rank, k->run, k->mistake);
    if (!k->run->openai) {
        k->subject->engine->adamw(k->engine, k->weight[i], k->mean[i], k->square[i],
                                  k->dweight[i], &o, w->count);
        return;
    }
    /* Engines have no such op: a float subject's gradients meet it in double. */
    widen(k->wide[i], k->weight[i], width, w->count);
    openai_adam(k->wide[i], k->mean[i], k->square[i], k->gradient[i], &o, w->count);
    narrow(k->weight[i], k->wide[i], width, w->count);
}

static double scale_of(double norm, double most, enum mistake m)
{
    if (m == NO_CLIP)
        return 1;
    if (m == CLIP_BY_THE_SQUARE)
        return clip_scale(norm * norm, most);
    if (m == CLIP_AS_TENSORFLOW)
        return fmin(1, most / norm);
    return clip_scale(norm, most);
}

/* Step t, from 1. */
static void step(struct walk *k, size_t t)
{
    const struct run *r = k->run;
    const struct graph *g = r->graph;
    const struct engine_ops *run = k->subject->engine;
    const size_t at = (t - 1) * g->B * g->T;
    struct schedule schedule = r->schedule;
    struct adam o = r->adam;

    k->loss[t - 1] = run->forward(k->engine, r->tokens + at, r->targets + at, NULL, true);
    run->backward(k->engine, r->tokens + at, r->targets + at, k->dweight);
    for (size_t i = 0; i < g->n_weights; i++)
        widen(k->gradient[i], k->dweight[i], k->subject->width, k->count[i]);
    const double norm = gradient_norm(k->gradient, k->count, g->n_weights);
    if (k->mistake == NO_WARMUP)
        schedule.warmup = 0;
    o.t = t;
    o.rate = learning_rate(&schedule, t - (k->mistake == SCHEDULE_LATE));
    o.scale = scale_of(norm, r->clip, k->mistake);
    k->norm[t - 1] = norm;
    k->rate[t - 1] = o.rate;
    for (size_t i = 0; i < g->n_weights; i++)
        update(k, i, o);
    run->refresh(k->engine);
    compare_weights(k, t);
}

/* --------------------------------------------------------------- the whole */

static void **arrays(const struct graph *g, size_t width)
{
    void **made = allocate(g->n_weights, sizeof *made);

    for (size_t i = 0; i < g->n_weights; i++) {
        made[i] = allocate(g->weight[i].count, width);
        memset(made[i], 0, g->weight[i].count * width);
    }
    return made;
}

static struct walk begin_walk(const struct run *r, const struct subject *s, enum mistake m)
{
    const struct graph *g = r->graph;
    struct walk k = {.run = r, .subject = s, .mistake = m, .worst = {.share = -1}};

    k.weight = model_weights(r->model, g, s->width);
    k.dweight = arrays(g, s->width);
    k.mean = arrays(g, sizeof(double));
    k.square = arrays(g, sizeof(double));
    k.gradient = (double **)arrays(g, sizeof(double));
    k.wide = (double **)arrays(g, sizeof(double));
    k.count = allocate(g->n_weights, sizeof *k.count);
    for (size_t i = 0; i < g->n_weights; i++)
        k.count[i] = g->weight[i].count;
    k.rate = allocate(r->steps, sizeof *k.rate);
    k.loss = allocate(r->steps, sizeof *k.loss);
    k.norm = allocate(r->steps, sizeof *k.norm);
    k.engine = s->engine->open(g, k.weight, 1);
    assert_non_null(k.engine);
    return k;
}

static void end_walk(struct walk *k)
{
    const size_t n = k->run->graph->n_weights;

    k->subject->engine->close(k->engine);
    free_all(k->weight, n);
    free_all(k->dweight, n);
    free_all(k->mean, n);
    free_all(k->square, n);
    free_all((void **)k->gradient, n);
    free_all((void **)k->wide, n);
    free(k->count);
    free(k->rate);
    free(k->loss);
    free(k->norm);
}

/* All steps of a training file; the error nearest its bar, or farthest beyond it. */
static struct finding follow(const char *path, const char *subject, enum mistake m)
{
    char object[256];
    const char *build = getenv("BUILD");
    struct run r = open_run(path);

    snprintf(object, sizeof object, "./%s/subjects/%s.so", build ? build : "build", subject);
    struct walk k = begin_walk(&r, subject_load(object), m);
    for (size_t t = 1; t <= r.steps; t++)
        step(&k, t);
    compare(&k, "rate", k.rate, r.steps, 1);
    compare(&k, "loss", k.loss, r.steps, 1);
    compare(&k, "norm", k.norm, r.steps, 1);
    end_walk(&k);
    close_run(&r);
    return k.worst;
}

/* ---------------------------------------------------------------- the tests */

static void each_run_agrees(const char *subject)
{
    glob_t found;

    assert_int_equal(glob("fixtures/training/*.training.h5", 0, NULL, &found), 0);
    assert_true(found.gl_pathc >= 4);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const struct finding f = follow(found.gl_pathv[i], subject, NO_MISTAKE);

        print_message("%s, %s: worst %s, rms %.1e, max %.1e, %.2g of its bar\n",
                      found.gl_pathv[i], subject, f.where, f.rms, f.max, f.share);
        if (!(f.share <= 1))
            fail_msg("%s, %s: %s is off by rms %.3g, max %.3g, %.3g times its bar",
                     found.gl_pathv[i], subject, f.where, f.rms, f.max, f.share);
    }
    globfree(&found);
}

static void f64_trains_as_the_reference_does(void **state)
{
    (void)state;
    each_run_agrees("f64");
}

static void scalar_trains_as_the_reference_does_in_float32(void **state)
{
    (void)state;
    each_run_agrees("scalar");
}

/* Whether a run has anything that the mistake would change. */
static bool applies(const char *path, enum mistake m)
{
    struct run r = open_run(path);
    const bool clips = r.clip > 0, warms_up = r.schedule.warmup > 1;

    close_run(&r);
    return m >= NO_CLIP ? clips : m >= NO_WARMUP ? warms_up : true;
}

static void mistakes_are_seen(void **state)
{
    const double sharpness = 10;  /* times the bar, and more */
    glob_t found;

    (void)state;
    assert_int_equal(glob("fixtures/training/*.training.h5", 0, NULL, &found), 0);
    for (int m = NO_MISTAKE + 1; m < N_MISTAKES; m++)
        for (size_t i = 0; i < found.gl_pathc; i++) {
            if (!applies(found.gl_pathv[i], (enum mistake)m))
                continue;
            const struct finding f = follow(found.gl_pathv[i], "f64", (enum mistake)m);
            print_message("%s, %s: %s, %.1e times its bar\n", mistakes[m], found.gl_pathv[i],
                          f.where, f.share);
            if (f.share <= sharpness)
                fail_msg("%s passes unseen in %s: %s is only %.3g times its bar", mistakes[m],
                         found.gl_pathv[i], f.where, f.share);
        }
    globfree(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(f64_trains_as_the_reference_does),
        cmocka_unit_test(scalar_trains_as_the_reference_does_in_float32),
        cmocka_unit_test(mistakes_are_seen),
    };

    return cmocka_run_group_tests_name("optimise", tests, begin, finish);
}
