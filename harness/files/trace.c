/* trace.c: reads trace and golden files. */
#include "trace.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "model.h"

/* Reads tokens or targets; NULL where the file has none. */
static int *read_input(struct trace *t, const char *name, size_t *B, size_t *T)
{
    struct stored what;
    const char *path = t->path;

    if (!t->dump->find(t->dump->file, name, &what))
        return NULL;
    if (what.kind != STORED_INT)
        die("%s: /%s must hold integers", path, name);
    if (what.rank != 2 || what.count == 0)
        die("%s: /%s must have the shape [batch, tokens], at least [1, 1]", path, name);
    if (what.count > 1 << 28)
        die("%s: /%s has %zu elements: too many to be real", path, name, what.count);
    long long *read = allocate(what.count, sizeof *read);
    int *values = allocate(what.count, sizeof *values);
    t->dump->read_ints(t->dump->file, name, read);
    for (size_t i = 0; i < what.count; i++) {
        if (read[i] < -1 || read[i] > INT_MAX)
            die("%s: /%s holds %lld at [%zu, %zu], which is no token", path, name, read[i],
                i / what.dim[1], i % what.dim[1]);
        values[i] = (int)read[i];
    }
    free(read);
    *B = what.dim[0];
    *T = what.dim[1];
    return values;
}

/* A dump of another format need not say what it is. */
static void read_attributes(struct trace *t)
{
    const struct dump *d = t->dump;
    char family[16] = "";

    if (d->store) {
        check_format(d->store, "touchstone-trace");
        t->family = read_family(d->store);
        t->has_family = true;
    } else if (d->get_string(d->file, "/", "family", family, sizeof family)) {
        if (strcmp(family, "gpt1") != 0 && strcmp(family, "gpt2") != 0)
            die("%s: its family is neither gpt1 nor gpt2", t->path);
        t->family = strcmp(family, "gpt1") == 0 ? GPT1 : GPT2;
        t->has_family = true;
    }
    d->get_string(d->file, "/", "model", t->model, sizeof t->model);
    d->get_string(d->file, "/", "producer", t->producer, sizeof t->producer);
}

struct trace *trace_of(struct dump *d)
{
    struct trace *t = allocate(1, sizeof *t);
    const char *path = d->path;
    size_t B = 0, T = 0;

    *t = (struct trace){.dump = d, .file = d->store, .path = path};
    read_attributes(t);
    t->tokens = read_input(t, "input/tokens", &t->B, &t->T);
    t->targets = read_input(t, "input/targets", &B, &T);
    t->has_targets = t->targets != NULL;
    if (t->tokens && t->has_targets && (B != t->B || T != t->T))
        die("%s: /input/tokens is [%zu, %zu] and /input/targets [%zu, %zu]: they must be alike",
            path, t->B, t->T, B, T);
    if (!t->has_targets) {
        t->targets = allocate(t->B * t->T, sizeof *t->targets);
        for (size_t i = 0; i < t->B * t->T; i++)
            t->targets[i] = -1;
    }
    return t;
}

struct trace *trace_open(const char *path)
{
    return trace_of(dump_of_store(store_open(path)));
}

void trace_close(struct trace *t)
{
    if (!t)
        return;
    dump_close(t->dump);
    free(t->tokens);
    free(t->targets);
    free(t);
}

void trace_check_input(const struct trace *t, const struct config *cfg)
{
    const char *path = t->path;
    bool counted = false;

    if (t->has_family && t->family != cfg->family)
        die("%s: is of the family gpt%d, the model of gpt%d", path, (int)t->family,
            (int)cfg->family);
    if (!t->tokens)
        die("%s: has no /input/tokens: there is nothing to run on", path);
    if (t->T > cfg->n_ctx)
        die("%s: %zu tokens are more than the model's n_ctx of %zu", path, t->T, cfg->n_ctx);
    for (size_t i = 0; i < t->B * t->T; i++) {
        if (t->tokens[i] < 0 || (size_t)t->tokens[i] >= cfg->n_vocab)
            die("%s: the token %d at [%zu, %zu] is out of range: the model has %zu tokens", path,
                t->tokens[i], i / t->T, i % t->T, cfg->n_vocab);
        if (t->targets[i] >= 0 && (size_t)t->targets[i] >= cfg->n_vocab)
            die("%s: the target %d at [%zu, %zu] is out of range: the model has %zu tokens",
                path, t->targets[i], i / t->T, i % t->T, cfg->n_vocab);
        counted |= t->targets[i] >= 0;
    }
    if (t->has_targets && !counted)
        die("%s: all targets are -1: the loss is undefined", path);
}

