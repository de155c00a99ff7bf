/* rounding.c: recognises errors that are those of a coarser precision.
 *
 * A subject is taken for one of precision P, and not for a wrong one, where every tensor
 * passes by the bars of P (bars.c) and either
 *
 *   - every number that it made is a number of P: it rounds what it stores; or
 *   - of the tensors that products go into, which no such subject could get right, three
 *     quarters fail; and the errors of the first that failed, and of nine tenths of all,
 *     look like rounding.
 *
 * Errors of rounding are at nearly every element, of both signs alike, and those of two
 * elements that should be nearly equal have nothing to do with each other. A mistake in a
 * formula errs at some elements alone, or with one sign, or, as another GELU does, by an
 * amount that follows the element's value. Elements nearer to each other than 2^-6 are not
 * compared: a coarse number rounds them alike. */
#include "rounding.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "results.h"

enum { MOST_LOOKED_AT = 4096, FEWEST = 16, FEWEST_TENSORS = 4 };

static const double apart = 0x1p-6;

/* ------------------------------------------------------------------ one tensor */

static bool is_number_of(double x, const struct precision *p)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    if (bits & ((UINT64_C(1) << (53 - p->bits)) - 1))
        return false;
    return x == 0 || (fabs(x) <= p->largest && (fabs(x) >= ldexp(1, p->lowest) ||
                                                round_to(x, p) == x));
}

static bool are_numbers_of(const double *x, size_t count, const char *precision)
{
    const struct precision *p = precision_find(precision);
    size_t i = 0;

    while (i < count && is_number_of(x[i], p))
        i++;
    return i == count;
}

/* One element that should not be 0: its value, and its error relative to it. */
struct seen {
    double want, error;
};

static int by_value(const void *a, const void *b)
{
    const double x = ((const struct seen *)a)->want, y = ((const struct seen *)b)->want;
    return (x > y) - (x < y);
}

static int sign(double x)
{
    return (x > 0) - (x < 0);
}

/* Whether errors follow the values: whether their signs agree from one value to the next. */
static bool follows(struct seen *s, size_t n, size_t *pairs)
{
    double agreement = 0;
    size_t last = 0;

    qsort(s, n, sizeof *s, by_value);
    *pairs = 0;
    for (size_t i = 1; i < n; i++) {
        if (s[i].want - s[last].want < apart * fabs(s[i].want))
            continue;
        agreement += sign(s[i].error) * sign(s[last].error);
        last = i;
        ++*pairs;
    }
    return *pairs >= FEWEST &&
           agreement > fmax(0.3, 4 / sqrt((double)*pairs)) * (double)*pairs;
}

static bool is_structured(struct seen *s, size_t n, double exact, size_t *pairs)
{
    double signs = 0;
    size_t touched = 0;

    for (size_t i = 0; i < n; i++) {
        touched += fabs(s[i].error) > exact;
        signs += sign(s[i].error);
    }
    if (n < FEWEST)
        return false;
    return 2 * touched < n || fabs(signs) > 0.1 * (double)n + 4 * sqrt((double)n) ||
           follows(s, n, pairs);
}

struct rounding look_at_rounding(const double *got, const double *want, size_t count,
                                 bool failed, double exact)
{
    struct rounding r = {are_numbers_of(got, count, "f32"), are_numbers_of(got, count, "f16"),
                         are_numbers_of(got, count, "bf16"), 0, 0, false};
    const size_t stride = 1 + count / MOST_LOOKED_AT;
    struct seen *s = allocate(count / stride + 1, sizeof *s);
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        r.telling += want[i] != 0;
    for (size_t i = 0; failed && i < count; i += stride)
        if (want[i] != 0 && isfinite(got[i]))
            s[n++] = (struct seen){want[i], (got[i] - want[i]) / fabs(want[i])};
    r.structured = is_structured(s, n, exact, &r.pairs);
    free(s);
    return r;
}

/* ------------------------------------------------------------------ a whole subject */

static bool passes(const struct result *x, const struct precision *p)
{
    if (p->products_only && !x->products)
        p = precision_find("f32");
    const struct bar bar = result_bar(x, p);

    return x->errors.rms <= bar.rms && x->errors.max <= bar.max;
}

static bool is_beyond(const struct result *x)
{
    return x->status == FAIL || x->consequence;
}

static bool all_stored(const struct result *x, size_t count, const struct precision *p)
{
    size_t telling = 0;

    for (size_t i = 0; i < count; i++) {
        const struct rounding *r = &x[i].rounding;
        const bool is = strcmp(p->name, "f16") == 0    ? r->is_f16
                        : strcmp(p->name, "bf16") == 0 ? r->is_bf16
                                                       : strcmp(p->name, "f32") == 0 && r->is_f32;
        if (x[i].measured && !is)
            return false;
        telling += x[i].measured ? r->telling : 0;
    }
    return telling >= FEWEST;
}

static bool looks_rounded(const struct result *x, size_t count)
{
    size_t products = 0, failed = 0, failed_products = 0, structured = 0;
    const struct result *first = NULL;

    for (size_t i = 0; i < count; i++) {
        if (!x[i].measured)
            continue;
        products += x[i].products;
        if (!is_beyond(&x[i]))
            continue;
        failed++;
        failed_products += x[i].products;
        structured += x[i].rounding.structured;
        if (!first || x[i].place < first->place)
            first = &x[i];
    }
    return products >= FEWEST_TENSORS && 4 * failed_products >= 3 * products &&
           !first->rounding.structured && 10 * structured <= failed;
}

static bool all_pass(const struct result *x, size_t count, const struct precision *p)
{
    for (size_t i = 0; i < count; i++)
        if (x[i].status == FAIL && !x[i].measured)
            return false;
        else if (x[i].measured && !passes(&x[i], p))
            return false;
    return true;
}

/* The precision of the bars that were applied; all are of one width. */
static int bits_held_to(const struct result *x, size_t count)
{
    int most = 0;

    for (size_t i = 0; i < count; i++)
        if (x[i].measured && x[i].precision->bits > most)
            most = x[i].precision->bits;
    return most;
}

/* The finest that explains all; what is stored in a precision is of that one. */
static const struct precision *explanation(const struct result *x, size_t count, bool *stored)
{
    static const char *const stores[] = {"bf16", "f16", "f32"};
    const int bits = bits_held_to(x, count);

    for (size_t k = 0; k < sizeof stores / sizeof stores[0]; k++) {
        const struct precision *p = precision_find(stores[k]);
        *stored = true;
        if (p->bits < bits && all_stored(x, count, p) && all_pass(x, count, p))
            return p;
    }
    *stored = false;
    if (!looks_rounded(x, count))
        return NULL;
    for (const struct precision *p = precisions; p->name; p++)
        if (p->bits < bits && all_pass(x, count, p))
            return p;
    return NULL;
}

void recognise_rounding(struct results *all, size_t first)
{
    size_t end;

    for (size_t i = first; i < all->count; i = end) {
        struct result *x = &all->item[i];
        bool any = false, stored;

        for (end = i; end < all->count && results_alike(x, &all->item[end]); end++)
            any |= all->item[end].status == FAIL;
        const struct precision *p = any ? explanation(x, end - i, &stored) : NULL;
        for (size_t k = i; p && k < end; k++)
            if (is_beyond(&all->item[k])) {
                all->item[k].looks_like = p;
                all->item[k].is_stored = stored;
            }
    }
}
