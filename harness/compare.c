/* compare.c: the command compare: a trace made by anyone, against a golden.
 *
 * Chain: each tensor of the trace against the golden's. Local, with a model:
 * each tensor against what the f64 subject makes of the trace's own inputs of
 * that step, so that a mistake shows where it was made and nowhere else. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "check_gradients.h"
#include "commands.h"
#include "die.h"
#include "report.h"
#include "words.h"

/* A trace's tensors, as far as they are there. */
struct traced {
    struct trace *trace;
    double **got;            /* NULL where it is not usable */
    enum seen *seen;
    struct stored *stored;
};

static void check_same_input(const struct trace *t, const struct reference *r)
{
    const struct trace *g = r->golden;
    const char *path = store_path(t->file);

    if (t->family != g->family)
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

static struct traced read_trace(const char *path, const struct reference *r)
{
    const struct graph *g = r->graph;
    struct traced t = {.trace = trace_open(path),
                       .got = allocate(g->n_nodes, sizeof *t.got),
                       .seen = allocate(g->n_nodes, sizeof *t.seen),
                       .stored = allocate(g->n_nodes, sizeof *t.stored)};
    struct extra extra = {g, path};

    check_same_input(t.trace, r);
    for (size_t i = 0; i < g->n_nodes; i++) {
        const struct node *n = &g->node[i];

        t.got[i] = allocate(n->count, sizeof(double));
        t.seen[i] = trace_read(t.trace, "forward", n->name, n->rank, n->dim, t.got[i],
                               &t.stored[i]);
        if (t.seen[i] != SEEN) {
            free(t.got[i]);
            t.got[i] = NULL;
        }
    }
    store_each_dataset(t.trace->file, "forward", warn_extra, &extra);
    store_each_dataset(t.trace->file, "backward", warn_extra, &extra);
    store_each_dataset(t.trace->file, "grad", warn_extra, &extra);
    return t;
}

/* A name without its layer: /q for h.1/q, .ln_1.bias for h.1.ln_1.bias; NULL where it
 * stands outside the layers. */
static const char *without_layer(const char *name)
{
    return strncmp(name, "h.", 2) == 0 ? name + 2 + strspn(name + 2, "0123456789") : NULL;
}

static bool same_but_layer(const char *a, const char *b)
{
    const char *x = without_layer(a), *y = without_layer(b);

    return x && y && strcmp(x, y) == 0;
}

/* What an implementation shows in one layer it must show in all; and logits. */
static bool is_required(const struct traced *t, const struct graph *g, size_t i)
{
    if (strcmp(g->node[i].name, "logits") == 0)
        return true;
    for (size_t k = 0; k < g->n_nodes; k++)
        if (same_but_layer(g->node[i].name, g->node[k].name) && t->seen[k] != SEEN_MISSING)
            return true;
    return false;
}

/* The verdict on a tensor that the trace does not hold as it should. */
static void judge_unseen(struct result *x, const struct traced *t, const struct graph *g,
                         size_t i, bool asked_for)
{
    char is[128];

    x->status = FAIL;
    if (t->seen[i] == SEEN_WRONG_TYPE) {
        snprintf(x->reason, sizeof x->reason, "wrong type: not floating-point numbers");
    } else if (t->seen[i] == SEEN_WRONG_SHAPE) {
        snprintf(x->reason, sizeof x->reason, "wrong shape: the trace has %s",
                 shape_text(is, sizeof is, t->stored[i].rank, t->stored[i].dim));
    } else if (asked_for || is_required(t, g, i)) {
        snprintf(x->reason, sizeof x->reason, "missing in the trace");
    } else {
        x->status = SKIP;
        snprintf(x->reason, sizeof x->reason, "not in the trace");
    }
}

static size_t width_of(const struct stored *s, const struct options *o)
{
    if (o->precision)
        return strcmp(o->precision, "f32") == 0 ? 4 : 8;
    return s->width == 8 ? 8 : 4;
}

static bool asked_for(const struct options *o)
{
    return o->tensor || o->step >= 0 || o->layer >= 0 || o->strict;
}

static void compare_chain(struct results *all, const struct reference *r,
                          const struct traced *t, const struct options *o, const char *repeat)
{
    const size_t first = all->count;

    for (size_t i = 0; i < r->graph->n_nodes; i++) {
        if (!selects(o, &r->graph->node[i]))
            continue;
        struct result *x = new_result(all, r, r->graph->node[i], i, "trace", CHAIN, repeat);
        const char *why = cannot_compare(r, i);
        if (why) {
            x->status = SKIP;
            snprintf(x->reason, sizeof x->reason, "%s", why);
        } else if (!t->got[i]) {
            judge_unseen(x, t, r->graph, i, asked_for(o));
        } else {
            judge(x, t->got[i], r->want[i], width_of(&t->stored[i], o), &r->yard[CHAIN][i]);
        }
    }
    mark_consequences(all, first, r->graph);
}

/* One op, computed again from the trace's own inputs. */
static void compare_op(struct results *all, const struct reference *r, const struct traced *t,
                       const struct runner *f64, const struct options *o, size_t first,
                       size_t n_out, const char *repeat)
{
    const struct graph *g = r->graph;
    const struct node *n = &g->node[first];
    const double *in[MAX_INPUTS] = {NULL};
    const char *missing = NULL;
    double *want[MAX_OUTPUTS];

    for (size_t k = 0; k < n->n_in; k++) {
        in[k] = t->got[n->in[k]];
        if (!in[k])
            missing = g->node[n->in[k]].name;
    }
    for (size_t k = 0; k < n_out; k++)
        want[k] = allocate(n[k].count, sizeof(double));
    if (!missing)
        run_local(f64, first, n_out, in, r->golden->tokens, r->golden->targets, want);
    for (size_t k = 0; k < n_out; k++) {
        if (!selects(o, &n[k]))
            continue;
        struct result *x = new_result(all, r, n[k], first + k, "trace", LOCAL, repeat);
        if (!t->got[first + k]) {
            judge_unseen(x, t, g, first + k, asked_for(o));
        } else if (missing || (n->op == OP_LOSS && !r->golden->has_targets)) {
            x->status = SKIP;
            snprintf(x->reason, sizeof x->reason, "its input %s is not in the trace",
                     missing ? missing : "/input/targets");
        } else if (first_nonfinite(want[k], 8, n[k].count) < n[k].count) {
            x->status = SKIP;
            snprintf(x->reason, sizeof x->reason, "its inputs in the trace give no finite answer");
        } else {
            judge(x, t->got[first + k], want[k], width_of(&t->stored[first + k], o),
                  &r->yard[LOCAL][first + k]);
        }
    }
    for (size_t k = 0; k < n_out; k++)
        free(want[k]);
}

static void compare_local(struct results *all, const struct reference *r,
                          const struct traced *t, const struct options *o, const char *repeat)
{
    struct runner f64 = runner_make(subject_load("f64"), r->model, r->graph);
    size_t n_out;

    for (size_t i = 0; i < r->graph->n_nodes; i += n_out) {
        n_out = outputs_of(r->graph, i);
        compare_op(all, r, t, &f64, o, i, n_out, repeat);
    }
    runner_free(&f64);
}

/* One gradient of the trace; NULL and why where it cannot be used. */
static double *read_gradient(struct trace *t, struct given *given, const char *group,
                             const char *name, size_t rank, const size_t *dim, size_t count,
                             const struct options *o)
{
    double *data = allocate(count, sizeof *data);
    struct stored what;
    const enum seen seen = trace_read(t, group, name, rank, dim, data, &what);

    *given = (struct given){0};
    if (seen == SEEN) {
        given->width = width_of(&what, o);
        return data;
    }
    free(data);
    given->missing = seen == SEEN_MISSING;
    given->fails = !given->missing || asked_for(o);
    given->absent = seen == SEEN_MISSING      ? "not in the trace"
                    : seen == SEEN_WRONG_TYPE ? "wrong type: not floating-point numbers"
                                              : "wrong shape";
    return NULL;
}

static void require(struct given *missing)
{
    missing->absent = "missing in the trace";
    missing->fails = true;
}

/* The same rule for gradients: in one layer, in all. */
static void require_gradients(const struct gradients *got, struct given *given,
                              const struct graph *g)
{
    for (size_t i = 0; i < g->n_nodes; i++)
        for (size_t k = 0; k < g->n_nodes && given[i].missing; k++)
            if (got->tensor[k] && same_but_layer(g->node[i].name, g->node[k].name))
                require(&given[i]);
    for (size_t i = 0; i < g->n_weights; i++)
        for (size_t k = 0; k < g->n_weights && given[g->n_nodes + i].missing; k++)
            if (got->weight[k] && same_but_layer(g->weight[i].name, g->weight[k].name))
                require(&given[g->n_nodes + i]);
}

/* All gradients of the trace; false where it has none. */
static bool read_trace_gradients(struct gradient_case *c, struct given *given, struct trace *t,
                                 const struct graph *g, const struct options *o)
{
    bool any = false;

    c->got.tensor = allocate(g->n_nodes, sizeof *c->got.tensor);
    c->got.weight = allocate(g->n_weights, sizeof *c->got.weight);
    for (size_t i = 0; i < g->n_nodes; i++) {
        const struct node *n = &g->node[i];
        c->got.tensor[i] = n->op == OP_LOSS ? NULL
            : read_gradient(t, &given[i], "backward", n->name, n->rank, n->dim, n->count, o);
        any |= c->got.tensor[i] != NULL;
    }
    for (size_t i = 0; i < g->n_weights; i++) {
        const struct weight *w = &g->weight[i];
        c->got.weight[i] = read_gradient(t, &given[g->n_nodes + i], "grad", w->name, w->rank,
                                         w->dim, w->count, o);
        any |= c->got.weight[i] != NULL;
    }
    require_gradients(&c->got, given, g);
    return any;
}

/* Gradients, where both have some: chain against the golden's, local against what the
 * f64 subject makes of the trace's own tensors and gradients, one op at a time. */
static void compare_gradients(struct results *all, const struct reference *r,
                              const struct traced *t, enum mode mode, const struct options *o,
                              const char *repeat, const char *forward_failure)
{
    const struct graph *g = r->graph;
    const size_t count = g->n_nodes + g->n_weights;
    struct given *given = allocate(count, sizeof *given);
    struct gradient_case c = {.subject = "trace", .repeat = repeat, .mode = mode,
                              .want = {r->dwant, r->gwant}, .given = given,
                              .forward_failure = forward_failure};

    memset(given, 0, count * sizeof *given);  /* the loss has no gradient to be read */
    const bool any = read_trace_gradients(&c, given, t->trace, g, o);
    if (mode == LOCAL) {
        struct runner f64 = runner_make(subject_load("f64"), r->model, g);
        c.want = gradients_by_op(&f64, t->got, c.got.tensor, r->golden->tokens,
                                 r->golden->targets, false);
        runner_free(&f64);
    }
    if (any)
        judge_gradients(all, r, &c, o);
    else if (o->direction && strcmp(o->direction, "backward") == 0)
        die("--direction backward: %s holds no gradients", store_path(t->trace->file));
    if (mode == LOCAL)
        gradients_free(&c.want, g);
    gradients_free(&c.got, g);
    free(given);
}

static const char *repeat_line(struct results *all, const struct options *o)
{
    char golden[4200], model[4200], trace[4200], line[13000];

    snprintf(line, sizeof line, "build/touchstone compare --golden %s%s%s%s%s %s",
             shell_word(golden, sizeof golden, o->golden), o->model ? " --model " : "",
             o->model ? shell_word(model, sizeof model, o->model) : "",
             o->precision ? " --precision " : "", o->precision ? o->precision : "",
             shell_word(trace, sizeof trace, o->operand));
    return results_keep(all, line);
}

int command_compare(int argc, char **argv)
{
    struct options o = options_read(
        argc, argv, "--golden --model --precision --mode --direction --step --layer --tensor "
        "--json --junit --tsv --strict --quiet --verbose", "trace file");
    struct results all = {0};

    if (!o.golden)
        die("compare needs --golden G and a trace file");
    if (!o.model && !o.chain)
        die("--mode local needs --model: the steps are computed again with its weights");
    o.local = o.local && o.model;
    struct reference r = reference_open(o.model, o.golden, &o);
    struct traced t = read_trace(o.operand, &r);
    const char *repeat = repeat_line(&all, &o);

    if (o.local && o.forward)
        compare_local(&all, &r, &t, &o, repeat);
    if (o.local && r.has_gradients)
        compare_gradients(&all, &r, &t, LOCAL, &o, repeat, NULL);
    const size_t start = all.count;
    if (o.chain && o.forward)
        compare_chain(&all, &r, &t, &o, repeat);
    if (o.chain && r.has_gradients)
        compare_gradients(&all, &r, &t, CHAIN, &o, repeat, first_failure(&all, start));
    report_golden(&all, 0, &r, &o);
    free_all((void **)t.got, r.graph->n_nodes);
    free(t.seen);
    free(t.stored);
    trace_close(t.trace);
    reference_close(&r);
    return report_end(&all, &o);
}
