/* diagnosis_find.c: which known mistakes compute what a subject has, and what is said.
 *
 * With L what a mistake leaves of the difference D between the subject and what is right:
 * they are equal where L is within the bar and at most a tenth of D (or next to nothing of
 * it), and near where it is at most a hundredth of D. What is further away is not named. */
#include "diagnosis_find.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"

struct findings findings_begin(struct results *all)
{
    struct findings f = {.all = all, .is_there = catalogue_is_there()};

    if (!f.is_there)
        return f;
    f.catalogue = catalogue_open();
    f.subject = allocate(f.catalogue.count, sizeof *f.subject);
    for (size_t i = 0; i < f.catalogue.count; i++)
        f.subject[i] = NULL;
    return f;
}

/* ------------------------------------------------------------------------ candidates */

static bool is_gradient(const char *tensor)
{
    return strncmp(tensor, "backward/", 9) == 0 || strncmp(tensor, "grad/", 5) == 0;
}

/* Whether its source takes part in the direction at all: the fast subjects share parts. */
static bool takes_part(const struct mistake *m, bool backward)
{
    return strstr(m->file, "avx2") || (strstr(m->file, "07_backprop") != NULL) == backward;
}

/* A fast subject's own mistakes are of float32, and need its instructions. */
static bool runs_here(const struct mistake *m, const struct result *x)
{
    if (strcmp(m->build, "f64") == 0)
        return true;
    if (!x->precision || x->precision->bits > 24)
        return false;
    return strcmp(m->build, "scalar") == 0 ||
           (strcmp(m->build, "avx2") == 0 && strstr(builtin_subjects(), "avx2"));
}

static bool is_of_folder(const struct mistake *m, const char *folder)
{
    return !folder || strncmp(m->file, folder, strlen(folder)) == 0;
}

const struct subject *candidate(struct findings *f, size_t mistake, const struct result *x,
                                const char *kind, bool anywhere)
{
    const struct mistake *m = &f->catalogue.mistake[mistake];
    const bool shows = shows_at(m, x->node.name);
    char path[4200];

    if (strcmp(m->kind, kind) != 0 || strcmp(m->step, "right") == 0 || !runs_here(m, x) ||
        !is_of_folder(m, f->all->mistakes_of))
        return NULL;
    if (anywhere ? shows || !takes_part(m, is_gradient(x->node.name)) : !shows)
        return NULL;
    if (!f->subject[mistake]) {
        mistake_path(path, sizeof path, m);
        f->subject[mistake] = access(path, R_OK) == 0 ? subject_load(path) : NULL;
    }
    return f->subject[mistake];
}

/* -------------------------------------------------------------------------- nearness */

/* So few numbers can come near to others by chance. */
static const size_t few = 8;

/* What is left of the difference, in sums of squares. */
struct left {
    double left, most, all, made;
    bool nonfinite, apart;  /* some elements are not finite in both; or only in one */
};

static struct left leave(const double *got, const double *want, const double *made, size_t n)
{
    struct left s = {0};

    for (size_t i = 0; i < n; i++) {
        const double l = got[i] - made[i], d = got[i] - want[i];
        if (isfinite(l)) {
            s.left += l * l;
            s.most = fmax(s.most, fabs(l));
            s.all += isfinite(d) ? d * d : 0;
            s.made += made[i] * made[i];
            continue;
        }
        const bool same = (isnan(got[i]) && isnan(made[i])) ||
                          (isinf(got[i]) && isinf(made[i]) && (got[i] > 0) == (made[i] > 0));
        s.nonfinite |= same;
        s.apart |= !same;
    }
    return s;
}

static struct finding *finding_at(struct findings *f, size_t result)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->item[i].result == result)
            return &f->item[i];
    if (f->n == f->room) {
        f->room = f->room ? 2 * f->room : 16;
        f->item = realloc(f->item, f->room * sizeof *f->item);
        if (!f->item)
            die("no memory for what was found");
    }
    f->item[f->n] = (struct finding){.result = result};
    return &f->item[f->n++];
}

