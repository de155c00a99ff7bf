/* results.c: verdicts. PASS and FAIL are decided by the bar; MISTRUSTED where a
 * careless answer would pass as well, so that passing proves nothing. */
#include "results.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "pattern.h"

struct result *results_add(struct results *r)
{
    if (r->count == r->room) {
        const size_t room = r->room ? 2 * r->room : 256;
        struct result *item = realloc(r->item, room * sizeof *item);
        if (!item)
            die("no memory for %zu results", room);
        r->item = item;
        r->room = room;
    }
    struct result *added = &r->item[r->count++];
    memset(added, 0, sizeof *added);
    return added;
}

void results_free(struct results *r)
{
    free(r->item);
    for (size_t i = 0; i < r->n_kept; i++)
        free(r->kept[i]);
    free(r->kept);
    *r = (struct results){0};
}

const char *results_keep(struct results *r, const char *text)
{
    char *copy = allocate(strlen(text) + 1, 1);
    char **kept = realloc(r->kept, (r->n_kept + 1) * sizeof *kept);

    if (!kept)
        die("no memory for %zu texts", r->n_kept + 1);
    strcpy(copy, text);
    r->kept = kept;
    r->kept[r->n_kept++] = copy;
    return copy;
}

const char *status_name(enum status s)
{
    static const char *const names[] = {"PASS", "FAIL", "SKIP", "MISTRUSTED"};
    return names[s];
}

const char *mode_name(enum mode m)
{
    return m == LOCAL ? "local" : "chain";
}

bool is_failure(const struct result *r, bool strict)
{
    return r->status == FAIL || (strict && r->status == MISTRUSTED);
}

struct totals results_count(const struct results *r, size_t first, size_t end, bool strict)
{
    struct totals t = {0};

    for (size_t i = first; i < end; i++) {
        const struct result *x = &r->item[i];

        if (is_failure(x, strict))
            t.failed++;
        else if (x->status == PASS)
            t.passed++;
        else
            t.skipped++;
        t.mistrusted += x->status == MISTRUSTED;
    }
    return t;
}

const struct result *results_first_failure(const struct results *r, bool strict)
{
    const struct result *first = NULL;

    for (size_t i = 0; i < r->count; i++) {
        const struct result *x = &r->item[i];
        if (!is_failure(x, strict))
            continue;
        if (!first || (strcmp(x->golden_path, first->golden_path) == 0 &&
                       x->place < first->place))
            first = x;
    }
    return first;
}

/* Entries that are 0 by the shape of the tensor alone: keys later than their query. */
static size_t masked(const struct node *n)
{
    const size_t T = n->rank == 4 && strcmp(n->letters, "BHTT") == 0 ? n->dim[3] : 0;

    return T ? n->count / T * (T - 1) / 2 : 0;
}

/* Why a pass would prove nothing; NULL where it does. */
static const char *mistrust(const struct node *n, const struct errors *e, const struct bar *bar,
                            const double *want)
{
    const size_t fixed = masked(n);

    if (e->zeros >= fixed && 2 * (e->zeros - fixed) > e->elements - fixed)
        return "the golden is mostly zeros";
    if (zeros_error(e) <= bar->rms)
        return "its bar would pass all zeros";
    if (e->elements > 1 && shuffled_error(want, e->elements, e->scale) <= bar->rms)
        return "its bar would pass the same numbers in other places";
    return NULL;
}

void judge(struct result *r, const double *got, const double *want, size_t width,
           const struct yardstick *y)
{
    const struct errors e = measure_errors(got, want, r->node.count);
    const bool golden_is_zero = e.zeros == e.elements;
    const size_t rank = r->node.rank;
    const size_t rows = rank ? r->node.count / r->node.dim[rank - 1] : 1;
    const char *doubt;

    r->measured = true;
    r->errors = e;
    r->yardstick = *y;
    r->bar = golden_is_zero ? (struct bar){0, 0, "the golden is 0 throughout: exactly that"}
                            : bar_for(width, y, e.peak, rows);
    for (size_t i = 0; i < e.n_worst; i++) {
        r->got[i] = got[e.worst[i]];
        r->want[i] = want[e.worst[i]];
    }
    if (!(e.rms <= r->bar.rms) || !(e.max <= r->bar.max)) {
        r->status = FAIL;
        double limit = r->bar.max;
        r->wrong = count_wrong(got, want, e.elements, limit, e.scale);
        if (r->wrong == 0) {  /* none alone, but all together */
            limit = r->bar.rms;
            r->wrong = count_wrong(got, want, e.elements, limit, e.scale);
        }
        describe_pattern(r->pattern, sizeof r->pattern, &r->node, got, want, limit * e.scale);
    } else if ((doubt = mistrust(&r->node, &e, &r->bar, want))) {
        r->status = MISTRUSTED;
        snprintf(r->reason, sizeof r->reason, "%s", doubt);
    } else {
        r->status = PASS;
    }
}
