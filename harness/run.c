/* run.c: the command run: a subject's forward pass, written as a trace, step by step: no more
 * than one step's tensors and weights are in memory. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "01_tokenize/tokenize.h"
#include "commands.h"
#include "die.h"
#include "execute.h"
#include "options.h"
#include "words.h"

/* What to run on. */
struct input {
    size_t B, T;
    int *tokens, *targets;  /* [B, T] */
    bool has_targets;
};

/* "1 2 3". */
static struct tokens read_ids(const char *text, const struct config *cfg)
{
    struct tokens tokens = {0};
    char *copy = copy_text(text);

    for (char *word = strtok(copy, " ,\t\n"); word; word = strtok(NULL, " ,\t\n")) {
        const int id = (int)whole_number("--tokens", word, 0, (long long)cfg->n_vocab - 1);
        tokens_add(&tokens, &id, 1);
    }
    free(copy);
    return tokens;
}

static struct tokens tokenize_text(const char *text, struct model *m)
{
    struct tokens tokens = {0};
    struct vocabulary *v = vocabulary_from_model(m);

    if (!v)
        die("--text: the model has no tokenizer: give --tokens");
    struct tokenizer *t = tokenizer_make(v);
    tokenize(&tokens, t, (struct bytes){(const unsigned char *)text, strlen(text)}, 0);
    tokenizer_free(t);
    vocabulary_free(v);
    return tokens;
}

/* One text. Each token's target is the next one; the last has none. */
static struct input one_text(const char *option, struct tokens tokens, const struct config *cfg)
{
    struct input in = {1, tokens.count, tokens.id, NULL, tokens.count > 1};

    if (in.T == 0)
        die("%s: there are no tokens: at least one is needed", option);
    if (in.T > cfg->n_ctx)
        die("%s: %zu tokens are more than the model's n_ctx of %zu", option, in.T, cfg->n_ctx);
    in.targets = allocate(in.T, sizeof *in.targets);
    for (size_t t = 0; t < in.T; t++)
        in.targets[t] = t + 1 < in.T ? in.tokens[t + 1] : -1;
    return in;
}

/* The input of a golden or of another trace. */
static struct input read_input(const char *path, const struct config *cfg)
{
    struct trace *t = trace_open(path);
    struct input in = {t->B, t->T, t->tokens, t->targets, t->has_targets};

    trace_check_input(t, cfg);
    t->tokens = t->targets = NULL;  /* they are ours now */
    trace_close(t);
    return in;
}

/* A trace that is being written. */
struct writing {
    struct store *store;
    size_t width;
    bool has_targets;
};

static void write_tensor(void *context, const struct node *n, const void *tensor)
{
    const struct writing *w = context;
    char name[MAX_NAME + 16];

    if (n->op == OP_LOSS && !w->has_targets)
        return;
    snprintf(name, sizeof name, "forward/%s", n->name);
    store_write(w->store, name, w->width, tensor, n->rank, n->dim);
}

static void run_and_write(const char *path, const struct subject *s, struct model *m,
                          const struct graph *g, const struct input *in)
{
    struct writing w = {store_create(path), s->width, in->has_targets};
    struct runner r = runner_from_file(s, m, g);
    char text[160];

    snprintf(text, sizeof text, "touchstone, subject %s, float%zu", s->name, 8 * s->width);
    trace_begin(w.store, m->cfg.family, m->name, text, in->B, in->T, in->tokens,
                in->has_targets ? in->targets : NULL);
    run_and_visit(&r, in->tokens, in->targets, write_tensor, &w);
    runner_free(&r);
    store_commit(w.store);
}

int command_run(int argc, char **argv)
{
    const struct options o = options_read(
        argc, argv, "--model --text --tokens --input --subject --quiet -o", NULL);

    if (!o.model || !o.output || !!o.text + !!o.tokens + !!o.input != 1)
        die("run needs --model M, one of --text S, --tokens \"1 2 3\" and --input G, and -o TRACE");
    if (o.subject && strchr(o.subject, ','))
        die("--subject %s: run takes one subject", o.subject);
    const struct subject *subject = subject_load(o.subject ? o.subject : "scalar");
    struct model *m = model_open(o.model);
    struct input in = o.input  ? read_input(o.input, &m->cfg)
                      : o.text ? one_text("--text", tokenize_text(o.text, m), &m->cfg)
                               : one_text("--tokens", read_ids(o.tokens, &m->cfg), &m->cfg);
    struct graph *g = graph_make(&m->cfg, in.B, in.T);

    run_and_write(o.output, subject, m, g, &in);
    if (!o.quiet)
        printf("%s: %zu tensors of %s on [%zu, %zu] tokens, by %s\n", o.output,
               g->n_nodes - !in.has_targets, m->name, in.B, in.T, subject->name);
    graph_free(g);
    free(in.tokens);
    free(in.targets);
    model_close(m);
    return 0;
}
