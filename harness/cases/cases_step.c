/* cases_step.c: cases of one step of training as a whole (steps/08_train/trainer.c): does
 * it do the parts in their order, each with what it needs, and does it let matrices decay
 * and nothing else? A small model of random weights learns from a random text; what is
 * right is what the subject's own parts make of the same. */
#include "cases_group.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "execute.h"

enum { TEXT = 60 };

/* A model that learns; arrays in the graph's order, of the subject's width. */
struct pupil {
    struct graph *graph;
    void **weight, **dweight, **mean, **square;
    struct trainer trainer;
    int text[TEXT];
};

static void **numbers_of(const struct graph *g, size_t width, struct generator *random)
{
    void **made = allocate(g->n_weights, sizeof *made);

    for (size_t i = 0; i < g->n_weights; i++) {
        double *wide = allocate(g->weight[i].count, sizeof *wide);

        for (size_t k = 0; k < g->weight[i].count; k++)
            wide[k] = random ? generator_normal(random) / 2 : 0;
        made[i] = allocate(g->weight[i].count, width);
        narrow(made[i], wide, width, g->weight[i].count);
        free(wide);
    }
    return made;
}

/* The same one each time, but for the decay. */
static void pupil_begin(struct pupil *p, const struct case_run *r, double decay, bool openai)
{
    static const struct config cfg = {.family = GPT2, .n_layer = 1, .n_head = 2, .d_model = 6,
                                      .d_ff = 10, .n_ctx = 8, .n_vocab = 9, .ln_eps = 1e-5};
    struct generator random = generator_begin(11);
    struct trainer *t = &p->trainer;

    p->graph = graph_make(&cfg, 3, 5);
    p->weight = numbers_of(p->graph, r->subject->width, &random);
    p->dweight = numbers_of(p->graph, r->subject->width, NULL);
    p->mean = numbers_of(p->graph, r->subject->width, NULL);
    p->square = numbers_of(p->graph, r->subject->width, NULL);
    for (size_t i = 0; i < TEXT; i++)
        p->text[i] = (int)(generator_uniform(&random) * (double)cfg.n_vocab);
    *t = (struct trainer){
        .recipe = {.steps = 9, .batch = 3, .length = 5, .seed = 2, .openai_adam = openai,
                   .warmup = 2, .rate = 0.02, .min_rate = 0.002, .beta1 = 0.9, .beta2 = 0.95,
                   .eps = 1e-8, .decay = decay, .clip = 0.5},
        .graph = p->graph, .ops = r->subject->engine,
        .engine = case_engine(r, p->graph, p->weight),
        .weight = (real **)p->weight, .dweight = (real **)p->dweight,
        .mean = (real **)p->mean, .square = (real **)p->square,
        .count = allocate(p->graph->n_weights, sizeof *t->count),
        .tokens = allocate(15, sizeof *t->tokens), .targets = allocate(15, sizeof *t->targets),
    };
    for (size_t i = 0; i < p->graph->n_weights; i++)
        t->count[i] = p->graph->weight[i].count;
}

static void pupil_end(struct pupil *p, const struct case_run *r)
{
    const size_t n = p->graph->n_weights;

    r->subject->engine->close(p->trainer.engine);
    free(p->trainer.count);
    free(p->trainer.tokens);
    free(p->trainer.targets);
    free_all(p->weight, n);
    free_all(p->dweight, n);
    free_all(p->mean, n);
    free_all(p->square, n);
    graph_free(p->graph);
}

/* The same step by the parts; it decays nothing. */
static struct lesson step_by_parts(struct pupil *p, const struct case_run *r)
{
    struct trainer *t = &p->trainer;
    const struct recipe *c = &t->recipe;
    const struct schedule schedule = {c->rate, c->min_rate, (size_t)c->warmup, (size_t)c->steps};
    struct lesson lesson = {.rate = r->ops->learning_rate(&schedule, ++t->step)};

    r->ops->draw_batch(t->tokens, t->targets, p->text, TEXT, p->graph->B, p->graph->T,
                       (uint64_t)c->seed, t->step);
    lesson.loss = t->ops->forward(t->engine, t->tokens, t->targets, NULL, true);
    t->ops->backward(t->engine, t->tokens, t->targets, p->dweight);
    lesson.norm = r->ops->gradient_norm(p->dweight, t->count, p->graph->n_weights);
    const struct adam how = {.rate = lesson.rate, .beta1 = c->beta1, .beta2 = c->beta2,
                             .eps = c->eps, .scale = r->ops->clip_scale(lesson.norm, c->clip),
                             .t = t->step};
    for (size_t i = 0; i < p->graph->n_weights; i++)
        (c->openai_adam != 0 ? r->ops->openai_adam : r->ops->adamw)(
            p->weight[i], p->mean[i], p->square[i], p->dweight[i], &how, t->count[i]);
    t->ops->refresh(t->engine);
    return lesson;
}

