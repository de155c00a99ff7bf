/* program.c: the common part of the step programs. */
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "files/model.h"
#include "files/trace.h"
#include "program_input.h"
#include "words.h"

/* --------------------------------------------------------------------- options */

static size_t number(const char *option, const char *text)
{
    return (size_t)whole_number(option, text, 0, 1 << 24);
}

static void help(const char *name, const char *options)
{
    printf("%s --model M --trace T; options: %s\ndocs/commands.md says what they do.\n", name,
           options);
    exit(0);
}

struct program program_options(const char *name, int argc, char **argv, const char *options)
{
    struct program p = {.name = name, .top = 5};

    die_as(name);
    for (int i = 1; i < argc; i += 2) {
        const char *option = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
        const int own = list_has(options, option);

        if (strcmp(option, "--help") == 0 || strcmp(option, "-h") == 0)
            help(name, options);
        if (strcmp(option, "--model") != 0 && strcmp(option, "--trace") != 0 && !own)
            die("unknown option %s: it takes --model M --trace T %s", option, options);
        if (!value || !*value)
            die("%s needs a value", option);
        if (strcmp(option, "--model") == 0)
            p.model_path = value;
        else if (strcmp(option, "--trace") == 0)
            p.trace_path = value;
        else if (strcmp(option, "--tokens") == 0)
            p.tokens = value;
        else if (strcmp(option, "--input") == 0)
            p.input = value;
        else if (strcmp(option, "--layer") == 0)
            p.layer = number(option, value);
        else if (strcmp(option, "--head") == 0)
            p.head = number(option, value);
        else if (strcmp(option, "--top") == 0)
            p.top = number(option, value);
        else
            p.text = number(option, value);
    }
    if (!p.model_path)
        die("needs --model M and --trace T; it takes %s too", options);
    if (p.tokens && p.input)
        die("--tokens and --input both say what the tokens are: give one of them");
    return p;
}

/* ------------------------------------------------------------------ open, close */

static void read_weights(struct program *p, const struct graph *g)
{
    p->weight = allocate(g->n_weights, sizeof *p->weight);
    for (size_t i = 0; i < g->n_weights; i++)
        p->weight[i] = model_weight(p->model, &g->weight[i], sizeof(real));
    p->weights.h = allocate(g->cfg.n_layer, sizeof *p->weights.h);
    graph_bind_weights(&p->weights, g, p->weight);
}

void program_open_model(struct program *p)
{
    p->model = model_open(p->model_path);
    p->token = read_vocabulary(p->model);
    if (p->layer >= p->model->cfg.n_layer)
        die("--layer %zu: the model has the layers 0 to %zu", p->layer,
            p->model->cfg.n_layer - 1);
    if (p->head >= p->model->cfg.n_head)
        die("--head %zu: the model has the heads 0 to %zu", p->head, p->model->cfg.n_head - 1);
    p->graph = graph_make(&p->model->cfg, 1, 1);
    read_weights(p, p->graph);
}

void program_room(struct program *p, size_t B, size_t T)
{
    free_all((void **)p->tensor, p->graph->n_nodes);
    free(p->acts.h);
    free(p->acts.qkv);
    graph_free(p->graph);

    const struct graph *g = p->graph = graph_make(&p->model->cfg, B, T);
    p->tensor = allocate(g->n_nodes, sizeof *p->tensor);
    for (size_t i = 0; i < g->n_nodes; i++)
        p->tensor[i] = allocate(g->node[i].count, sizeof(real));
    p->acts.h = allocate(g->cfg.n_layer, sizeof *p->acts.h);
    p->acts.qkv = allocate(g->B * g->T * 3 * g->cfg.d_model, sizeof(real));
    graph_bind_acts(&p->acts, g, p->tensor);
}

void program_open(struct program *p)
{
    if (!p->trace_path)
        die("needs --trace T");
    program_open_model(p);
    if (p->tokens || p->input)
        begin_trace(p);
    struct trace *t = trace_open(p->trace_path);
    trace_check_input(t, &p->model->cfg);
    if (p->text >= t->B)
        die("--text %zu: the batch has the texts 0 to %zu", p->text, t->B - 1);
    program_room(p, t->B, t->T);
    p->acts.B = t->B;
    p->acts.T = t->T;
    p->acts.tokens = t->tokens;
    p->acts.targets = t->targets;
    t->tokens = t->targets = NULL;  /* they are ours now */
    trace_close(t);
}

void program_close(struct program *p)
{
    free_all((void **)p->weight, p->graph->n_weights);
    free_all((void **)p->tensor, p->graph->n_nodes);  /* NULL: only the model was opened */
    free_all((void **)p->token, p->model->cfg.n_vocab);
    free(p->weights.h);
    free(p->acts.h);
    free(p->acts.qkv);
    free((int *)p->acts.tokens);
    free((int *)p->acts.targets);
    graph_free(p->graph);
    model_close(p->model);
    finish_output();
}

/* --------------------------------------------------------------------- the trace */

const char *in_layer(size_t l, const char *tensor)
{
    static char name[2][MAX_NAME];
    static int turn;
    char *n = name[turn++ % 2];

    snprintf(n, MAX_NAME, "h.%zu/%s", l, tensor);
    return n;
}

const char *block_output(const struct program *p, size_t l)
{
    return in_layer(l, p->graph->cfg.family == GPT1 ? "ln_2" : "resid_post");
}

int program_has(struct program *p, const char *name)
{
    struct trace *t = trace_open(p->trace_path);
    struct stored what;
    char path[MAX_NAME + 16];

    snprintf(path, sizeof path, "forward/%s", name);
    const int has = store_find(t->file, path, &what);
    trace_close(t);
    return has;
}

void program_need(struct program *p, const char *name)
{
    static const char *const steps[] = {"", "", "02_embed", "03_attention", "04_mlp",
                                        "05_unembed"};
    const struct graph *g = p->graph;
    const struct node *n = &g->node[graph_find(g, name)];
    double *data = allocate(n->count, sizeof *data);
    struct trace *t = trace_open(p->trace_path);

    switch (trace_read(t, "forward", n->name, n->rank, n->dim, data, NULL)) {
    case SEEN: break;
    case SEEN_MISSING:
        die("%s: has no /forward/%s: run build/%s before", p->trace_path, name, steps[n->step]);
    case SEEN_WRONG_TYPE:
        die("%s: /forward/%s does not hold floating-point numbers", p->trace_path, name);
    case SEEN_WRONG_SHAPE:
        die("%s: /forward/%s has not the shape that model and input give", p->trace_path, name);
    }
    for (size_t i = 0; i < n->count; i++)
        p->tensor[n - g->node][i] = (real)data[i];
    trace_close(t);
    free(data);
}

void program_store(struct program *p, int step, int layer)
{
    const struct graph *g = p->graph;
    struct store *s = store_update(p->trace_path);
    char path[MAX_NAME + 16];

    for (size_t i = 0; i < g->n_nodes; i++) {
        const struct node *n = &g->node[i];
        /* The copy that the next layer reads is made by this layer's step. */
        const int made_in = n->op == OP_COPY ? n->layer - 1 : n->layer;

        if (n->step != step || (layer >= 0 && made_in != layer))
            continue;
        if (n->op == OP_LOSS && !(*p->acts.loss >= 0))
            continue;  /* no targets, no loss */
        snprintf(path, sizeof path, "forward/%s", n->name);
        store_write(s, path, sizeof(real), p->tensor[i], n->rank, n->dim);
    }
    store_commit(s);
}