void trace_begin(struct store *s, enum family family, const char *model, const char *producer,
                 size_t B, size_t T, const int *tokens, const int *targets)
{
    const size_t shape[] = {B, T};

    store_set_string(s, "/", "format", "touchstone-trace");
    store_set_int(s, "/", "format_version", 1);
    store_set_string(s, "/", "family", family == GPT1 ? "gpt1" : "gpt2");
    store_set_string(s, "/", "model", model);
    store_set_string(s, "/", "producer", producer);
    store_write_ints(s, "input/tokens", tokens, 2, shape);
    if (targets)
        store_write_ints(s, "input/targets", targets, 2, shape);
}

/* The shape of a tensor that must be there and have that many dimensions. */
static struct stored must_find(struct trace *t, const char *name, size_t rank)
{
    struct stored what;

    if (!t->dump->find(t->dump->file, name, &what) || what.rank != rank || what.count == 0)
        die("%s: no /%s with %zu dimensions, so the model's sizes cannot be told: give --model",
            t->path, name, rank);
    return what;
}

struct config trace_config(struct trace *t)
{
    struct config c = {.family = t->family, .n_ctx = t->T, .ln_eps = 1e-5};
    struct stored what;
    char name[MAX_NAME];

    if (!t->tokens)
        die("%s: has no /input/tokens", t->path);
    do {
        c.n_layer++;
        snprintf(name, sizeof name, "forward/h.%zu/resid_post", c.n_layer);
    } while (c.n_layer < 1000 && t->dump->find(t->dump->file, name, &what));
    /* Only the gradient of the positions shows how many there are. */
    if (t->dump->find(t->dump->file, "grad/wpe", &what) && what.rank == 2 && what.dim[0] >= t->T)
        c.n_ctx = what.dim[0];
    c.d_model = must_find(t, "forward/h.0/resid_post", 3).dim[2];
    c.n_head = must_find(t, "forward/h.0/q", 4).dim[1];
    c.d_ff = must_find(t, "forward/h.0/mlp_pre", 3).dim[2];
    c.n_vocab = must_find(t, "forward/logits", 3).dim[2];
    if (c.d_model % c.n_head != 0)
        die("%s: %zu heads do not fit a width of %zu", t->path, c.n_head, c.d_model);
    trace_check_input(t, &c);
    return c;
}

enum seen trace_find(struct trace *t, const char *path, size_t rank, const size_t *dim,
                     struct stored *what)
{
    if (!t->dump->find(t->dump->file, path, what))
        return SEEN_MISSING;
    if (what->kind != STORED_FLOAT)
        return SEEN_WRONG_TYPE;
    if (!(rank == 0 && what->rank <= 1 && what->count == 1) &&
        (what->rank != rank || memcmp(what->dim, dim, rank * sizeof dim[0]) != 0))
        return SEEN_WRONG_SHAPE;
    return SEEN;
}

enum seen trace_read(struct trace *t, const char *group, const char *name, size_t rank,
                     const size_t *dim, double *data, struct stored *what)
{
    char path[MAX_NAME + 16];
    struct stored found;

    if (!what)
        what = &found;
    snprintf(path, sizeof path, "%s/%s", group, name);
    const enum seen seen = trace_find(t, path, rank, dim, what);
    if (seen == SEEN) {
        const struct box whole = box_whole(rank, dim);
        t->dump->read_box(t->dump->file, path, &whole, data);
    }
    return seen;
}

bool trace_f32_error(struct trace *t, const char *group, const char *name,
                     const char *attribute, double *error)
{
    char path[MAX_NAME + 16];

    snprintf(path, sizeof path, "%s/%s", group, name);
    if (!t->dump->get_real(t->dump->file, path, attribute, error))
        return false;
    if (!(*error >= 0) || isinf(*error))
        die("%s: the attribute %s of /%s is %g, it must be a finite number from 0 on",
            t->path, attribute, path, *error);
    return true;
}
