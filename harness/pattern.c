/* pattern.c: looks for the shape of an error.
 *
 * First the patterns that explain every element (zeros, one factor, one offset,
 * transposed, shifted by one), then where the wrong elements lie. A pattern of
 * the first kind is named only where it explains all but a hundredth of the
 * difference: nothing is better said than a wrong thing. */
#include "pattern.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "model.h"

struct view {
    const struct node *node;
    const double *got, *want;
    double limit;
    size_t stride[MAX_RANK];
};

static size_t at(const struct view *v, size_t flat, size_t axis)
{
    return flat / v->stride[axis] % v->node->dim[axis];
}

static bool wrong(const struct view *v, size_t i)
{
    return !(fabs(v->got[i] - v->want[i]) <= v->limit);
}

char *index_text(char *text, size_t size, const struct node *node, size_t flat)
{
    size_t index[MAX_RANK];

    for (size_t axis = node->rank; axis-- > 0; flat /= node->dim[axis])
        index[axis] = flat % node->dim[axis];
    return shape_text(text, size, node->rank, index);
}

/* What an axis counts, for people. */
static const char *axis_word(const struct node *node, size_t axis)
{
    switch (node->letters[axis]) {
    case 'B': return "text";
    case 'H': return "head";
    case 'T': return node->rank == 4 && axis == 3 ? "key" :
                     node->rank == 4 && node->letters[3] == 'T' ? "query" : "token";
    default:  return "column";
    }
}

/* Whether got[i] = model(i) explains the difference but for a hundredth. */
struct explanation {
    double left, all;  /* sums of squares */
};

static void explain(struct explanation *x, const struct view *v, size_t i, double predicted)
{
    const double left = v->got[i] - predicted, all = v->got[i] - v->want[i];
    x->left += left * left;
    x->all += all * all;
}

static bool explained(const struct explanation *x)
{
    return x->all > 0 && x->left <= 1e-4 * x->all;
}

static bool one_factor(char *text, size_t size, const struct view *v)
{
    double gw = 0, ww = 0;
    struct explanation x = {0};

    for (size_t i = 0; i < v->node->count; i++) {
        gw += v->got[i] * v->want[i];
        ww += v->want[i] * v->want[i];
    }
    if (v->node->count < 2 || ww == 0)
        return false;
    for (size_t i = 0; i < v->node->count; i++)
        explain(&x, v, i, gw / ww * v->want[i]);
    if (!explained(&x))
        return false;
    snprintf(text, size, "every element is %.6g times what it should be", gw / ww);
    return true;
}

static bool one_offset(char *text, size_t size, const struct view *v)
{
    double sum = 0;
    struct explanation x = {0};

    for (size_t i = 0; i < v->node->count; i++)
        sum += v->got[i] - v->want[i];
    const double offset = sum / (double)v->node->count;
    for (size_t i = 0; i < v->node->count; i++)
        explain(&x, v, i, v->want[i] + offset);
    if (v->node->count < 2 || !explained(&x))
        return false;
    snprintf(text, size, "every element is off by the same %.6g", offset);
    return true;
}

static bool transposed(char *text, size_t size, const struct view *v)
{
    const size_t rank = v->node->rank;
    struct explanation x = {0};

    for (size_t a = 0; a + 1 < rank; a++) {
        const size_t b = a + 1;
        if (v->node->dim[a] != v->node->dim[b] || v->node->dim[a] < 2)
            continue;
        x = (struct explanation){0};
        for (size_t i = 0; i < v->node->count; i++) {
            const size_t p = at(v, i, a), q = at(v, i, b);
            const size_t swapped = i - p * v->stride[a] - q * v->stride[b] + q * v->stride[a] +
                                   p * v->stride[b];
            explain(&x, v, i, v->want[swapped]);
        }
        if (explained(&x)) {
            snprintf(text, size, "transposed: %s and %s are exchanged", axis_word(v->node, a),
                     axis_word(v->node, b));
            return true;
        }
    }
    return false;
}

