/* exercise_tensors.c: marks a function of an exercise by the tensors that it makes.
 *
 * The function alone is taken from the learner's file (partial.c); what it is given comes
 * from the goldens, in local mode. backward() is all wiring and is marked in a chain. The
 * mistake is looked for only where something is wrong, on one golden after the other until
 * there is but one that it can be: in a model of one text, say, two mistakes may look alike. */
#include "exercise_mark.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diagnosis/diagnosis.h"
#include "diagnosis/pattern.h"
#include "mutants/catalogue.h"
#include "partial.h"

static const char *name_of(const struct marking *m)
{
    return m->step->item[m->function].name;
}

/* How a function is marked. The MLP's wiring is named in a chain. */
static struct options how(const struct marking *m)
{
    const bool whole = strcmp(name_of(m), "backward") == 0;

    return (struct options){.step = -1, .layer = -1, .local = !whole,
                            .chain = whole || m->step->step == 4,
                            .forward = m->step->step != 7, .backward = m->step->step == 7};
}

/* All results on one golden; with `named` the mistake is looked for, among all known ones
 * or those of that folder. */
static struct results judge_on(const struct marking *m, struct reference *r,
                               const struct subject *s, bool named, const char *folder)
{
    const struct options o = how(m);
    struct results all = {.mistakes_of = folder};
    struct runner run = runner_make(s, r->model, r->graph);

    if (named)
        diagnosis_begin(&all, r);
    judge_subject(&all, r, &run, &o, NULL);
    if (named) {
        recognise_rounding(&all, 0);
        diagnosis_end(&all);
    }
    runner_free(&run);
    return all;
}

/* The first wrong one: of local mode where anything is wrong there. */
static const struct result *first_wrong(const struct results *all)
{
    const struct result *first = NULL;

    for (size_t i = 0; i < all->count; i++) {
        const struct result *x = &all->item[i];
        if (x->status == FAIL && (!first || x->mode < first->mode ||
                                  (x->mode == first->mode && x->place < first->place)))
            first = x;
    }
    return first;
}

static size_t count_words(const char *text)
{
    size_t n = 0;

    for (bool inside = false; text && *text; text++) {
        n += *text != ' ' && !inside;
        inside = *text != ' ';
    }
    return n;
}

/* ----------------------------------------------------------------- what is said */

static void say_numbers(struct mark *m, const struct result *x)
{
    const int digits = x->errors.max < 1e-8 ? 17 : 9;
    char index[96];

    for (size_t i = 0; i < x->errors.n_worst; i++)
        mark_says(m, "      %-14s yours % .*g   right % .*g\n",
                  index_text(index, sizeof index, &x->node, x->errors.worst[i]), digits,
                  x->got[i], digits, x->want[i]);
}

static void say_result(const struct marking *m, const struct reference *r,
                       const struct result *x, size_t width)
{
    char shape[96];
    const struct config *c = &r->graph->cfg;

    mark_says(m->mark, "  first wrong: %s %s of %s (GPT-%d, B=%zu T=%zu C=%zu H=%zu)%s\n",
              x->node.name, shape_text(shape, sizeof shape, x->node.rank, x->node.dim), r->name,
              (int)c->family, r->graph->B, r->graph->T, c->d_model, c->n_head,
              width == 4 && m->step->step != AVX2_STEP ? ", built in float" : "");
    if (!x->measured) {
        mark_says(m->mark, "      %s\n", x->reason);
        return;
    }
    mark_says(m->mark, "  %zu of its %zu numbers are wrong; the worst:\n", x->wrong,
              x->errors.elements);
    say_numbers(m->mark, x);
    if (x->pattern[0])
        mark_says(m->mark, "  what they show: %s\n", x->pattern);
    if (x->looks_like)
        mark_says(m->mark, "  likely: It computes with %s where it should with `real`, which is "
                  "double here.\n", x->looks_like->title);
}

/* Finds the mistake by the golden on which the fewest could be it. False: it is none that is
 * known. */
static bool name_mistake(const struct marking *m, const struct subject *s, size_t from,
                         const char *folder)
{
    char likely[1300];
    size_t fewest = 0;

    for (size_t i = from; i < m->n_goldens && fewest != 1; i++) {
        struct results all = judge_on(m, &m->golden[i], s, true, folder);
        const struct result *x = first_wrong(&all);
        const size_t n = x ? count_words(x->named) : 0;
        if (n > 0 && (fewest == 0 || n < fewest)) {
            fewest = n;
            snprintf(likely, sizeof likely, "  likely: %s\n", x->likely);
            snprintf(m->mark->named, sizeof m->mark->named, "%s", x->named);
        }
        results_free(&all);
    }
    if (fewest)
        mark_says(m->mark, "%s", likely);
    return fewest > 0;
}

/* What is wrong on the first golden that shows it, and which mistake it may be: first of
 * those of the same step, since the function alone is the learner's. */
static void explain(const struct marking *m, const struct subject *s, size_t golden)
{
    struct results all = judge_on(m, &m->golden[golden], s, true, m->step->folder);

    say_result(m, &m->golden[golden], first_wrong(&all), s->width);
    if (!catalogue_is_there())
        mark_says(m->mark, "  (`make mutants` builds the known mistakes; then yours may be "
                  "named.)\n");
    else if (!name_mistake(m, s, golden, m->step->folder))
        name_mistake(m, s, golden, NULL);
    results_free(&all);
}

static void say_again(const struct marking *m, size_t precision, const struct reference *r)
{
    mark_says(m->mark, "  all numbers: build/touchstone check --model %s --golden %s "
              "--subject %s --mode %s --verbose\n", r->model_path, r->golden_path,
              m->path[precision], how(m).local ? "local" : "chain");
}

/* -------------------------------------------------------------------- the verdict */

void mark_tensors(struct marking *m)
{
    m->mark->verdict = RIGHT;
    for (size_t p = 0; p < 2 && m->path[p]; p++) {
        const struct subject *s = partial_function(m->path[p], m->object[p], name_of(m));
        for (size_t i = 0; i < m->n_goldens; i++) {
            struct results all = judge_on(m, &m->golden[i], s, false, NULL);
            const bool wrong = first_wrong(&all) != NULL;
            results_free(&all);
            if (was_called_unwritten(m))
                return;
            if (!wrong)
                continue;
            m->mark->verdict = WRONG;
            allow_time(true);
            explain(m, s, i);
            say_again(m, p, &m->golden[i]);
            return;
        }
    }
}
