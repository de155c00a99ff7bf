/* cases_sample.c: cases of step 06 without a model: which token is drawn, and the random
 * numbers.
 *
 * fixtures/sampling/draws.txt has logits, settings, a random number and the token that is
 * right by the rule alone, computed with 60 digits (ref/sampling.py). What a line exercises
 * follows from its settings, and decides the group. The first numbers of the generator are
 * those of Blackman and Vigna's own program. */
#include "cases_group.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "execute.h"

enum { MOST = 64 };  /* tokens of a draw */

/* What a draw is about; its group's name. */
enum about {
    NO_TOKEN, GREEDY, GREEDY_TIES, PLAIN, TEMPERATURE, TOP_K, TOP_K_TIES, TOP_P, TOP_P_WARM,
    TOP_K_TOP_P, EXTREME, N_ABOUT
};
static const char *const names[] = {
    "sample/no-token", "sample/greedy", "sample/greedy-ties", "sample/draw",
    "sample/temperature", "sample/top-k", "sample/top-k-ties", "sample/top-p",
    "sample/top-p-and-temperature", "sample/top-k-and-top-p", "sample/temperature-extreme",
};

struct draw {
    enum about about;
    size_t line, V, want;       /* want is V where none can be chosen */
    struct sampling how;
    double uniform, logit[MOST];
};

struct draws {
    struct draw *draw;          /* [n] */
    size_t n;
    enum about about;           /* of the group under way */
};

/* ----------------------------------------------------------------------- the file */

static int falling(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x < y) - (x > y);
}

/* Whether the k-th highest logit comes again below it. */
static bool has_ties(const struct draw *d, size_t k)
{
    double sorted[MOST];

    memcpy(sorted, d->logit, d->V * sizeof *sorted);
    qsort(sorted, d->V, sizeof *sorted, falling);
    return k < d->V && sorted[k] == sorted[k - 1];
}

static enum about about(const struct draw *d)
{
    const double heat = d->how.temperature;
    const bool top_k = d->how.top_k > 0 && d->how.top_k < d->V, top_p = d->how.top_p < 1;

    if (d->want == d->V)
        return NO_TOKEN;
    if (heat == 0)
        return has_ties(d, 1) ? GREEDY_TIES : GREEDY;
    if (heat < 1e-3 || heat > 1e3)
        return EXTREME;
    if (top_k && top_p)
        return TOP_K_TOP_P;
    if (top_k)
        return has_ties(d, d->how.top_k) ? TOP_K_TIES : TOP_K;
    if (top_p)
        return heat == 1 ? TOP_P : TOP_P_WARM;
    return heat == 1 ? PLAIN : TEMPERATURE;
}

static bool read_draw(struct draw *d, FILE *f, const char *path)
{
    long want;
    int read = fscanf(f, "%ld %zu %zu %lf %lf %lf", &want, &d->V, &d->how.top_k, &d->how.top_p,
                      &d->how.temperature, &d->uniform);

    if (read == EOF)
        return false;
    if (read != 6 || d->V < 1 || d->V > MOST || want >= (long)d->V)
        die("%s: line %zu is no draw: ref/sampling.py says what a line holds", path, d->line);
    for (size_t v = 0; v < d->V; v++)
        if (fscanf(f, "%lf", &d->logit[v]) != 1)
            die("%s: line %zu has fewer than %zu logits", path, d->line, d->V);
    d->want = want < 0 ? d->V : (size_t)want;
    d->about = about(d);
    return true;
}

static struct draws read_draws(const struct case_run *r)
{
    struct draws all = {0};
    struct draw next = {.line = 1};
    size_t room = 0;
    char path[4200];
    FILE *f = fopen(case_path(path, sizeof path, r, cases_folder(6), "draws.txt"), "r");

    if (!f)
        die("%s: cannot be read: the cases of step 06 are missing", path);
    for (; read_draw(&next, f, path); next.line++) {
        if (all.n == room) {
            room = room ? 2 * room : 256;
            all.draw = realloc(all.draw, room * sizeof *all.draw);
            if (!all.draw)
                die("%s: no memory for %zu draws", path, room);
        }
        all.draw[all.n++] = next;
    }
    fclose(f);
    return all;
}

/* ---------------------------------------------------------------------- the groups */

static void begin_draw(struct marks *m, const struct draw *d)
{
    char logits[SHOWN] = "", settings[64] = "";
    size_t at = 0;

    for (size_t v = 0; v < d->V && at < 60; v++)
        at += (size_t)snprintf(logits + at, sizeof logits - at, "%s%.4g", v ? " " : "",
                               d->logit[v]);
    at = (size_t)snprintf(settings, sizeof settings, "temperature %.4g", d->how.temperature);
    if (d->how.top_k)
        at += (size_t)snprintf(settings + at, sizeof settings - at, ", k %zu", d->how.top_k);
    if (d->how.top_p < 1)
        snprintf(settings + at, sizeof settings - at, ", p %.4g", d->how.top_p);
    case_begin(m, "draws.txt:%zu: %s, uniform %.4g, of %zu logits %s%s", d->line, settings,
               d->uniform, d->V, logits, at >= 60 ? " ..." : "");
}

