/* results.c: verdicts, gathered and counted. How one is reached is left to judge.c. */
#include "results.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "die.h"
#include "words.h"

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
    const double seconds = now();

    memset(added, 0, sizeof *added);
    added->seconds = r->last > 0 ? seconds - r->last : 0;
    r->last = seconds;
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
    char *copy = copy_text(text);
    char **kept = realloc(r->kept, (r->n_kept + 1) * sizeof *kept);

    if (!kept)
        die("no memory for %zu texts", r->n_kept + 1);
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

bool results_alike(const struct result *a, const struct result *b)
{
    return a->golden_path == b->golden_path && a->mode == b->mode &&
           strcmp(a->subject, b->subject) == 0;
}

struct bar result_bar(const struct result *r, const struct precision *p)
{
    static const struct bar exact = {0, 0, "the golden is 0 throughout: exactly that"};
    const struct errors *e = &r->errors;
    const size_t rank = r->node.rank;
    const size_t rows = rank ? r->node.count / r->node.dim[rank - 1] : 1;

    return e->zeros == e->elements ? exact : bar_at(p, &r->yardstick, e->peak, rows, e->scale);
}
