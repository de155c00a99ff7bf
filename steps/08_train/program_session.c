/* program_session.c: opens a training: from scratch, from a model, or one that was
 * stopped. */
#include "program_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"
#include "initial.h"
#include "program_engine.h"

/* The vocabulary: of the model, of files, or learnt from the text. */
static struct vocabulary *find_vocabulary(const struct options *o, struct model *m,
                                          const struct text *text)
{
    const enum family family = m ? m->cfg.family : o->cfg.family;
    const enum tokenizer_kind kind = family == GPT1 ? TOKENIZER_GPT1 : TOKENIZER_GPT2;
    struct vocabulary *v;

    if (m && !o->merges) {
        v = vocabulary_from_model(m);
        if (!v || !v->merge)
            die("%s: has no tokenizer: give --vocab FILE --merges FILE", store_path(m->file));
    } else if (o->merges) {
        v = vocabulary_from_files(kind, o->vocab, o->merges);
    } else {
        v = corpus_vocabulary(text, corpus_split(text, o->recipe.held_out), kind,
                              o->cfg.n_vocab);
    }
    if (m && v->n_tokens != m->cfg.n_vocab)
        die("--merges %s: makes %zu tokens, the model %s has %zu: it takes its own vocabulary",
            o->merges, v->n_tokens, store_path(m->file), m->cfg.n_vocab);
    return v;
}

static real **zeros(const struct graph *g)
{
    real **array = allocate(g->n_weights, sizeof *array);

    for (size_t i = 0; i < g->n_weights; i++) {
        array[i] = allocate(g->weight[i].count, sizeof(real));
        memset(array[i], 0, g->weight[i].count * sizeof(real));
    }
    return array;
}

static void open_weights(struct trainer *t, struct model *m)
{
    const struct graph *g = t->graph;
    struct generator random = generator_begin((uint64_t)t->recipe.seed);

    t->count = allocate(g->n_weights, sizeof *t->count);
    t->dweight = zeros(g);
    t->mean = zeros(g);
    t->square = zeros(g);
    for (size_t i = 0; i < g->n_weights; i++)
        t->count[i] = g->weight[i].count;
    if (m) {
        t->weight = (real **)model_weights(m, g, sizeof(real));
    } else {
        t->weight = zeros(g);
        initial_weights(t->weight, g, &random);
    }
}

void open_engine(struct trainer *t, const char *subject, size_t threads)
{
    t->tokens = allocate(t->graph->B * t->graph->T, sizeof(int));
    t->targets = allocate(t->graph->B * t->graph->T, sizeof(int));
    t->ops = engine_of(subject);
    t->engine = t->ops->open(t->graph, (void *const *)t->weight, (int)threads);
    if (!t->engine)
        die("no memory for this model and %zu pieces of %zu tokens", t->graph->B, t->graph->T);
}

static void check_corpus(const struct session *s, const struct recipe *r)
{
    const struct corpus *c = &s->corpus;
    const size_t piece = (size_t)r->length + 1, held_out = c->tokens.count - c->n_train;

    if (c->n_train < piece)
        die("--text: %s has %zu tokens to learn from, a piece takes %zu: give a longer text, or "
            "a smaller --length", s->options.text, c->n_train, piece);
    if (r->held_out > 0 && held_out < 2)
        die("--held-out %g: leaves %zu tokens of %s to measure by: give a longer text, or 0 to "
            "measure nothing", r->held_out, held_out, s->options.text);
}

/* The file's name without folder and ending. */
static void name_of(char *name, size_t size, const char *path)
{
    const char *slash = strrchr(path, '/');

    snprintf(name, size, "%s", slash ? slash + 1 : path);
    name[strcspn(name, ".")] = '\0';
}

void session_open(struct session *s, const struct options *o)
{
    const char *start = o->resume ? o->resume : o->model;
    struct trainer *t = &s->trainer;

    *s = (struct session){.options = *o};
    if (!o->resume && !o->force && access(o->out, F_OK) == 0)
        die("%s: is there already: --force overwrites it, --resume goes on with it, --out names "
            "another", o->out);
    struct model *m = start ? model_open(start) : NULL;
    struct text text = corpus_text(o->text);
    s->vocabulary = find_vocabulary(o, m, &text);
    t->recipe = o->recipe;
    if (o->resume)
        t->recipe = checkpoint_recipe(m, hash_of(&text));
    struct config cfg = m ? m->cfg : o->cfg;
    cfg.n_vocab = s->vocabulary->n_tokens;
    finish_recipe(&t->recipe, cfg.n_ctx);

    struct tokenizer *tokenizer = tokenizer_make(s->vocabulary);
    s->corpus = corpus_make(&text, t->recipe.held_out, tokenizer);
    tokenizer_free(tokenizer);
    free(text.at);
    check_corpus(s, &t->recipe);
    t->graph = graph_make(&cfg, (size_t)t->recipe.batch, (size_t)t->recipe.length);
    open_weights(t, m);
    if (o->resume)
        checkpoint_read(m, t, &s->curve);
    name_of(s->name, sizeof s->name, o->name ? o->name : o->out);
    if (o->resume)
        snprintf(s->name, sizeof s->name, "%s", m->name);
    model_close(m);
    open_engine(t, o->subject, o->threads);
}

void session_close(struct session *s)
{
    struct trainer *t = &s->trainer;
    const size_t n = t->graph->n_weights;

    t->ops->close(t->engine);
    free_all((void **)t->weight, n);
    free_all((void **)t->dweight, n);
    free_all((void **)t->mean, n);
    free_all((void **)t->square, n);
    free(t->count);
    free(t->tokens);
    free(t->targets);
    free(s->corpus.tokens.id);
    free(s->curve.point);
    vocabulary_free(s->vocabulary);
    graph_free((struct graph *)t->graph);
}

void session_save(const struct session *s, bool finished)
{
    const char *slash = strrchr(s->options.text, '/');

    checkpoint_write(s->options.out, &s->trainer, &s->curve, s->name,
                     slash ? slash + 1 : s->options.text, s->corpus.hash, s->vocabulary,
                     finished);
    if (s->options.curve)
        curve_write(s->options.curve, &s->curve);
}
