/* model.c: reads model files. The names and shapes of weights come from the
 * table in steps/table.c; what may be wrong with a file is said in one line. */
#include "model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"

enum { FORMAT_VERSION = 1 };

char *shape_text(char *text, size_t size, size_t rank, const size_t *dim)
{
    size_t used = (size_t)snprintf(text, size, "[");

    for (size_t i = 0; i < rank && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%zu", i ? ", " : "", dim[i]);
    if (used < size)
        snprintf(text + used, size - used, "]");
    return text;
}

size_t first_nonfinite(const void *data, size_t width, size_t count)
{
    size_t i = 0;

    if (width == 4)
        while (i < count && isfinite(((const float *)data)[i]))
            i++;
    else
        while (i < count && isfinite(((const double *)data)[i]))
            i++;
    return i;
}

void check_format(struct store *s, const char *format)
{
    char found[64];
    long long version;

    if (!store_get_string(s, "/", "format", found, sizeof found))
        die("%s: has no attribute `format`: is it a %s file?", store_path(s), format);
    if (strcmp(found, format) != 0)
        die("%s: its format is `%s`, a %s file is needed here", store_path(s), found, format);
    if (!store_get_int(s, "/", "format_version", &version))
        die("%s: has no attribute `format_version`, or it is not an integer", store_path(s));
    if (version != FORMAT_VERSION)
        die("%s: format_version %lld is not known, only %d: a newer Touchstone may read it",
            store_path(s), version, FORMAT_VERSION);
}

enum family read_family(struct store *s)
{
    char family[64];

    if (!store_get_string(s, "/", "family", family, sizeof family))
        die("%s: has no attribute `family` (gpt1 or gpt2)", store_path(s));
    if (strcmp(family, "gpt1") == 0)
        return GPT1;
    if (strcmp(family, "gpt2") == 0)
        return GPT2;
    die("%s: family `%s` is not known, only gpt1 and gpt2", store_path(s), family);
}

static size_t read_size(struct store *s, const char *name)
{
    long long value;

    if (!store_get_int(s, "/", name, &value))
        die("%s: has no attribute `%s`, or it is not an integer", store_path(s), name);
    if (value < 1 || value > 1 << 24)
        die("%s: %s is %lld, it must be between 1 and %d", store_path(s), name, value, 1 << 24);
    return (size_t)value;
}

static void read_config(struct model *m)
{
    struct config *c = &m->cfg;

    c->family = read_family(m->file);
    c->n_layer = read_size(m->file, "n_layer");
    c->n_head = read_size(m->file, "n_head");
    c->d_model = read_size(m->file, "d_model");
    c->d_ff = read_size(m->file, "d_ff");
    c->n_ctx = read_size(m->file, "n_ctx");
    c->n_vocab = read_size(m->file, "n_vocab");
    if (c->n_layer > 1000)
        die("%s: n_layer is %zu, more than 1000 is surely damage", store_path(m->file),
            c->n_layer);
    if (c->d_model % c->n_head != 0)
        die("%s: d_model %zu is no multiple of n_head %zu", store_path(m->file), c->d_model,
            c->n_head);
    if (!store_get_real(m->file, "/", "ln_eps", &c->ln_eps))
        die("%s: has no attribute `ln_eps`, or it is no number", store_path(m->file));
    if (!(c->ln_eps >= 0 && c->ln_eps < 1))
        die("%s: ln_eps is %g, it must be at least 0 and below 1", store_path(m->file),
            c->ln_eps);
    if (!store_get_string(m->file, "/", "name", m->name, sizeof m->name))
        snprintf(m->name, sizeof m->name, "?");
}

static void check_weight(struct model *m, const struct weight *w)
{
    char path[MAX_NAME + 16], is[128], should[128];
    struct stored what;

    snprintf(path, sizeof path, "weights/%s", w->name);
    if (!store_find(m->file, path, &what))
        die("%s: /%s is missing: does the family %s fit the weights?", store_path(m->file),
            path, m->cfg.family == GPT1 ? "gpt1" : "gpt2");
    if (what.kind != STORED_FLOAT)
        die("%s: /%s does not hold floating-point numbers", store_path(m->file), path);
    if (what.rank != w->rank || memcmp(what.dim, w->dim, w->rank * sizeof w->dim[0]) != 0)
        die("%s: /%s has shape %s, the attributes say %s", store_path(m->file), path,
            shape_text(is, sizeof is, what.rank, what.dim),
            shape_text(should, sizeof should, w->rank, w->dim));
}

/* A weight that only the other family has is a sign of the wrong `family`. */
static void check_foreign(void *context, const char *path)
{
    const struct model *m = context;
    const char *name = path + strlen("weights/");
    const enum family other = m->cfg.family == GPT1 ? GPT2 : GPT1;

    if (family_has_weight(m->cfg.family, name))
        return;
    if (family_has_weight(other, name))
        die("%s: /%s is no weight of a %s model: does the family fit the weights?",
            store_path(m->file), path, m->cfg.family == GPT1 ? "gpt1" : "gpt2");
    warn("%s: /%s is not known and not used", store_path(m->file), path);
}

struct model *model_open(const char *path)
{
    struct model *m = allocate(1, sizeof *m);

    m->file = store_open(path);
    check_format(m->file, "touchstone-model");
    read_config(m);
    struct graph *g = graph_make(&m->cfg, 1, 1);
    for (size_t i = 0; i < g->n_weights; i++)
        check_weight(m, &g->weight[i]);
    graph_free(g);
    store_each_dataset(m->file, "weights", check_foreign, m);
    return m;
}

void model_close(struct model *m)
{
    if (!m)
        return;
    store_close(m->file);
    free(m);
}

void *model_weight(struct model *m, const struct weight *w, size_t width)
{
    char path[MAX_NAME + 16];
    void *data = allocate(w->count, width);

    snprintf(path, sizeof path, "weights/%s", w->name);
    store_read(m->file, path, width, data);
    const size_t bad = first_nonfinite(data, width, w->count);
    if (bad < w->count)
        die("%s: /%s is not finite at element %zu: weights must be numbers%s",
            store_path(m->file), path, bad, width == 4 ? " that fit a float" : "");
    return data;
}

void **model_weights(struct model *m, const struct graph *g, size_t width)
{
    void **weights = allocate(g->n_weights, sizeof *weights);

    for (size_t i = 0; i < g->n_weights; i++)
        weights[i] = model_weight(m, &g->weight[i], width);
    return weights;
}

void free_all(void **array, size_t count)
{
    if (!array)
        return;
    for (size_t i = 0; i < count; i++)
        free(array[i]);
    free(array);
}