const struct finding *finding_of(const struct findings *f, size_t result)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->item[i].result == result)
            return &f->item[i];
    return NULL;
}

static void note(struct findings *f, size_t result, const struct hit *hit)
{
    struct finding *to = finding_at(f, result);
    size_t i = 0;

    while (i < to->n && to->hit[i].mistake != hit->mistake)
        i++;
    if (i < to->n) {
        if (hit->share < to->hit[i].share)
            to->hit[i] = *hit;
    } else if (to->n < MOST_HITS) {
        to->hit[to->n++] = *hit;
    }
}

void find_again(struct findings *f, size_t result, const struct finding *other)
{
    const struct finding copy = *other;  /* it moves when the list grows */

    for (size_t i = 0; i < copy.n; i++)
        note(f, result, &copy.hit[i]);
}

void find_instead(struct findings *f, size_t result, const struct hit *hit)
{
    struct finding *to = finding_at(f, result);

    *to = (struct finding){.result = result, .n = 1, .hit = {*hit}, .follows = true};
}

void weigh(struct findings *f, size_t result, size_t mistake, const double *got,
           const double *want, const double *made)
{
    const struct result *x = &f->all->item[result];
    const size_t n = x->node.count;
    const struct left s = leave(got, want, made, n);
    const double scale = fmax(x->errors.scale, sqrt(s.made / (double)n));
    const bool within = sqrt(s.left / (double)n) <= x->bar.rms * scale &&
                        s.most <= x->bar.max * scale;
    const double next_to_nothing = x->precision && x->precision->bits > 24 ? 1e-5 : 1e-3;
    double share = s.all > 0 ? sqrt(s.left / s.all) : 1;

    if (s.apart)
        return;
    if (s.nonfinite && (within || share <= 0.01))
        share = 0;
    const struct finding *before = finding_of(f, result);
    if (before && before->follows)
        return;
    const struct hit hit = {mistake, share,
                            (within && share <= 0.1) || share <= next_to_nothing};
    if (n < few ? within && hit.equal : hit.equal || share <= 0.01)
        note(f, result, &hit);
}

/* -------------------------------------------------------------------------- the words */

/* How many wrong tensors of the same subject the mistake explains. */
static size_t explained(const struct findings *f, const char *subject, size_t mistake)
{
    size_t count = 0;

    for (size_t i = 0; i < f->n; i++) {
        const struct finding *one = &f->item[i];
        if (one->follows || strcmp(f->all->item[one->result].subject, subject) != 0)
            continue;
        for (size_t k = 0; k < one->n; k++)
            count += one->hit[k].equal && one->hit[k].mistake == mistake;
    }
    return count;
}

/* At how many of the subject's tensors that passed it would show by the catalogue. */
static size_t contradicted(const struct findings *f, const struct result *x, size_t mistake)
{
    size_t count = 0;

    for (size_t i = 0; i < f->all->count; i++) {
        const struct result *y = &f->all->item[i];
        count += y->status == PASS && results_alike(x, y) &&
                 shows_at(&f->catalogue.mistake[mistake], y->node.name);
    }
    return count;
}

/* Which of two mistakes that are both equal is better said: 1 the first, -1 the second. */
static int compare_hits(const struct findings *f, const struct result *x, size_t a, size_t b)
{
    const size_t more = explained(f, x->subject, a), than = explained(f, x->subject, b);

    if (more != than)
        return more > than ? 1 : -1;
    const size_t against = contradicted(f, x, a), other = contradicted(f, x, b);
    return against < other ? 1 : against > other ? -1 : 0;
}

