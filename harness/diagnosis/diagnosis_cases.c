/* diagnosis_cases.c: compares what fails in a subject with what fails in known mistakes.
 *
 * What a group of cases prints of its first wrong cases stands for all its answers. Numbers
 * in it are compared to 5 digits, so that a subject in float is known by a mistake that is
 * built in double. */
#include "diagnosis_cases.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "subject.h"

enum { MOST = sizeof((struct case_print *)0)->failed / sizeof((struct case_print *)0)->failed[0] };

static const uint64_t begin = 14695981039346656037u;  /* FNV-1a */

static uint64_t add_bytes(uint64_t hash, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (unsigned char)text[i]) * 1099511628211u;
    return hash;
}

/* A text with its numbers cut to 5 digits; whole numbers, which are tokens and indices, stay. */
static uint64_t add_text(uint64_t hash, const char *text)
{
    char number[32];

    while (*text) {
        const size_t whole = strspn(text, "0123456789");
        if (whole == 0 || text[whole] != '.' || !isdigit((unsigned char)text[whole + 1])) {
            const size_t n = whole ? whole : 1;
            hash = add_bytes(hash, text, n);
            text += n;
            continue;
        }
        char *end;
        const int n = snprintf(number, sizeof number, "%.5g", strtod(text, &end));
        hash = add_bytes(hash, number, (size_t)n);
        text = end;
    }
    return hash;
}

struct case_print case_print_of(const struct results *all, size_t start)
{
    struct case_print p = {0};

    for (size_t i = start; i < all->count && p.count < MOST; i++) {
        const struct result *x = &all->item[i];
        if (x->status != FAIL)
            continue;
        const uint64_t how = add_bytes(begin, (const char *)&x->wrong, sizeof x->wrong);
        p.failed[p.count].group = add_bytes(begin, x->node.name, strlen(x->node.name));
        p.failed[p.count++].how = add_text(how, x->lines && *x->lines ? x->lines : x->reason);
    }
    return p;
}

int step_of_kind(const char *kind)
{
    return strcmp(kind, "tokenize") == 0                                   ? 1
           : strcmp(kind, "sample") == 0 || strcmp(kind, "cache") == 0 ? 6
           : strcmp(kind, "optimise") == 0                             ? 8 : 0;
}

bool may_be(const struct mistake *m, const char *group, int step)
{
    const bool runs = strcmp(m->build, "avx2") != 0 || strstr(builtin_subjects(), "avx2");

    return step_of_kind(m->kind) == step && runs && shows_at(m, group);
}

int case_print_explains(const struct case_print *mistake, const struct case_print *subject)
{
    bool all = mistake->count == subject->count;

    if (mistake->count == 0 || subject->count == 0 ||
        mistake->failed[0].group != subject->failed[0].group ||
        mistake->failed[0].how != subject->failed[0].how)
        return 0;
    for (size_t i = 0; i < mistake->count; i++) {
        size_t k = 0;
        while (k < subject->count && subject->failed[k].group != mistake->failed[i].group)
            k++;
        if (k == subject->count)
            return 0;
        all &= subject->failed[k].how == mistake->failed[i].how;
    }
    return all ? 2 : 1;
}

/* What fails in a known mistake. */
static struct case_print print_of(const struct mistake *m, int step,
                                  const struct case_choice *choice)
{
    char path[4400];
    struct results all = {0};

    cases_run(&all, subject_load(mistake_path(path, sizeof path, m)), step, choice, NULL);
    const struct case_print p = case_print_of(&all, 0);
    results_free(&all);
    return p;
}

/* How well it explains what failed, first in that group. Most mistakes fail there in another
 * way, and are not run any further. */
static int level_of(const struct mistake *m, const char *group, int step,
                    const struct case_choice *choice, const struct case_print *subject)
{
    const struct case_choice first = {choice->fixtures, choice->only, group};

    if (!may_be(m, group, step))
        return 0;
    struct case_print p = print_of(m, step, &first);
    if (!case_print_explains(&p, subject))
        return 0;
    p = print_of(m, step, choice);
    return case_print_explains(&p, subject);
}

/* What is said of those that explain it best. */
static void name(struct results *all, size_t item, const struct catalogue *c, const int *level,
                 int best)
{
    char ids[400] = "", text[2000] = "";
    const char *first = NULL;
    size_t used[2] = {0};

    for (size_t i = 0; i < c->count; i++) {
        const struct mistake *m = &c->mistake[i];
        if (level[i] != best || used[0] + 64 > sizeof ids || used[1] + 400 > sizeof text)
            continue;
        used[0] += (size_t)snprintf(ids + used[0], sizeof ids - used[0], "%s%s",
                                    first ? " " : "", m->id);
        used[1] += (size_t)snprintf(text + used[1], sizeof text - used[1], "%s%s (%s)",
                                    first ? " Or: " : "", m->sentence, m->id);
        first = first ? first : m->id;
    }
    struct result *x = &all->item[item];
    x->named = results_keep(all, ids);
    x->likely = results_keep(all, text);
    x->diagnosis = results_keep(all, first);
}

void diagnose_cases(struct results *all, size_t start, int step,
                    const struct case_choice *choice)
{
    size_t item = start;

    while (item < all->count && all->item[item].status != FAIL)
        item++;
    if (item == all->count)
        return;
    if (!catalogue_is_there()) {
        all->hint = no_catalogue;
        return;
    }
    const struct case_print mine = case_print_of(all, start);
    struct catalogue c = catalogue_open();
    int *level = allocate(c.count, sizeof *level), best = 0;

    for (size_t i = 0; i < c.count; i++) {
        level[i] = level_of(&c.mistake[i], all->item[item].node.name, step, choice, &mine);
        best = level[i] > best ? level[i] : best;
    }
    if (best)
        name(all, item, &c, level, best);
    free(level);
    catalogue_close(&c);
}
