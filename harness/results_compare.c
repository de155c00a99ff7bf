/* results_compare.c: compare --results: what has changed from one file of results to another.
 *
 * A tensor is known by its model, the golden's file name, subject, mode and name; an entry of
 * bench by subject, op, layer, direction and threads.
 *
 *   - The status is worse where PASS became anything else, or anything else FAIL.
 *   - The error is worse where rms_error is more than ERROR_FACTOR times the old one and
 *     more than a tenth of its bar: below that it says nothing. Better: the other way round.
 *   - A timing is worse where its median is more than TIME_FACTOR times the old one and its
 *     lower quartile above the old upper one; without quartiles, more than LOOSE_FACTOR.
 *
 * Bars and statuses are those that the files say: nothing is judged again. */
#include "results_compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "files/json_file.h"
#include "words.h"

static const double error_factor = 1.5, share_of_bar = 0.1, time_factor = 1.05,
                    loose_factor = 1.25;

enum { SHOWN = 20, MOST_BYTES = 1 << 28 };

enum change { WORSE_STATUS, WORSE, BETTER, GONE, NEW, SAME, N_CHANGES };

static const char *const titles[] = {"worse", "worse in error or time", "better", "gone", "new"};

/* One tensor or timing in both files; what is not there is NULL. */
struct pair {
    const char *key;
    const json_t *before, *after;
    enum change change;
    double factor;  /* after over before, where both have a number */
};

/* One file: its list, sorted by key. */
struct keyed {
    char *key;
    const json_t *value;
};

struct file {
    const char *path;
    json_t *root;
    bool is_bench;
    size_t count;
    struct keyed *item;
};

/* ------------------------------------------------------------------- the files */

static const char *text_of(const struct file *f, size_t i, const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    if (!text)
        die("%s: entry %zu has no text `%s`: is it a result file?", f->path, i, key);
    return text;
}

static double number_of(const json_t *object, const char *key)
{
    const json_t *n = json_object_get(object, key);
    return json_is_number(n) ? json_number_value(n) : NAN;
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static const char *text_or(const json_t *object, const char *key, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : otherwise;
}

static char *key_of(const struct file *f, size_t i, const json_t *x)
{
    char key[1024];

    if (f->is_bench)
        snprintf(key, sizeof key, "%s %-12s %3.0f %-8s %2.0f",
                 text_of(f, i, x, "subject"), text_of(f, i, x, "op"), number_of(x, "layer"),
                 text_of(f, i, x, "direction"), number_of(x, "threads"));
    else
        snprintf(key, sizeof key, "%s %s %s %s %s", text_or(x, "model", "?"),
                 file_name(text_or(x, "golden", "?")), text_of(f, i, x, "subject"),
                 text_of(f, i, x, "mode"), text_of(f, i, x, "name"));
    return copy_text(key);
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct keyed *)a)->key, ((const struct keyed *)b)->key);
}

static struct file read_file(const char *path)
{
    struct file f = {.path = path, .root = json_file_of(path, MOST_BYTES)};
    const char *format = text_or(f.root, "format", "");

    f.is_bench = strcmp(format, "touchstone-bench") == 0;
    if (!f.is_bench && strcmp(format, "touchstone-result") != 0)
        die("%s: is no file of results: --json of check, compare or bench writes one", path);
    if (json_integer_value(json_object_get(f.root, "format_version")) != 1)
        die("%s: has another format_version than 1: a newer build wrote it", path);
    const json_t *list = json_object_get(f.root, f.is_bench ? "entries" : "tensors");
    if (!json_is_array(list))
        die("%s: has no list `%s`", path, f.is_bench ? "entries" : "tensors");
    f.count = json_array_size(list);
    f.item = allocate(f.count, sizeof *f.item);
    for (size_t i = 0; i < f.count; i++) {
        f.item[i].value = json_array_get(list, i);
        f.item[i].key = key_of(&f, i, f.item[i].value);
    }
    qsort(f.item, f.count, sizeof *f.item, by_key);
    for (size_t i = 1; i < f.count; i++)
        if (strcmp(f.item[i - 1].key, f.item[i].key) == 0)
            die("%s: holds `%s` twice", path, f.item[i].key);
    return f;
}

static void close_file(struct file *f)
{
    for (size_t i = 0; i < f->count; i++)
        free(f->item[i].key);
    free(f->item);
    json_decref(f->root);
}

/* ------------------------------------------------------------------ the changes */

/* 0 passed, 1 not compared, 2 failed. */
static int badness(const json_t *x)
{
    const char *status = text_or(x, "status", "FAIL");

    return strcmp(status, "PASS") == 0 ? 0 : strcmp(status, "FAIL") == 0 ? 2 : 1;
}

/* Whether an error has grown beyond noise. NaN is null in the files: it fails anyhow. */
static bool error_grew(const json_t *from, const json_t *to)
{
    const double a = number_of(from, "rms_error"), b = number_of(to, "rms_error");

    return b > error_factor * a && b > share_of_bar * number_of(to, "bar");
}

static bool time_grew(const json_t *from, const json_t *to)
{
    const double ratio = number_of(to, "seconds_median") / number_of(from, "seconds_median");
    const double low = number_of(to, "seconds_low"), high = number_of(from, "seconds_high");

    return isnan(low) || isnan(high) ? ratio > loose_factor : ratio > time_factor && low > high;
}

static enum change change_of(const json_t *before, const json_t *after, bool is_bench)
{
    if (!before || !after)
        return before ? GONE : NEW;
    if (is_bench)
        return time_grew(before, after)   ? WORSE_STATUS
               : time_grew(after, before) ? BETTER
                                          : SAME;
    if (badness(after) != badness(before))
        return badness(after) > badness(before) ? WORSE_STATUS : BETTER;
    return error_grew(before, after)   ? WORSE
           : error_grew(after, before) ? BETTER
                                       : SAME;
}

