/* cases_decode.c: cases of step 06 with a model: token by token through the key-value cache
 * of the subject's engine.
 *
 * For each golden the logits after every token must be those of the golden's whole pass,
 * within the bar that chain mode has for logits: with an empty cache, with one that
 * another text was in before, and where the beginning of the text was filled in at once. */
#include "cases_group.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "die.h"

/* A golden and what its logits may be off by. */
struct decoding {
    struct model *model;
    struct graph *graph;         /* of one text */
    struct trace *golden;
    void **weight;
    double *want;                /* [B, T, V] */
    double scale;                /* rms of all of them */
    struct bar bar;
};

static void close_decoding(struct decoding *d)
{
    free_all(d->weight, d->graph->n_weights);
    free(d->want);
    graph_free(d->graph);
    trace_close(d->golden);
    model_close(d->model);
}

/* False: the golden does not say what its logits may be off by. */
static bool open_decoding(struct decoding *d, const struct case_run *r, const char *model_path,
                          const char *golden_path)
{
    struct yardstick y = {.source = "the golden's f32_ attributes"};
    bool known;

    *d = (struct decoding){.model = model_open(model_path), .golden = trace_open(golden_path)};
    trace_check_input(d->golden, &d->model->cfg);
    const size_t B = d->golden->B, T = d->golden->T, V = d->model->cfg.n_vocab;
    d->graph = graph_make(&d->model->cfg, 1, T);
    d->weight = model_weights(d->model, d->graph, r->subject->width);
    d->want = allocate(B * T * V, sizeof *d->want);
    known = trace_read(d->golden, "forward", "logits", 3, (const size_t[]){B, T, V}, d->want,
                       NULL) == SEEN &&
            trace_f32_error(d->golden, "forward", "logits", "f32_chain_rms", &y.rms) &&
            trace_f32_error(d->golden, "forward", "logits", "f32_chain_max", &y.max);
    if (known) {
        const struct errors e = measure_errors(d->want, d->want, B * T * V);
        d->scale = e.scale;
        d->bar = bar_for(r->subject->width, &y, e.peak, B * T);
    }
    return known;
}

/* -------------------------------------------------------------------- one position */

/* The logits after tokens 0 .. t of row b. */
static void end_position(struct marks *m, const struct case_run *r, const struct decoding *d,
                         const void *logits, size_t b, size_t t)
{
    const size_t V = d->graph->cfg.n_vocab;
    const double *want = d->want + (b * d->golden->T + t) * V;
    double *got = allocate(V, sizeof *got), most = -1;
    size_t worst = 0;

    widen(got, logits, r->subject->width, V);
    for (size_t v = 0; v < V; v++) {
        const double error = fabs(got[v] - want[v]);
        if (!(error <= most) && !isnan(most)) {
            most = error;
            worst = v;
        }
    }
    if (case_end(m, most / d->scale <= d->bar.max)) {
        snprintf(m->got, sizeof m->got, "%.9g for token %zu; the logits are off by %.3g, %.3g "
                 "times the bar", got[worst], worst, most / d->scale,
                 most / d->scale / d->bar.max);
        snprintf(m->want, sizeof m->want, "%.9g", want[worst]);
    }
    free(got);
}

/* Decodes tokens first .. T-1 of row b and looks at the logits after each. */
static void decode_row(struct marks *m, const struct case_run *r, const struct decoding *d,
                       struct engine *e, void *logits, size_t b, size_t first, const char *how)
{
    const size_t T = d->golden->T;
    const int *token = d->golden->tokens + b * T;

    for (size_t t = first; t < T; t++) {
        case_begin(m, "the logits after token %d at position %zu of row %zu%s", token[t], t, b,
                   how);
        r->subject->engine->decode(e, logits, t, token[t]);
        end_position(m, r, d, logits, b, t);
    }
}

static void an_empty_cache(struct marks *m, const struct case_run *r, const void *context)
{
    const struct decoding *d = context;
    struct engine *e = case_engine(r, d->graph, d->weight);
    void *logits = allocate(d->graph->cfg.n_vocab, r->subject->width);

    decode_row(m, r, d, e, logits, 0, 0, "");
    r->subject->engine->close(e);
    free(logits);
}

/* Row b backwards, so that the cache is full of something else. */
static void fill_cache(const struct case_run *r, const struct decoding *d, struct engine *e,
                       size_t b)
{
    const size_t T = d->golden->T;

    for (size_t t = 0; t < T; t++)
        r->subject->engine->decode(e, NULL, t, d->golden->tokens[b * T + T - 1 - t]);
}

static void a_used_cache(struct marks *m, const struct case_run *r, const void *context)
{
    const struct decoding *d = context;
    struct engine *e = case_engine(r, d->graph, d->weight);
    void *logits = allocate(d->graph->cfg.n_vocab, r->subject->width);

    for (size_t b = 0; b < d->golden->B; b++) {
        case_begin(m, "another text before that of row %zu", b);
        fill_cache(r, d, e, b);
        decode_row(m, r, d, e, logits, b, 0, ", in a cache that was used before");
    }
    r->subject->engine->close(e);
    free(logits);
}

static void a_prompt_at_once(struct marks *m, const struct case_run *r, const void *context)
{
    const struct decoding *d = context;
    const size_t T = d->golden->T, n = (T + 1) / 2;
    struct engine *e = case_engine(r, d->graph, d->weight);
    void *logits = allocate(d->graph->cfg.n_vocab, r->subject->width);

    for (size_t b = 0; b < d->golden->B; b++) {
        case_begin(m, "the logits after the first %zu tokens of row %zu at once", n, b);
        r->subject->engine->prefill(e, logits, d->golden->tokens + b * T, n);
        end_position(m, r, d, logits, b, n - 1);
        decode_row(m, r, d, e, logits, b, n, ", the first ones at once");
    }
    r->subject->engine->close(e);
    free(logits);
}

/* ------------------------------------------------------------------------- goldens */

const char *lacks_decoding(const struct case_run *r)
{
    return r->subject->engine && r->subject->engine->decode ? NULL : "engine that decodes";
}

static void run_golden(void *context, const char *model_path, const char *golden_path)
{
    static const struct {
        const char *name;
        group_work *work;
    } groups[] = {{"cache", an_empty_cache}, {"cache-again", a_used_cache},
                  {"cache-prefill", a_prompt_at_once}};
    struct case_run *r = context;
    const char *file = strrchr(golden_path, '/') + 1;
    char name[MAX_NAME + 64];
    struct decoding d;

    if (open_decoding(&d, r, model_path, golden_path))
        for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
            snprintf(name, sizeof name, "%s/%.*s", groups[i].name,
                     (int)(strstr(file, ".golden.h5") - file), file);
            case_group(r, name, lacks_decoding(r), groups[i].work, &d);
        }
    close_decoding(&d);
}

void cases_decode(struct case_run *r)
{
    const struct options o = {.fixtures = r->choice->fixtures, .only = r->choice->only,
                              .step = -1, .layer = -1};

    each_golden(&o, run_golden, r);
}
