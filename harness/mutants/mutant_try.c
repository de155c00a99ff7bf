/* mutant_try.c: one mistake on one golden.
 *
 * The check is the one that everybody runs: every tensor, local and chain, forward, or
 * backward where the mistake shows in gradients. The first wrong tensor is the first in
 * graph order that fails in local mode, where each op has right inputs; a mistake of the
 * wiring shows in chain mode only.
 *
 * Where all passes, the mistake is run beside the right subject on the same input. Where
 * the two differ by no more than the bars, nobody could see it on this golden: a mask of
 * one token, a shift of equal numbers. Where they differ by more, it was missed.
 *
 * Tokenizing, sampling with its cache, and optimising make no tensors of the graph: they are
 * checked by cases (cases_run.h), each right or wrong. There what passes all is the same. */
#include "mutants.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backprop.h"
#include "diagnosis/diagnosis.h"
#include "words.h"

struct fixture fixture_open(const char *model, const char *golden)
{
    const struct options o = {.step = -1, .layer = -1, .local = true, .chain = true,
                              .forward = true, .backward = true};
    struct fixture f = {.r = reference_open(model, golden, &o)};

    for (int wide = 0; wide < 2; wide++)
        f.weight[wide] = model_weights(f.r.model, f.r.graph, wide ? 8 : 4);
    return f;
}

void fixture_close(struct fixture *f)
{
    for (int wide = 0; wide < 2; wide++)
        free_all(f->weight[wide], f->r.graph->n_weights);
    reference_close(&f->r);
}

static struct runner runner_on(const struct subject *s, const struct fixture *on)
{
    return runner_with(s, on->r.graph, on->weight[s->width == 8]);
}

static bool is_backward(const struct mistake *m)
{
    return strncmp(m->tensors, "backward/", 9) == 0 || strncmp(m->tensors, "grad/", 5) == 0;
}

/* ------------------------------------------------------- is there anything to see? */

static bool differs(const double *x, const double *right, const struct node *n, size_t width,
                    const struct yardstick *y)
{
    const struct errors e = measure_errors(x, right, n->count);
    const size_t rows = n->rank ? n->count / n->dim[n->rank - 1] : 1;
    const struct bar bar = bar_for(width, y, e.peak, rows);

    return !(e.rms <= bar.rms && e.max <= bar.max);
}

static bool forward_differs(const struct runner *mine, const struct runner *right,
                            const struct reference *r)
{
    const struct graph *g = r->graph;
    const struct trace *t = r->golden;
    double **x = run_chain(mine, t->tokens, t->targets);
    double **y = run_chain(right, t->tokens, t->targets);
    bool any = false;

    for (size_t i = 0; i < g->n_nodes; i++)
        any |= differs(x[i], y[i], &g->node[i], mine->subject->width, &r->yard[CHAIN][i]);
    free_all((void **)x, g->n_nodes);
    free_all((void **)y, g->n_nodes);
    return any;
}

static bool backward_differs(const struct runner *mine, const struct runner *right,
                             const struct reference *r)
{
    const struct graph *g = r->graph;
    const struct trace *t = r->golden;
    struct gradients x = gradients_chain(mine, t->tokens, t->targets);
    struct gradients y = gradients_chain(right, t->tokens, t->targets);
    const size_t width = mine->subject->width;
    bool any = false;

    for (size_t i = 0; i < g->n_nodes; i++)
        any |= x.tensor[i] && differs(x.tensor[i], y.tensor[i], &g->node[i], width,
                                      &r->dyard[CHAIN][i]);
    for (size_t i = 0; i < g->n_weights; i++) {
        const struct node n = grad_node(g, i);
        any |= differs(x.weight[i], y.weight[i], &n, width, &r->dyard[CHAIN][g->n_nodes + i]);
    }
    gradients_free(&x, g);
    gradients_free(&y, g);
    return any;
}

/* ------------------------------------------------------------------ the verdict */

/* The first wrong tensor: of local mode, where anything is wrong there. */
static const struct result *first_wrong(const struct results *all)
{
    const struct result *first = NULL;

    for (size_t i = 0; i < all->count; i++) {
        const struct result *x = &all->item[i];
        if (x->status == FAIL &&
            (!first || x->mode < first->mode ||
             (x->mode == first->mode && x->place < first->place)))
            first = x;
    }
    return first;
}

/* How many times its bar an error is; NaN where it is not finite. */
static double over_bar(const struct result *x)
{
    const double rms = x->errors.rms / x->bar.rms, max = x->errors.max / x->bar.max;

    return rms > max ? rms : max;
}

/* Whether a list of words has the word; the list may be NULL. */
static bool has(const char *list, const char *word)
{
    return list && list_has(list, word);
}

