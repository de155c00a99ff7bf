/* program_checkpoint.c: a training that is stopped goes on as if it never had been.
 *
 * A checkpoint is a model file with a group /training: the recipe, the optimiser's
 * means and the curve. Batches and learning rates follow from the number of the step.
 * Anything that reads a model reads a checkpoint; when training ends, the group goes. */
#include "program_checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "files/model_write.h"
#include "files/part.h"
#include "program_options.h"

enum { COLUMNS = sizeof(struct point) / sizeof(double) };

void curve_add(struct curve *c, const struct point *p)
{
    if (c->n == c->room) {
        const size_t room = 2 * c->room + 16;
        struct point *wider = allocate(room, sizeof *wider);
        if (c->n)
            memcpy(wider, c->point, c->n * sizeof *wider);
        free(c->point);
        c->point = wider;
        c->room = room;
    }
    c->point[c->n++] = *p;
    c->sum = c->counted = 0;
}

void curve_write(const char *path, const struct curve *c)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);

    if (!f)
        die("no memory for the curve");
    fprintf(f, "step\tloss\theld_out\tnorm\trate\n");
    for (size_t i = 0; i < c->n; i++) {
        const struct point *p = &c->point[i];
        fprintf(f, "%.0f\t%.6f\t%.6f\t%.6f\t%.6g\n", p->step, p->loss, p->held_out, p->norm,
                p->rate);
    }
    fclose(f);
    part_write("--curve", path, text, size);
    free(text);
}

/* ------------------------------------------------------------------------- writing */

static void write_means(struct store *s, const char *kind, real *const array[],
                        const struct graph *g)
{
    char path[MAX_NAME + 32];

    for (size_t i = 0; i < g->n_weights; i++) {
        snprintf(path, sizeof path, "training/%s/%s", kind, g->weight[i].name);
        store_write(s, path, sizeof(real), array[i], g->weight[i].rank, g->weight[i].dim);
    }
}

static void write_state(struct store *s, const struct trainer *t, const struct curve *c,
                        uint64_t hash)
{
    struct recipe recipe = t->recipe;

    write_means(s, "mean", t->mean, t->graph);
    write_means(s, "square", t->square, t->graph);
    store_write(s, "training/curve", sizeof(double), c->point, 2, (size_t[]){c->n, COLUMNS});
    for (size_t i = 0; i < n_fields; i++)
        store_set_real(s, "training", fields[i].name, *field_of(&recipe, &fields[i]));
    store_set_int(s, "training", "step", (long long)t->step);
    store_set_real(s, "training", "loss_sum", c->sum);
    store_set_real(s, "training", "loss_counted", c->counted);
    store_set_int(s, "training", "text_hash", (long long)(hash >> 1));
}

void checkpoint_write(const char *path, const struct trainer *t, const struct curve *c,
                      const char *name, const char *text, uint64_t hash,
                      const struct vocabulary *v, bool finished)
{
    struct store *s = store_create(path);
    char source[256];

    snprintf(source, sizeof source, "08_train, %zu of %.0f steps, seed %.0f, on %.100s", t->step,
             t->recipe.steps, t->recipe.seed, text);
    model_write(s, t->graph, name, source, t->weight, v);
    if (!finished)
        write_state(s, t, c, hash);
    store_commit(s);
}

/* ------------------------------------------------------------------------- reading */

static double need_number(struct model *m, const char *name)
{
    double value;

    if (!store_get_real(m->file, "training", name, &value))
        die("%s: has no training to go on with (no `%s` in /training): it is finished, or was "
            "never one", store_path(m->file), name);
    return value;
}

struct recipe checkpoint_recipe(struct model *m, uint64_t hash)
{
    struct recipe recipe;

    for (size_t i = 0; i < n_fields; i++) {
        const double value = need_number(m, fields[i].name);
        if (!(value >= fields[i].low && value <= fields[i].high))
            die("%s: `%s` in /training is %g, which cannot be: the file is damaged",
                store_path(m->file), fields[i].name, value);
        *field_of(&recipe, &fields[i]) = value;
    }
    long long of_text = -1;
    store_get_int(m->file, "training", "text_hash", &of_text);
    if ((uint64_t)of_text != hash >> 1)
        die("--text: is not the text that the training of %s began with", store_path(m->file));
    return recipe;
}

static void read_array(struct model *m, const char *path, size_t width, size_t count, void *out)
{
    struct stored what;

    if (!store_find(m->file, path, &what) || what.kind != STORED_FLOAT || what.count != count)
        die("%s: /%s is missing or has another shape: the file is damaged",
            store_path(m->file), path);
    store_read(m->file, path, width, out);
    if (first_nonfinite(out, width, count) < count)
        die("%s: /%s is not finite: the file is damaged", store_path(m->file), path);
}

static void read_means(struct model *m, const char *kind, real *const array[],
                       const struct graph *g)
{
    char path[MAX_NAME + 32];

    for (size_t i = 0; i < g->n_weights; i++) {
        snprintf(path, sizeof path, "training/%s/%s", kind, g->weight[i].name);
        read_array(m, path, sizeof(real), g->weight[i].count, array[i]);
    }
}

void checkpoint_read(struct model *m, struct trainer *t, struct curve *c)
{
    struct stored what;

    read_means(m, "mean", t->mean, t->graph);
    read_means(m, "square", t->square, t->graph);
    t->step = (size_t)need_number(m, "step");
    c->sum = need_number(m, "loss_sum");
    c->counted = need_number(m, "loss_counted");
    if (!store_find(m->file, "training/curve", &what) || what.rank != 2 ||
        what.dim[1] != COLUMNS)
        die("%s: /training/curve is missing or has another shape: the file is damaged",
            store_path(m->file));
    c->n = c->room = what.dim[0];
    c->point = allocate(c->n, sizeof *c->point);
    if (c->n)
        store_read(m->file, "training/curve", sizeof(double), c->point);
}