/* got[n] = want[n - by] along an axis, as far as both are there. */
static bool shifted(char *text, size_t size, const struct view *v)
{
    for (size_t axis = 0; axis < v->node->rank; axis++)
        for (int by = -1; by <= 1; by += 2) {
            struct explanation x = {0};
            size_t seen = 0;

            for (size_t i = 0; i < v->node->count; i++) {
                const size_t n = at(v, i, axis);
                if (by > 0 ? n == 0 : n + 1 == v->node->dim[axis])
                    continue;
                explain(&x, v, i, v->want[by > 0 ? i - v->stride[axis] : i + v->stride[axis]]);
                seen++;
            }
            if (seen > 1 && explained(&x)) {
                snprintf(text, size, "shifted by one: %s n holds what belongs to %s n %c 1",
                         axis_word(v->node, axis), axis_word(v->node, axis), by > 0 ? '-' : '+');
                return true;
            }
        }
    return false;
}

static bool all_zero(char *text, size_t size, const struct view *v)
{
    for (size_t i = 0; i < v->node->count; i++)
        if (v->got[i] != 0)
            return false;
    snprintf(text, size, "every element is 0");
    return true;
}

static bool not_finite(char *text, size_t size, const struct view *v)
{
    char index[96];
    size_t nan = 0, infinite = 0, first = v->node->count;

    for (size_t i = 0; i < v->node->count; i++) {
        nan += isnan(v->got[i]) ? 1 : 0;
        infinite += isinf(v->got[i]) ? 1 : 0;
        if (!isfinite(v->got[i]) && first == v->node->count)
            first = i;
    }
    if (nan + infinite == 0)
        return false;
    snprintf(text, size, "%zu NaN and %zu infinite, the first at %s", nan, infinite,
             index_text(index, sizeof index, v->node, first));
    return true;
}

/* Attention's own places: beyond the diagonal, or on it alone. */
static bool about_the_diagonal(char *text, size_t size, const struct view *v)
{
    size_t above = 0, on = 0, below = 0;

    if (strcmp(v->node->letters, "BHTT") != 0 || v->node->dim[3] < 2)
        return false;
    for (size_t i = 0; i < v->node->count; i++)
        if (wrong(v, i)) {
            const size_t query = at(v, i, 2), key = at(v, i, 3);
            above += key > query;
            on += key == query;
            below += key < query;
        }
    if (above && !on && !below)
        snprintf(text, size, "only above the diagonal: keys later than their query");
    else if (on && !above && !below)
        snprintf(text, size, "only on the diagonal: each query's own key");
    else
        return false;
    return true;
}

/* Says where along one axis the wrong elements are; false where everywhere. */
static bool place_on_axis(char *text, size_t size, const struct view *v, size_t axis)
{
    const size_t n = v->node->dim[axis];
    size_t first = n, last = 0, hit = 0;
    bool *any = allocate(n, sizeof *any);

    memset(any, 0, n * sizeof *any);
    for (size_t i = 0; i < v->node->count; i++)
        if (wrong(v, i))
            any[at(v, i, axis)] = true;
    for (size_t k = 0; k < n; k++)
        if (any[k]) {
            first = first == n ? k : first;
            last = k;
            hit++;
        }
    free(any);
    if (n < 2 || hit == 0 || hit == n)
        return false;
    const char *word = axis_word(v->node, axis);
    if (hit == 1)
        snprintf(text, size, "only %s %zu%s", word, first, first + 1 == n ? " (the last)" : "");
    else if (hit == last - first + 1 && last + 1 == n)
        snprintf(text, size, "from %s %zu on", word, first);
    else if (hit == last - first + 1)
        snprintf(text, size, "only %ss %zu to %zu", word, first, last);
    else
        snprintf(text, size, "%zu of %zu %ss", hit, n, word);
    return true;
}

static void place(char *text, size_t size, const struct view *v)
{
    char part[96];
    size_t used = 0;

    for (size_t axis = 0; axis < v->node->rank; axis++)
        if (place_on_axis(part, sizeof part, v, axis) && used < size)
            used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "", part);
}

void describe_pattern(char *text, size_t size, const struct node *node, const double *got,
                      const double *want, double limit)
{
    struct view v = {node, got, want, limit, {0}};
    size_t stride = 1;

    for (size_t axis = node->rank; axis-- > 0; stride *= node->dim[axis])
        v.stride[axis] = stride;
    text[0] = '\0';
    if (not_finite(text, size, &v) || all_zero(text, size, &v) || one_factor(text, size, &v) ||
        one_offset(text, size, &v) || transposed(text, size, &v) || shifted(text, size, &v) ||
        about_the_diagonal(text, size, &v))
        return;
    place(text, size, &v);
}
