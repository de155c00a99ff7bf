/* training.c: the steps of a training file, one by one. The arithmetic is the subject's;
 * here stands only what comes after what, and that matrices decay and vectors do not. */
#include "training.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "execute.h"

/* What one subject has on its way; arrays in the graph's order. */
struct state {
    const struct walk *walk;
    struct engine *engine;
    void **weight, **dweight, **mean, **square;  /* of the subject's width */
    size_t *count;
    double *rate, *loss, *norm;                  /* [steps] */
};

/* ------------------------------------------------------------------------ the file */

static double setting(struct store *s, const char *name)
{
    double value;

    if (!store_get_real(s, "/", name, &value))
        die("%s: has no attribute `%s`, or it is not a number", store_path(s), name);
    return value;
}

static size_t whole_setting(struct store *s, const char *name)
{
    long long value;

    if (!store_get_int(s, "/", name, &value) || value < 0)
        die("%s: has no attribute `%s`, or it is not a whole number", store_path(s), name);
    return (size_t)value;
}

/* A dataset of batches [steps, B, T]. */
static int *read_batches(struct store *s, const char *name, struct stored *what)
{
    if (!store_find(s, name, what) || what->kind != STORED_INT || what->rank != 3)
        die("%s: /%s must hold integers of shape [steps, batch, tokens]", store_path(s), name);
    long long *stored = allocate(what->count, sizeof *stored);
    int *numbers = allocate(what->count, sizeof *numbers);
    store_read_ints(s, name, stored);
    for (size_t i = 0; i < what->count; i++)
        numbers[i] = (int)stored[i];
    free(stored);
    return numbers;
}

static void read_settings(struct training *t)
{
    struct store *s = t->file;
    char optimiser[32];

    if (!store_get_string(s, "/", "optimiser", optimiser, sizeof optimiser))
        die("%s: has no attribute `optimiser`", store_path(s));
    t->openai = strcmp(optimiser, "openai-adam") == 0;
    if (!t->openai && strcmp(optimiser, "adamw") != 0)
        die("%s: optimiser `%s` is not known, only adamw and openai-adam", store_path(s),
            optimiser);
    t->schedule = (struct schedule){setting(s, "rate"), setting(s, "min_rate"),
                                    whole_setting(s, "warmup"), whole_setting(s, "total")};
    t->adam = (struct adam){.beta1 = setting(s, "beta1"), .beta2 = setting(s, "beta2"),
                            .eps = setting(s, "eps"), .decay = setting(s, "decay")};
    t->clip = setting(s, "clip");
}

struct training training_open(const char *path, const char *fixtures)
{
    struct training t = {.file = store_open(path)};
    char model[128], model_path[4200];
    struct stored tokens, targets;

    check_format(t.file, "touchstone-training");
    read_settings(&t);
    t.tokens = read_batches(t.file, "batches/tokens", &tokens);
    t.targets = read_batches(t.file, "batches/targets", &targets);
    if (memcmp(tokens.dim, targets.dim, 3 * sizeof tokens.dim[0]) != 0)
        die("%s: /batches/tokens and /batches/targets have different shapes", path);
    t.steps = tokens.dim[0];
    if (!store_get_string(t.file, "/", "model", model, sizeof model))
        die("%s: has no attribute `model`", path);
    snprintf(model_path, sizeof model_path, "%s/%s", fixtures, model);
    t.model = model_open(model_path);
    t.graph = graph_make(&t.model->cfg, tokens.dim[1], tokens.dim[2]);
    return t;
}

void training_close(struct training *t)
{
    free(t->tokens);
    free(t->targets);
    graph_free(t->graph);
    model_close(t->model);
    store_close(t->file);
}

/* ------------------------------------------------------------------------ findings */

double finding_share(const struct finding *f)
{
    const double rms = f->errors.rms / f->bar.rms, max = f->errors.max / f->bar.max;

    return rms > max || isnan(rms) ? rms : max;
}

/* Compares `got` [count] with the array of the file. The learning rate has the same bar
 * for all subjects: it is a double in each. */
static void compare(const struct walk *w, const char *name, size_t rank, const double *got,
                    size_t count, size_t rows)
{
    struct store *s = w->training->file;
    struct finding f = {.name = name, .rank = rank, .bar = {1e-12, 1e-11, ""}};
    struct yardstick y = {0};
    struct stored what;

    if (!store_find(s, name, &what) || what.kind != STORED_FLOAT || what.count != count)
        die("%s: /%s must hold %zu numbers", store_path(s), name, count);
    double *want = allocate(count, sizeof *want);
    store_read(s, name, 8, want);
    f.errors = measure_errors(got, want, count);
    if (w->subject->width == 4 && strcmp(name, "rate") != 0) {
        if (!store_get_real(s, name, "f32_rms", &y.rms) ||
            !store_get_real(s, name, "f32_max", &y.max))
            die("%s: /%s has no attributes f32_rms and f32_max", store_path(s), name);
        f.bar = bar_for(4, &y, f.errors.peak, rows);
    }
    f.worst = f.errors.n_worst ? f.errors.worst[0] : 0;
    f.got = got[f.worst];
    f.want = want[f.worst];
    w->found(w->context, &f);
    free(want);
}

