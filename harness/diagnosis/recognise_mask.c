/* recognise_mask.c: what attention's table of queries and keys shows of its mask.
 *
 * A query sees the keys up to its own; a row of the pattern sums to 1, and what is masked
 * is stored as 0 (docs/formats.md). What is said here is read off the tensor itself. */
#include <math.h>
#include <stdio.h>

#include "places.h"
#include "recognise_parts.h"

/* What stands above the diagonal, and whether all else is right. */
struct above {
    size_t count, next, filled;  /* wrong ones; of these at key = query + 1; or as `fill` */
    double fill;                 /* the first of them */
    bool alone;                  /* nothing else is wrong */
};

static bool is_wrong(const struct evidence *e, size_t i)
{
    return !(fabs(e->got[i] - e->want[i]) <= e->limit);
}

static bool is_equal(double a, double b)
{
    return !(a < b) && !(a > b);
}

static struct above look_above(const struct evidence *e)
{
    struct above a = {.alone = true};

    for (size_t i = 0; i < e->node->count; i++) {
        const size_t query = index_at(e->node, i, 2), key = index_at(e->node, i, 3);
        if (!is_wrong(e, i))
            continue;
        if (key <= query) {
            a.alone = false;
            continue;
        }
        a.fill = a.count == 0 ? e->got[i] : a.fill;
        a.count++;
        a.next += key == query + 1;
        a.filled += is_equal(e->got[i], a.fill);
    }
    return a;
}

static bool is_filled_scores(char *text, size_t size, const struct evidence *e)
{
    const struct above a = look_above(e);
    const size_t T = e->node->dim[3], above = e->node->count / T * (T - 1) / 2;

    if (!a.alone || a.count != above || a.filled != above)
        return false;
    snprintf(text, size, "only above the diagonal: %g, with which masked scores are filled; the "
                         "format stores 0 there", a.fill);
    return true;
}

/* How far rows and columns are from the sum 1. */
struct sums {
    double least, most;       /* of the rows */
    bool columns;             /* the columns sum to 1 */
    size_t own;               /* rows from query 1 on whose own key has no share */
};

static struct sums add_up(const struct evidence *e)
{
    const size_t T = e->node->dim[3];
    struct sums s = {INFINITY, -INFINITY, true, 0};

    for (size_t row = 0; row < rows_of(e->node); row++) {
        double sum = 0;
        for (size_t key = 0; key < T; key++)
            sum += e->got[row * T + key];
        s.least = fmin(s.least, sum);
        s.most = fmax(s.most, sum);
        s.own += row % T > 0 && is_equal(e->got[row * T + row % T], 0) &&
                 e->want[row * T + row % T] > e->limit;
    }
    for (size_t at = 0; at < e->node->count; at += T * T)
        for (size_t key = 0; key < T; key++) {
            double sum = 0;
            for (size_t query = 0; query < T; query++)
                sum += e->got[at + query * T + key];
            s.columns &= fabs(sum - 1) < 1e-3;
        }
    return s;
}

/* That rows do not sum to 1, and where. */
static void say_sums(char *text, size_t size, const struct evidence *e, const struct sums *s)
{
    const struct box whole = box_whole(e->node->rank, e->node->dim);
    struct places places = places_begin(e->node);
    char where[256];

    places_add(&places, e->got, e->want, &whole, e->limit);
    places_text(where, sizeof where, &places);
    places_free(&places);
    snprintf(text, size, "rows do not sum to 1, but to %.4g .. %.4g%s%s", s->least, s->most,
             where[0] ? ": " : "", where);
}

static bool is_other_pattern(char *text, size_t size, const struct evidence *e)
{
    const struct above a = look_above(e);
    const struct sums s = add_up(e);
    const size_t T = e->node->dim[3], rows = rows_of(e->node);
    const bool ones = fabs(s.least - 1) < 1e-3 && fabs(s.most - 1) < 1e-3;

    if (s.columns && !ones)
        snprintf(text, size, "the columns sum to 1, not the rows: the softmax runs over the "
                             "queries");
    else if (a.count && a.count == a.next)
        snprintf(text, size, "each query also sees the key after its own: the mask is off by one");
    else if (a.count)
        snprintf(text, size, "queries see later keys: %s",
                 ones ? "no mask" : "no mask, and rows sum to other than 1");
    else if (T > 1 && s.own == rows / T * (T - 1))
        snprintf(text, size, "no query sees its own key: the diagonal is masked, too");
    else if (!ones)
        say_sums(text, size, e, &s);
    else
        return false;
    return true;
}

bool is_other_mask(char *text, size_t size, const struct evidence *e)
{
    const struct node *n = e->node;

    if (n->step == 7 || n->rank != 4 || n->dim[3] < 2)
        return false;
    if (n->op == OP_SCORES)
        return is_filled_scores(text, size, e);
    for (size_t i = 0; i < n->count; i++)
        if (!isfinite(e->got[i]))
            return false;
    return n->op == OP_PATTERN && is_other_pattern(text, size, e);
}