/* Tokens are numbers, and V is none. */
static void end_draw(struct marks *m, const struct draw *d, size_t got)
{
    if (!case_end(m, got == d->want))
        return;
    snprintf(m->got, sizeof m->got, "token %zu%s", got, got == d->V ? ", which is V: none" : "");
    snprintf(m->want, sizeof m->want, "token %zu%s", d->want,
             d->want == d->V ? ", which is V: none" : "");
}

static void draws_are_right(struct marks *m, const struct case_run *r, const void *context)
{
    const struct draws *all = context;

    for (size_t i = 0; i < all->n; i++) {
        const struct draw *d = &all->draw[i];
        struct candidate room[MOST];
        double logits[MOST];  /* room for either width */

        if (d->about != all->about)
            continue;
        narrow(logits, d->logit, r->subject->width, d->V);
        begin_draw(m, d);
        end_draw(m, d, r->ops->sample(logits, d->V, &d->how, d->uniform, room));
    }
}

/* The logits of the next draw are often the same array: they must stay as they were. */
static void logits_stay(struct marks *m, const struct case_run *r, const void *context)
{
    const struct draws *all = context;

    for (size_t i = 0; i < all->n; i += 5) {
        const struct draw *d = &all->draw[i];
        struct candidate room[MOST];
        double logits[MOST], before[MOST];

        narrow(logits, d->logit, r->subject->width, d->V);
        memcpy(before, logits, d->V * r->subject->width);
        begin_draw(m, d);
        r->ops->sample(logits, d->V, &d->how, d->uniform, room);
        if (case_end(m, memcmp(before, logits, d->V * r->subject->width) == 0)) {
            strcpy(m->got, "other logits than before");
            strcpy(m->want, "the same logits");
        }
    }
}

static void the_generator_is_the_published_one(struct marks *m, const struct case_run *r,
                                               const void *none)
{
    static const unsigned long long from_1234[] = {11520, 0, 1509978240, 1215971899390074240,
                                                   1216172134540287360, 607988272756665600};
    struct generator g = {{1, 2, 3, 4}};

    (void)none;
    for (size_t i = 0; i < 6; i++) {
        case_begin(m, "number %zu from the state 1 2 3 4", i + 1);
        case_end_real(m, r->ops->generator_uniform(&g), ldexp((double)(from_1234[i] >> 11), -53),
                      0);
    }
}

static void a_seed_begins_it(struct marks *m, const struct case_run *r, const void *none)
{
    static const unsigned long long from_42[] = {0x2af0165c185d8, 0xc209b30cda227,
                                                 0x15c2ea66473c93, 0x1d9715a8e0766c};
    struct generator g = r->ops->generator_begin(42);

    (void)none;
    for (size_t i = 0; i < 4; i++) {
        case_begin(m, "number %zu from the seed 42", i + 1);
        case_end_real(m, r->ops->generator_uniform(&g), ldexp((double)from_42[i], -53), 0);
    }
}

/* From the same seed twice: by the formula of Box and Muller, and by the subject. */
static void normal_numbers_follow(struct marks *m, const struct case_run *r, const void *none)
{
    struct generator g = generator_begin(3), same = g;

    (void)none;
    for (size_t i = 0; i < 100; i++) {
        const double u = generator_uniform(&g), v = generator_uniform(&g);
        const double want = sqrt(-2 * log(1 - u)) * cos(2 * acos(-1) * v);

        case_begin(m, "normal number %zu from the seed 3", i + 1);
        case_end_real(m, r->ops->generator_normal(&same), want, 1e-14);
    }
}

void cases_sample(struct case_run *r)
{
    if (!case_wanted(r, NULL))
        return;
    struct draws all = read_draws(r);

    for (all.about = 0; all.about < N_ABOUT; all.about++)
        case_group(r, names[all.about], LACKS(r, sample), draws_are_right, &all);
    case_group(r, "sample/logits-stay", LACKS(r, sample), logits_stay, &all);
    free(all.draw);
    case_group(r, "random/uniform", LACKS(r, generator_uniform),
               the_generator_is_the_published_one, NULL);
    case_group(r, "random/seed",
               LACKS(r, generator_begin) ? LACKS(r, generator_begin) : LACKS(r, generator_uniform),
               a_seed_begins_it, NULL);
    case_group(r, "random/normal", LACKS(r, generator_normal), normal_numbers_follow, NULL);
}