static void catch(struct finding *f, const struct mistake *m, const struct result *x)
{
    const bool numbers = x->measured && x->errors.nonfinite == 0;

    f->verdict = CAUGHT;
    f->located = shows_at(m, x->node.name);
    f->factor = numbers ? over_bar(x) : (double)NAN;
    snprintf(f->golden, sizeof f->golden, "%s", x->golden);
    snprintf(f->tensor, sizeof f->tensor, "%s", x->node.name);
    snprintf(f->mode, sizeof f->mode, "%s", mode_name(x->mode));
    f->named_rightly = has(x->named, m->id);
    snprintf(f->named, sizeof f->named, "%s", x->named ? x->named : "");
}

static void miss(struct finding *f, const char *golden)
{
    f->seen++;
    f->verdict = MISSED;
    snprintf(f->golden, sizeof f->golden, "%s", golden);
    snprintf(f->why, sizeof f->why, "the check passes, and the right subject differs");
}

/* What the check says of a subject, with the names of mistakes. */
static struct results checked(const struct reference *r, const struct runner *run,
                              const struct options *o)
{
    struct results all = {0};

    diagnosis_begin(&all, r);
    judge_subject(&all, r, run, o, NULL);
    recognise_rounding(&all, 0);
    diagnosis_end(&all);
    return all;
}

void try_subject(struct finding *f, const struct mistake *m, struct fixture *on)
{
    char path[4400];
    const bool back = is_backward(m);
    const struct runner mine = runner_on(subject_load(mistake_path(path, sizeof path, m)), on);
    const struct options o = {.step = -1, .layer = -1, .local = true, .chain = true,
                              .forward = !back, .backward = back};
    struct reference r = on->r;

    r.has_gradients &= back;
    struct results all = checked(&r, &mine, &o);
    const struct result *wrong = first_wrong(&all);
    if (wrong) {
        f->seen++;
        if (f->verdict != CAUGHT && f->verdict != MISSED)
            catch(f, m, wrong);
    } else {
        const struct runner right = runner_on(subject_load(m->build), on);
        if (back ? r.has_gradients && backward_differs(&mine, &right, &r)
                 : forward_differs(&mine, &right, &r))
            miss(f, on->r.name);
    }
    results_free(&all);
}

void try_cases(struct finding *f, const struct mistake *m, const char *fixtures, bool name)
{
    char path[4400];
    const int step = step_of_kind(m->kind);
    const struct case_choice choice = {.fixtures = fixtures};
    struct results all = {0};

    f->tried = 1;
    cases_run(&all, subject_load(mistake_path(path, sizeof path, m)), step, &choice, NULL);
    if (name)
        diagnose_cases(&all, 0, step, &choice);
    const struct result *wrong = first_wrong(&all);
    if (wrong) {
        f->seen = 1;
        catch(f, m, wrong);
        snprintf(f->golden, sizeof f->golden, "%s", cases_folder(step));
        f->wrong = wrong->wrong;
        f->cases = wrong->node.count;
        f->print = case_print_of(&all, 0);
    }
    results_free(&all);
}

void name_cases(const struct findings *all)
{
    for (size_t i = 0; i < all->count; i++) {
        struct finding *f = &all->f[i];
        int level, best = 1;

        for (size_t k = 0; k < all->count && f->cases; k++) {
            const struct mistake *m = all->mistake[k];
            if (!may_be(m, f->tensor, step_of_kind(all->mistake[i]->kind)) ||
                (level = case_print_explains(&all->f[k].print, &f->print)) < best)
                continue;
            const size_t used = level > best ? 0 : strlen(f->named);
            snprintf(f->named + used, sizeof f->named - used, "%s%s", used ? " " : "", m->id);
            best = level;
        }
        if (f->cases)
            f->named_rightly = has(f->named, all->mistake[i]->id);
    }
}

bool try_correct(struct finding *f, const char *name, struct fixture *on)
{
    const struct runner run = runner_on(subject_load(name), on);
    const struct options o = {.step = -1, .layer = -1, .local = true, .chain = true,
                              .forward = true, .backward = true};
    struct results all = checked(&on->r, &run, &o);

    f->tried++;
    for (size_t i = 0; i < all.count; i++) {
        const struct result *x = &all.item[i];
        f->failed += x->status == FAIL;
        if (!x->named || f->named[0])
            continue;
        snprintf(f->golden, sizeof f->golden, "%s", on->r.name);
        snprintf(f->tensor, sizeof f->tensor, "%s", x->node.name);
        snprintf(f->named, sizeof f->named, "%s", x->named);
    }
    results_free(&all);
    return !f->named[0];
}