/* The weights, where the file has those after so many steps. */
static void compare_weights(const struct state *k, size_t steps)
{
    const struct walk *w = k->walk;
    const struct graph *g = w->training->graph;
    char name[MAX_NAME + 32];
    struct stored what;

    for (size_t i = 0; i < g->n_weights; i++) {
        const struct weight *x = &g->weight[i];

        snprintf(name, sizeof name, "after/%zu/%s", steps, x->name);
        if (i == 0 && !store_find(w->training->file, name, &what))
            return;
        double *wide = allocate(x->count, sizeof *wide);
        widen(wide, k->weight[i], w->subject->width, x->count);
        compare(w, name, x->rank, wide, x->count, x->rank > 1 ? x->dim[0] : 1);
        free(wide);
    }
}

/* ------------------------------------------------------------------------ the steps */

static void update(struct state *k, size_t i, struct adam o)
{
    const struct walk *w = k->walk;
    const size_t rank = w->training->graph->weight[i].rank;

    if (rank < 2)
        o.decay = 0;
    if (w->spoil)
        w->spoil(w->context, &o, rank);
    (w->training->openai ? w->ops->openai_adam : w->ops->adamw)(
        k->weight[i], k->mean[i], k->square[i], k->dweight[i], &o, k->count[i]);
}

/* Step t, from 1. */
static void take_step(struct state *k, size_t t)
{
    const struct training *r = k->walk->training;
    const struct case_ops *ops = k->walk->ops;
    const struct engine_ops *run = k->walk->subject->engine;
    const size_t at = (t - 1) * r->graph->B * r->graph->T;
    struct adam o = r->adam;

    k->loss[t - 1] = run->forward(k->engine, r->tokens + at, r->targets + at, NULL, true);
    run->backward(k->engine, r->tokens + at, r->targets + at, k->dweight);
    k->norm[t - 1] = ops->gradient_norm(k->dweight, k->count, r->graph->n_weights);
    k->rate[t - 1] = ops->learning_rate(&r->schedule, t);
    o.t = t;
    o.rate = k->rate[t - 1];
    o.scale = ops->clip_scale(k->norm[t - 1], r->clip);
    for (size_t i = 0; i < r->graph->n_weights; i++)
        update(k, i, o);
    run->refresh(k->engine);
    compare_weights(k, t);
}

/* ------------------------------------------------------------------------ the whole */

static void **zeros(const struct graph *g, size_t width)
{
    void **made = allocate(g->n_weights, sizeof *made);

    for (size_t i = 0; i < g->n_weights; i++) {
        made[i] = allocate(g->weight[i].count, width);
        memset(made[i], 0, g->weight[i].count * width);
    }
    return made;
}

static struct state begin(const struct walk *w)
{
    const struct training *r = w->training;
    const struct graph *g = r->graph;
    const size_t width = w->subject->width;
    struct state k = {.walk = w, .weight = model_weights(r->model, g, width),
                      .dweight = zeros(g, width), .mean = zeros(g, width),
                      .square = zeros(g, width),
                      .count = allocate(g->n_weights, sizeof *k.count),
                      .rate = allocate(r->steps, sizeof *k.rate),
                      .loss = allocate(r->steps, sizeof *k.loss),
                      .norm = allocate(r->steps, sizeof *k.norm)};

    for (size_t i = 0; i < g->n_weights; i++)
        k.count[i] = g->weight[i].count;
    k.engine = w->subject->engine->open(g, k.weight, 1);
    return k;
}

static void end(struct state *k)
{
    const size_t n = k->walk->training->graph->n_weights;

    if (k->engine)
        k->walk->subject->engine->close(k->engine);
    free_all(k->weight, n);
    free_all(k->dweight, n);
    free_all(k->mean, n);
    free_all(k->square, n);
    free(k->count);
    free(k->rate);
    free(k->loss);
    free(k->norm);
}

bool training_walk(const struct walk *w)
{
    const size_t steps = w->training->steps;
    struct state k = begin(w);
    const bool ok = k.engine;

    for (size_t t = 1; ok && t <= steps; t++)
        take_step(&k, t);
    if (ok) {
        compare(w, "rate", 0, k.rate, steps, 1);
        compare(w, "loss", 0, k.loss, steps, 1);
        compare(w, "norm", 0, k.norm, steps, 1);
    }
    end(&k);
    return ok;
}