/* Whether a is better said than b. */
static bool goes_before(const struct findings *f, const struct result *x, const struct hit *a,
                        const struct hit *b)
{
    const struct mistake *m = f->catalogue.mistake;

    if (a->equal != b->equal)
        return a->equal;
    const int better = a->equal ? compare_hits(f, x, a->mistake, b->mistake) : 0;
    if (better)
        return better > 0;
    const bool exact_a = !(a->share > 0), exact_b = !(b->share > 0);
    if (exact_a != exact_b)
        return exact_a;
    const bool shows_a = shows_at(&m[a->mistake], x->node.name);
    const bool shows_b = shows_at(&m[b->mistake], x->node.name);
    if (shows_a != shows_b)
        return shows_a;
    return a->equal ? a->mistake < b->mistake : a->share < b->share;
}

/* Sorts the hits, best first, and drops those that are clearly worse: near ones behind
 * equal ones, and equal ones that explain fewer of the wrong tensors or would show at more
 * of the right ones. */
static void rank(struct findings *f, struct finding *one)
{
    const struct result *x = &f->all->item[one->result];

    for (size_t i = 1; i < one->n; i++)
        for (size_t k = i; k > 0 && goes_before(f, x, &one->hit[k], &one->hit[k - 1]); k--) {
            const struct hit keep = one->hit[k];
            one->hit[k] = one->hit[k - 1];
            one->hit[k - 1] = keep;
        }
    size_t n = one->n > 0;
    while (n < one->n && one->hit[0].equal && one->hit[n].equal &&
           compare_hits(f, x, one->hit[0].mistake, one->hit[n].mistake) == 0)
        n++;
    one->n = n;
}

static void say(struct findings *f, const struct finding *one)
{
    struct result *x = &f->all->item[one->result];
    const struct mistake *m = f->catalogue.mistake;
    const size_t shown = one->n < 3 ? one->n : 3;
    char text[1200], ids[256] = "";
    size_t used = 0;

    for (size_t i = 0; i < one->n; i++)
        snprintf(ids + strlen(ids), sizeof ids - strlen(ids), "%s%s", i ? " " : "",
                 m[one->hit[i].mistake].id);
    for (size_t i = 0; i < shown && used < sizeof text; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s (%s)", i ? " Or: " : "",
                                 m[one->hit[i].mistake].sentence, m[one->hit[i].mistake].id);
    if (one->follows)
        snprintf(text, sizeof text, "It goes with the mistake of the forward pass (%s): this is "
                 "the gradient of what that computes.", m[one->hit[0].mistake].id);
    if (!one->hit[0].equal && used < sizeof text)
        snprintf(text + used, sizeof text - used, " But %.2g%% of the difference is left.",
                 100 * one->hit[0].share);
    x->named = results_keep(f->all, ids);
    x->diagnosis = results_keep(f->all, m[one->hit[0].mistake].id);
    x->likely = results_keep(f->all, text);
}

/* Where a known mistake leaves nothing but the rounding of the subject's own precision, a
 * coarser one is no better explanation. */
static void is_no_rounding(struct findings *f, const struct result *x)
{
    for (size_t i = 0; i < f->all->count; i++)
        if (results_alike(x, &f->all->item[i]))
            f->all->item[i].looks_like = NULL;
}

void findings_end(struct findings *f)
{
    /* In two rounds, since rank counts what all have. */
    struct finding *ranked = allocate(f->n, sizeof *ranked);

    for (size_t i = 0; i < f->n; i++) {
        ranked[i] = f->item[i];
        rank(f, &ranked[i]);
    }
    for (size_t i = 0; i < f->n; i++)
        if (ranked[i].n > 0 && ranked[i].hit[0].equal)
            is_no_rounding(f, &f->all->item[ranked[i].result]);
    for (size_t i = 0; i < f->n; i++)
        if (ranked[i].n > 0 && !f->all->item[ranked[i].result].looks_like)
            say(f, &ranked[i]);
    free(ranked);
    free(f->item);
    free(f->subject);
    if (f->is_there)
        catalogue_close(&f->catalogue);
    *f = (struct findings){0};
}
