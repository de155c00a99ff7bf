/* exercise_cases.c: marks a function of an exercise by cases: texts, draws, steps of an
 * optimiser (cases_run.h).
 *
 * A known mistake is named where it gives the same: in the same groups of cases as many
 * wrong, and at the first of these the same answer. */
#include "exercise_mark.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"
#include "cases/cases_run.h"
#include "mutants/catalogue.h"
#include "partial.h"

enum { FEW_GROUPS = 16 };

/* What an exercise leaves out: texts with special tokens, and bytes to be replaced. */
static bool is_left_out(const struct result *x)
{
    return strcmp(x->node.name, "encode/gpt2/special-token") == 0 ||
           strcmp(x->node.name, "encode/gpt1/special-token") == 0 ||
           strcmp(x->node.name, "encode/gpt2/replace") == 0;
}

static struct results run_cases(const struct marking *m, const struct subject *s)
{
    const struct case_choice all_models = {.fixtures = m->fixtures};
    struct results all = {0};

    cases_run(&all, s, m->step->step, &all_models, NULL);
    return all;
}

/* The first that is wrong, of the pocket model where there is one. */
static const struct result *first_wrong(const struct results *all)
{
    const struct result *first = NULL;

    for (size_t i = 0; i < all->count; i++) {
        const struct result *x = &all->item[i];
        if (x->status == FAIL && !is_left_out(x) &&
            (!first || (strstr(x->node.name, "pocket") && !strstr(first->node.name, "pocket"))))
            first = x;
    }
    return first;
}

/* ------------------------------------------------------------------ the mistake */

static bool gives_the_same(const struct results *a, const struct results *b)
{
    bool same = a->count == b->count;

    for (size_t i = 0; same && i < a->count; i++)
        same = is_left_out(&a->item[i]) ||
               (a->item[i].wrong == b->item[i].wrong &&
                strcmp(a->item[i].reason, b->item[i].reason) == 0);
    return same;
}

static bool shows_in_any(const struct mistake *k, const struct results *all)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->item[i].status == FAIL && shows_at(k, all->item[i].node.name))
            return true;
    return false;
}

/* The same function of a subject that has the mistake. */
static bool is_mistake(const struct marking *m, const struct subject *own,
                       const struct mistake *k, const struct results *all)
{
    char path[4400];
    struct case_ops one;

    if (strcmp(k->build, "f64") != 0 || strcmp(k->step, "right") == 0 || !shows_in_any(k, all) ||
        access(mistake_path(path, sizeof path, k), R_OK) != 0)
        return false;
    struct subject s = *subject_load(path);
    one_case_op(&one, s.cases, m->step->item[m->function].name);
    s.cases = &one;
    s.owns = own->owns;  /* so that what it lacks is left out */
    s.engine = NULL;
    struct results other = run_cases(m, &s);
    const bool same = gives_the_same(all, &other);
    results_free(&other);
    return same;
}

static void say_mistake(const struct marking *m, const struct subject *own,
                        const struct results *all)
{
    struct mark *mark = m->mark;
    size_t n = 0;

    if (!catalogue_is_there()) {
        mark_says(mark, "  (`make mutants` builds the known mistakes; then yours may be named.)\n");
        return;
    }
    struct catalogue c = catalogue_open();
    for (size_t i = 0; i < c.count; i++) {
        const struct mistake *k = &c.mistake[i];
        if (!is_mistake(m, own, k, all))
            continue;
        mark_says(mark, "  %s %s (%s)\n", n ? "or:    " : "likely:", k->sentence, k->id);
        const size_t used = strlen(mark->named);
        snprintf(mark->named + used, sizeof mark->named - used, "%s%s", n ? " " : "", k->id);
        n++;
    }
    catalogue_close(&c);
}

/* -------------------------------------------------------------------- the verdict */

/* What is right so far: the names of the groups, or where they are many how many. */
static void say_right(struct mark *m, const struct results *all)
{
    size_t n = 0, right = 0, said = 0;

    for (size_t i = 0; i < all->count; i++)
        if (!is_left_out(&all->item[i])) {
            n++;
            right += all->item[i].status == PASS;
        }
    mark_says(m, "  %zu of %zu groups of cases are right%s", right, n, right ? "" : "\n");
    for (size_t i = 0; i < all->count && right; i++)
        if (n <= FEW_GROUPS && all->item[i].status == PASS)
            mark_says(m, "%s%s", said++ ? " " : ": ", all->item[i].node.name);
    mark_says(m, "%s", right ? "\n" : "");
}

void mark_cases(struct marking *m)
{
    m->mark->verdict = RIGHT;
    for (size_t p = 0; p < 2 && m->path[p]; p++) {
        const struct subject *s = partial_function(m->path[p], m->object[p],
                                                   m->step->item[m->function].name);
        struct results all = run_cases(m, s);
        const struct result *x = first_wrong(&all);
        if (was_called_unwritten(m)) {
            results_free(&all);
            return;
        }
        if (x) {
            m->mark->verdict = WRONG;
            allow_time(true);
            say_right(m->mark, &all);
            mark_says(m->mark, "  first wrong: %s%s\n%s", x->node.name,
                      p ? ", built in float" : "", x->lines);
            if (p == 0)
                say_mistake(m, s, &all);
        }
        results_free(&all);
        if (x)
            return;
    }
}