/* The pairs of two sorted lists; as many as both together at most. */
static size_t pair_up(struct pair *pair, const struct file *a, const struct file *b)
{
    const char *value = a->is_bench ? "seconds_median" : "rms_error";
    size_t i = 0, k = 0, n = 0;

    while (i < a->count || k < b->count) {
        const int order = i == a->count   ? 1
                          : k == b->count ? -1
                                          : strcmp(a->item[i].key, b->item[k].key);
        struct pair *p = &pair[n++];

        *p = (struct pair){.key = order <= 0 ? a->item[i].key : b->item[k].key,
                           .before = order <= 0 ? a->item[i].value : NULL,
                           .after = order >= 0 ? b->item[k].value : NULL};
        i += order <= 0;
        k += order >= 0;
        p->change = change_of(p->before, p->after, a->is_bench);
        p->factor = order == 0 ? number_of(p->after, value) / number_of(p->before, value) : 1;
    }
    return n;
}

/* The largest change first, up or down; what cannot be said by a factor before all. */
static int by_change(const void *a, const void *b)
{
    const struct pair *p = a, *q = b;
    const double x = fabs(log(p->factor)), y = fabs(log(q->factor));

    if (p->change != q->change)
        return (p->change > q->change) - (p->change < q->change);
    if (isnan(x) != isnan(y))
        return isnan(y) ? 1 : -1;
    return x < y ? 1 : x > y ? -1 : strcmp(p->key, q->key);
}

/* ------------------------------------------------------------------- the output */

static void print_value(const json_t *x, const char *key)
{
    const double value = number_of(x, key);

    if (isnan(value))
        printf(" %9s", "-");
    else
        printf(" %9.2e", value);
}

static void print_pair(const struct pair *p, bool is_bench)
{
    const json_t *x = p->after ? p->after : p->before;
    const char *value = is_bench ? "seconds_median" : "rms_error";

    if (p->before && p->after && isfinite(p->factor))
        printf("  %8.3g", p->factor);
    else
        printf("  %8s", "-");
    print_value(p->before, value);
    print_value(p->after, value);
    if (is_bench) {
        printf("  %-10s %-12s", text_or(x, "subject", ""), text_or(x, "op", ""));
        if (number_of(x, "layer") >= 0)
            printf(" layer %.0f", number_of(x, "layer"));
        printf(" %s, threads: %.0f\n", text_or(x, "direction", ""), number_of(x, "threads"));
        return;
    }
    printf("  %-10s %-10s  %s %s %s %s\n", p->before ? text_or(p->before, "status", "?") : "-",
           p->after ? text_or(p->after, "status", "?") : "-", text_or(x, "name", ""),
           text_or(x, "subject", ""), text_or(x, "mode", ""),
           file_name(text_or(x, "golden", "")));
}

static void print_changes(const struct pair *pair, size_t n, bool is_bench, bool verbose)
{
    size_t count[N_CHANGES] = {0}, shown[N_CHANGES] = {0};

    for (size_t i = 0; i < n; i++)
        count[pair[i].change]++;
    for (size_t i = 0; i < n && pair[i].change != SAME; i++) {
        const enum change c = pair[i].change;

        if (shown[c]++ == 0)
            printf("%s: %zu\n  %8s %9s %9s%s\n", is_bench && c == WORSE_STATUS ? "slower"
                   : is_bench && c == BETTER ? "faster" : titles[c], count[c], "factor", "old",
                   "new", is_bench ? "" : "  was        is");
        if (verbose || shown[c] <= SHOWN)
            print_pair(&pair[i], is_bench);
        if (!verbose && shown[c] == count[c] && count[c] > SHOWN)
            printf("  and %zu more (--verbose lists them)\n", count[c] - SHOWN);
    }
}

/* Times of other models or inputs have nothing to say of each other. */
static void check_comparable(const struct file *a, const struct file *b)
{
    static const char *const keys[] = {"model", "batch", "length"};

    if (a->is_bench != b->is_bench)
        die("%s is of %s, %s of %s: both must be of one kind", a->path,
            a->is_bench ? "bench" : "check", b->path, b->is_bench ? "bench" : "check");
    for (size_t i = 0; a->is_bench && i < sizeof keys / sizeof keys[0]; i++)
        if (!json_equal(json_object_get(a->root, keys[i]), json_object_get(b->root, keys[i])))
            die("%s and %s are of another %s: nothing can be compared", a->path, b->path,
                keys[i]);
}

int results_compare(const struct options *o)
{
    struct file before = read_file(o->results), after = read_file(o->operand);

    check_comparable(&before, &after);
    struct pair *pair = allocate(before.count + after.count, sizeof *pair);
    const size_t n = pair_up(pair, &before, &after);
    size_t count[N_CHANGES] = {0};

    qsort(pair, n, sizeof *pair, by_change);
    for (size_t i = 0; i < n; i++)
        count[pair[i].change]++;
    if (!o->quiet)
        print_changes(pair, n, before.is_bench, o->verbose);
    const size_t failed = count[WORSE_STATUS] + (o->strict ? count[WORSE] + count[GONE] : 0);
    const size_t skipped = count[NEW] + (o->strict ? 0 : count[GONE]);
    const bool nothing = n == count[NEW] + count[GONE];
    if (nothing)
        printf("nothing is in both files: that is a failure\n");
    printf("%zu passed, %zu failed, %zu skipped\n", n - failed - skipped, failed + nothing,
           skipped);
    free(pair);
    close_file(&before);
    close_file(&after);
    return failed || nothing ? 1 : 0;
}