static void end_number(struct marks *m, const char *what, size_t step, double got, double want)
{
    case_begin(m, "the %s of step %zu", what, step);
    case_end_real(m, got, want, 1e-12 * fabs(want));
}

/* Three steps without decay: losses, norms and rates; then all weights, to the bit. */
static void a_step_is_its_parts(struct marks *m, const struct case_run *r, const void *openai)
{
    struct pupil whole, parts;

    pupil_begin(&whole, r, 0, openai);
    pupil_begin(&parts, r, 0, openai);
    for (size_t step = 1; step <= 3; step++) {
        case_begin(m, "step %zu", step);
        const struct lesson got = r->ops->train_step(&whole.trainer, whole.text, TEXT);
        const struct lesson want = step_by_parts(&parts, r);

        end_number(m, "loss", step, got.loss, want.loss);
        end_number(m, "norm", step, got.norm, want.norm);
        end_number(m, "rate", step, got.rate, want.rate);
        case_begin(m, "steps that are done after step %zu", step);
        case_end_size(m, whole.trainer.step, step);
    }
    for (size_t i = 0; i < whole.graph->n_weights; i++) {
        case_begin(m, "%s after 3 steps", whole.graph->weight[i].name);
        if (case_end(m, memcmp(whole.weight[i], parts.weight[i],
                               parts.trainer.count[i] * r->subject->width) == 0)) {
            strcpy(m->got, "other weights than its parts make");
            strcpy(m->want, "the same weights");
        }
    }
    pupil_end(&whole, r);
    pupil_end(&parts, r);
}

/* One step with decay and one without: between them lies rate * decay * weight. */
static void only_matrices_decay(struct marks *m, const struct case_run *r, const void *none)
{
    const size_t width = r->subject->width;
    const double decay = 0.5, unit = width == 8 ? 0x1p-53 : 0x1p-24;
    struct pupil first, plain, decayed;

    (void)none;
    pupil_begin(&first, r, 0, false);
    pupil_begin(&plain, r, 0, false);
    pupil_begin(&decayed, r, decay, false);
    case_begin(m, "one step");
    const struct lesson lesson = r->ops->train_step(&plain.trainer, plain.text, TEXT);
    r->ops->train_step(&decayed.trainer, decayed.text, TEXT);
    for (size_t i = 0; i < first.graph->n_weights; i++) {
        const struct weight *w = &first.graph->weight[i];
        const double pull = w->rank == 2 ? lesson.rate * decay : 0;

        for (size_t k = 0; k < w->count; k++) {
            double before, without, with;
            widen(&before, (char *)first.weight[i] + k * width, width, 1);
            widen(&without, (char *)plain.weight[i] + k * width, width, 1);
            widen(&with, (char *)decayed.weight[i] + k * width, width, 1);
            case_begin(m, "%s, element %zu, %s with decay and without, from %.9g", w->name, k,
                       w->rank == 2 ? "a matrix" : "a vector", before);
            case_end_real(m, with, without - pull * before,
                          pull > 0 ? 8 * unit * (fabs(before) + fabs(without)) : 0);
        }
    }
    pupil_end(&first, r);
    pupil_end(&plain, r);
    pupil_end(&decayed, r);
}

void cases_step(struct case_run *r)
{
    static const bool openai = true;
    const struct engine_ops *e = r->subject->engine;
    const char *lacks = !e || !e->forward || !e->backward ? "engine that trains"
                        : LACKS(r, train_step)            ? LACKS(r, train_step)
                        : LACKS(r, adamw)                 ? LACKS(r, adamw)
                        : LACKS(r, openai_adam)           ? LACKS(r, openai_adam)
                        : LACKS(r, gradient_norm)         ? LACKS(r, gradient_norm)
                        : LACKS(r, clip_scale)            ? LACKS(r, clip_scale)
                        : LACKS(r, learning_rate)         ? LACKS(r, learning_rate)
                                                          : LACKS(r, draw_batch);

    if (!case_wanted(r, NULL))
        return;
    case_group(r, "step/parts", lacks, a_step_is_its_parts, NULL);
    case_group(r, "step/parts-openai", lacks, a_step_is_its_parts, &openai);
    case_group(r, "step/decay", lacks, only_matrices_decay, NULL);
}
