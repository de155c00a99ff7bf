/* reference.c: opens what is checked against: a golden, the model that it was made from, and the
 * errors to expect; and finds the goldens of a folder. */
#include "reference.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_gradients.h"
#include "die.h"
#include "yardstick.h"

static void name_golden(struct reference *r)
{
    const char *slash = strrchr(r->golden_path, '/');

    snprintf(r->name, sizeof r->name, "%s", slash ? slash + 1 : r->golden_path);
    char *ending = strstr(r->name, ".golden.h5");
    if (!ending)
        ending = strstr(r->name, ".h5");
    if (ending)
        *ending = '\0';
}

struct reference reference_open(const char *model_path, const char *golden_path,
                                const struct options *o)
{
    struct reference r = {.model_path = model_path, .golden_path = golden_path};
    struct config cfg;

    r.golden = trace_open(golden_path);
    if (model_path) {
        r.model = model_open(model_path);
        trace_check_input(r.golden, &r.model->cfg);
        if (r.golden->model[0] && strcmp(r.golden->model, r.model->name) != 0)
            warn("%s was made from the model `%s`, %s is `%s`", golden_path, r.golden->model,
                 model_path, r.model->name);
        cfg = r.model->cfg;
    } else {
        cfg = trace_config(r.golden);
    }
    name_golden(&r);
    r.graph = graph_make(&cfg, r.golden->B, r.golden->T);
    check_selection(o, r.graph);
    r.forward = shelf_make(r.golden, r.graph, FORWARD, true);
    r.want = shelf_take_all(r.forward, r.model ? MOST_WITH_MODEL : MOST_OF_FILES);
    if (o->backward)
        read_gradients(&r, o);
    r.yard[LOCAL] = o->local && r.model ? yardsticks(r.golden, r.model, r.graph, r.forward, false)
                                        : NULL;
    r.yard[CHAIN] = o->chain ? yardsticks(r.golden, r.model, r.graph, r.forward, true) : NULL;
    return r;
}

void reference_close(struct reference *r)
{
    shelf_give_all(r->forward, r->want);
    shelf_free(r->forward);
    free(r->yard[LOCAL]);
    free(r->yard[CHAIN]);
    shelf_give_all(r->backward, r->dwant);
    shelf_give_all(r->grad, r->gwant);
    shelf_free(r->backward);
    shelf_free(r->grad);
    free(r->dyard[LOCAL]);
    free(r->dyard[CHAIN]);
    graph_free(r->graph);
    trace_close(r->golden);
    model_close(r->model);
}

/* ------------------------------------------------------------ goldens of a folder */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The golden files in a folder, sorted; *count is set. */
static char **list_goldens(const char *folder, size_t *count)
{
    static const char ending[] = ".golden.h5";
    DIR *dir = opendir(folder);
    char **names = NULL;

    if (!dir)
        die("--fixtures %s: cannot be read as a folder", folder);
    *count = 0;
    for (struct dirent *e; (e = readdir(dir));) {
        const size_t length = strlen(e->d_name);
        if (length < sizeof ending ||
            strcmp(e->d_name + length - (sizeof ending - 1), ending) != 0)
            continue;
        names = realloc(names, (*count + 1) * sizeof *names);
        const size_t room = strlen(folder) + length + 2;
        char *path = allocate(room, 1);
        if (!names)
            die("no memory for the list of goldens");
        snprintf(path, room, "%s/%s", folder, e->d_name);
        names[(*count)++] = path;
    }
    closedir(dir);
    if (*count)
        qsort(names, *count, sizeof *names, by_name);
    return names;
}

/* gpt2-tiny.prose.golden.h5 belongs to gpt2-tiny.model.h5: up to the first dot
 * of the file's name. */
static char *model_of(const char *golden)
{
    const char *slash = strrchr(golden, '/');
    const size_t stem = (size_t)(strchr(slash + 1, '.') - golden);
    const size_t room = stem + sizeof ".model.h5";
    char *path = allocate(room, 1);

    snprintf(path, room, "%.*s.model.h5", (int)stem, golden);
    return path;
}

static bool is_wanted(const char *model_path, const char *only)
{
    const char *stem = strrchr(model_path, '/') + 1;

    return !only || (strncmp(stem, only, strlen(only)) == 0 && stem[strlen(only)] == '.');
}

static bool has_layer(const char *model_path, int layer)
{
    if (layer < 0)
        return true;
    struct model *m = model_open(model_path);
    const bool has = (size_t)layer < m->cfg.n_layer;
    model_close(m);
    return has;
}

static void each_fixture(const struct options *o, golden_visitor *visit, void *context)
{
    size_t count, done = 0;
    char **goldens = list_goldens(o->fixtures, &count);

    for (size_t i = 0; i < count; i++) {
        char *model = model_of(goldens[i]);
        if (is_wanted(model, o->only) && has_layer(model, o->layer)) {
            visit(context, model, goldens[i]);
            done++;
        }
        free(model);
    }
    free_all((void **)goldens, count);
    if (done == 0 && o->only)
        die("--only %s: %s holds no golden of a model of that name%s", o->only, o->fixtures,
            o->layer >= 0 ? " with that layer" : "");
    if (done == 0 && o->layer >= 0)
        die("--layer %d: no model in %s has that layer", o->layer, o->fixtures);
    if (done == 0)
        die("--fixtures %s: holds no golden (*.golden.h5)", o->fixtures);
}

void each_golden(const struct options *o, golden_visitor *visit, void *context)
{
    if (o->fixtures ? o->model || o->golden : !o->model || !o->golden || o->only)
        die("check needs --model M --golden G, or --fixtures FOLDER [--only NAME]");
    if (o->fixtures)
        each_fixture(o, visit, context);
    else
        visit(context, o->model, o->golden);
}
