/* compare.c: the command compare: a trace made by anyone, against a golden.
 *
 * Chain: each tensor of the trace against the golden's. Local, with a model:
 * each tensor against what the f64 subject makes of the trace's own inputs of
 * that step, so that a mistake shows where it was made and nowhere else. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "compare_gradients.h"
#include "coverage.h"
#include "diagnosis/diagnosis_trace.h"
#include "die.h"
#include "judge.h"
#include "report.h"
#include "results_compare.h"
#include "words.h"

/* What an implementation shows in one layer it must show in all; and logits. */
static bool is_required(const struct traced *t, const struct graph *g, size_t i)
{
    if (strcmp(g->node[i].name, "logits") == 0)
        return true;
    for (size_t k = 0; k < g->n_nodes; k++)
        if (same_but_layer(g->node[i].name, g->node[k].name) &&
            t->got->tensor[k].seen != SEEN_MISSING)
            return true;
    return false;
}

/* The verdict on a tensor that the trace does not hold as it should. */
static void judge_unseen(struct result *x, const struct traced *t, const struct graph *g,
                         size_t i, bool asked_for)
{
    const struct tensor *tensor = &t->got->tensor[i];
    char is[128];

    x->status = FAIL;
    if (tensor->seen == SEEN_WRONG_TYPE) {
        snprintf(x->reason, sizeof x->reason, "wrong type: not floating-point numbers");
    } else if (tensor->seen == SEEN_WRONG_SHAPE) {
        snprintf(x->reason, sizeof x->reason, "wrong shape: the trace has %s",
                 shape_text(is, sizeof is, tensor->array.stored.rank, tensor->array.stored.dim));
    } else if (asked_for || is_required(t, g, i)) {
        snprintf(x->reason, sizeof x->reason, "missing in the trace");
    } else {
        x->status = SKIP;
        snprintf(x->reason, sizeof x->reason, "not in the trace");
    }
}

static void compare_chain(struct results *all, const struct reference *r,
                          const struct traced *t, const struct options *o, const char *repeat)
{
    const struct graph *g = r->graph;
    const size_t first = all->count;
    bool *wrong = allocate(g->n_nodes, sizeof *wrong);

    for (size_t i = 0; i < g->n_nodes; i++) {
        wrong[i] = follows_wrong(g, wrong, i);
        if (!selects(o, &g->node[i]))
            continue;
        struct result *x = new_result(all, r, g->node[i], i, "trace", CHAIN, repeat);
        if (!cannot_compare(r, i) && !shelf_has(t->got, i)) {
            judge_unseen(x, t, g, i, traced_asked_for(o));
        } else {
            const struct array got = shelf_array(t->got, i);
            judge_in_chain(x, r, &got, traced_width(t->got, i), wrong, i);
            shelf_give(t->got, i);
        }
    }
    mark_consequences(all, first, g);
    diagnose_trace_chain(all, first, t->got);
    free(wrong);
}

/* One output of an op that was computed again; `missing` is the name of an input that is
 * not there, or NULL. */
static void judge_again(struct result *x, const struct reference *r, const struct traced *t,
                        const double *want, size_t i, const char *missing, bool asked)
{
    const struct node *n = &r->graph->node[i];

    if (!shelf_has(t->got, i)) {
        judge_unseen(x, t, r->graph, i, asked);
    } else if (missing || (n->op == OP_LOSS && !r->golden->has_targets)) {
        x->status = SKIP;
        snprintf(x->reason, sizeof x->reason, "its input %s is not in the trace",
                 missing ? missing : "/input/targets");
    } else if (first_nonfinite(want, 8, n->count) < n->count) {
        x->status = SKIP;
        snprintf(x->reason, sizeof x->reason, "its inputs in the trace give no finite answer");
    } else {
        const struct array got = shelf_array(t->got, i), again = array_in_memory(n, want);
        judge_arrays(x, &got, &again, traced_width(t->got, i), &r->yard[LOCAL][i]);
        shelf_give(t->got, i);
    }
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
    double *want[MAX_OUTPUTS] = {NULL};
    const size_t start = all->count;

    for (size_t k = 0; k < n->n_in; k++)
        if (!shelf_has(t->got, n->in[k]))
            missing = g->node[n->in[k]].name;
    if (!missing) {
        for (size_t k = 0; k < n->n_in; k++)
            in[k] = shelf_take(t->got, n->in[k]);
        for (size_t k = 0; k < n_out; k++)
            want[k] = allocate(n[k].count, sizeof(double));
        run_local(f64, first, n_out, in, r->golden->tokens, r->golden->targets, want);
    }
    for (size_t k = 0; k < n_out; k++) {
        if (!selects(o, &n[k]))
            continue;
        struct result *x = new_result(all, r, n[k], first + k, "trace", LOCAL, repeat);
        judge_again(x, r, t, want[k], first + k, missing, traced_asked_for(o));
    }
    if (!missing)
        diagnose_trace_op(all, start, first, in, want, t->got);
    for (size_t k = 0; k < n->n_in && !missing; k++)
        shelf_give(t->got, n->in[k]);
    for (size_t k = 0; k < n_out; k++)
        free(want[k]);
}

static bool selects_any(const struct options *o, const struct node *n, size_t count)
{
    for (size_t k = 0; k < count; k++)
        if (selects(o, &n[k]))
            return true;
    return false;
}

static void compare_local(struct results *all, const struct reference *r,
                          const struct traced *t, const struct options *o, const char *repeat)
{
    struct runner f64 = runner_from_file(subject_load("f64"), r->model, r->graph);
    size_t n_out;

    for (size_t i = 0; i < r->graph->n_nodes; i += n_out) {
        n_out = outputs_of(r->graph, i);
        if (selects_any(o, &r->graph->node[i], n_out))
            compare_op(all, r, t, &f64, o, i, n_out, repeat);
    }
    runner_free(&f64);
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

void compare_trace(struct results *all, const struct reference *r, const char *path,
                   const struct options *o, const char *repeat)
{
    struct traced t = traced_open(path, r);
    char *seen = coverage_text(r->graph, t.got, t.dgot, t.ggot);

    all->seen = results_keep(all, seen);
    free(seen);
    if (o->local && o->forward)
        compare_local(all, r, &t, o, repeat);
    if (o->local && r->has_gradients)
        compare_gradients(all, r, &t, LOCAL, o, repeat, NULL);
    const size_t start = all->count;
    if (o->chain && o->forward)
        compare_chain(all, r, &t, o, repeat);
    if (o->chain && r->has_gradients)
        compare_gradients(all, r, &t, CHAIN, o, repeat, first_failure(all, start));
    traced_close(&t);
}

int command_compare(int argc, char **argv)
{
    struct options o = options_read(
        argc, argv, "--golden --model --precision --mode --direction --step --layer --tensor "
        "--results --json --junit --tsv --strict --quiet --verbose", "trace file");
    struct results all = {.precision = o.precision ? precision_find(o.precision) : NULL};

    if (o.results)
        return results_compare(&o);
    if (!o.golden)
        die("compare needs --golden G and a trace file");
    if (!o.model && !o.chain)
        die("--mode local needs --model: the steps are computed again with its weights");
    o.local = o.local && o.model;
    struct reference r = reference_open(o.model, o.golden, &o);

    diagnosis_begin(&all, &r);
    compare_trace(&all, &r, o.operand, &o, repeat_line(&all, &o));
    recognise_rounding(&all, 0);
    diagnosis_end(&all);
    report_golden(&all, 0, &r, &o);
    reference_close(&r);
    return report_end(&all, &o);
}
