/* pattern.c: looks for the shape of an error.
 *
 * First the patterns that explain every element (zeros, one factor, one offset,
 * transposed, shifted by one), then where the wrong elements lie (places.c). A pattern of
 * the first kind is named only where it explains all but a hundredth of the
 * difference: nothing is better said than a wrong thing. */
#include "pattern.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "execute.h"
#include "files/model.h"
#include "places.h"

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

char *index_text(char *text, size_t size, const struct node *node, size_t flat)
{
    size_t index[MAX_RANK];

    for (size_t axis = node->rank; axis-- > 0; flat /= node->dim[axis])
        index[axis] = flat % node->dim[axis];
    return shape_text(text, size, node->rank, index);
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
    size_t nan = 0, infinite = 0, unwritten = 0, first = v->node->count;

    for (size_t i = 0; i < v->node->count; i++) {
        nan += isnan(v->got[i]) ? 1 : 0;
        infinite += isinf(v->got[i]) ? 1 : 0;
        unwritten += is_unwritten(v->got[i]);
        if (!isfinite(v->got[i]) && first == v->node->count)
            first = i;
    }
    if (nan + infinite == 0)
        return false;
    index_text(index, sizeof index, v->node, first);
    if (unwritten == v->node->count)
        snprintf(text, size, "never written, or added to without having been set");
    else if (unwritten == nan && infinite == 0)
        snprintf(text, size, "%zu of %zu elements never written, or added to without having "
                 "been set, the first at %s", unwritten, v->node->count, index);
    else
        snprintf(text, size, "%zu NaN and %zu infinite, the first at %s", nan, infinite, index);
    return true;
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
        one_offset(text, size, &v) || transposed(text, size, &v) || shifted(text, size, &v))
        return;
    struct places places = places_begin(node);
    const struct box whole = box_whole(node->rank, node->dim);
    places_add(&places, got, want, &whole, limit);
    places_text(text, size, &places);
    places_free(&places);
}
