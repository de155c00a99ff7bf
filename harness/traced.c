/* traced.c: opens a trace made by anyone. What is compared is left to compare.c. */
#include "traced.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"

static void check_same_input(const struct trace *t, const struct reference *r)
{
    const struct trace *g = r->golden;
    const char *path = t->path;

    if (t->has_family && t->family != g->family)
        die("%s: is of the family gpt%d, the golden of gpt%d", path, (int)t->family,
            (int)g->family);
    if (!t->tokens) {
        warn("%s: has no /input/tokens: taken to be the golden's", path);
        return;
    }
    if (t->B != g->B || t->T != g->T ||
        memcmp(t->tokens, g->tokens, g->B * g->T * sizeof *g->tokens) != 0)
        die("%s: was computed on other tokens than %s: run it on the golden's /input/tokens",
            path, r->golden_path);
    if (t->has_targets && g->has_targets &&
        memcmp(t->targets, g->targets, g->B * g->T * sizeof *g->targets) != 0)
        die("%s: was computed with other targets than %s: use the golden's /input/targets", path,
            r->golden_path);
}

struct extra {
    const struct graph *graph;
    const char *path;
};

/* Whether the graph has a tensor or weight of that path in a trace. */
static bool is_known(const struct graph *g, const char *path)
{
    const char *name = strchr(path, '/') + 1;

    if (strncmp(path, "grad/", 5) != 0)
        return graph_find(g, name) < g->n_nodes;
    for (size_t i = 0; i < g->n_weights; i++)
        if (strcmp(g->weight[i].name, name) == 0)
            return true;
    return false;
}

static void warn_extra(void *context, const char *name)
{
    const struct extra *x = context;

    if (!is_known(x->graph, name))
        warn("%s: /%s is no tensor of the graph and was not compared", x->path, name);
}

struct traced traced_open(const char *path, const struct reference *r)
{
    const struct graph *g = r->graph;
    struct traced t = {.trace = trace_of(dump_open(path))};
    const struct dump *d = t.trace->dump;
    struct extra extra = {g, path};

    check_same_input(t.trace, r);
    t.got = shelf_make(t.trace, g, FORWARD, false);
    t.dgot = shelf_make(t.trace, g, BACKWARD, false);
    t.ggot = shelf_make(t.trace, g, GRAD, false);
    d->each(d->file, "forward", warn_extra, &extra);
    d->each(d->file, "backward", warn_extra, &extra);
    d->each(d->file, "grad", warn_extra, &extra);
    return t;
}

void traced_close(struct traced *t)
{
    shelf_free(t->got);
    shelf_free(t->dgot);
    shelf_free(t->ggot);
    trace_close(t->trace);
}

/* A name without its layer: /q for h.1/q, .ln_1.bias for h.1.ln_1.bias; NULL where it
 * stands outside the layers. */
static const char *without_layer(const char *name)
{
    return strncmp(name, "h.", 2) == 0 ? name + 2 + strspn(name + 2, "0123456789") : NULL;
}

bool same_but_layer(const char *a, const char *b)
{
    const char *x = without_layer(a), *y = without_layer(b);

    return x && y && strcmp(x, y) == 0;
}

size_t traced_width(const struct shelf *s, size_t i)
{
    return s->tensor[i].array.stored.width == 8 ? 8 : 4;
}

bool traced_asked_for(const struct options *o)
{
    return o->tensor || o->step >= 0 || o->layer >= 0 || o->strict;
}
