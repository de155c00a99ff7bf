/* recognise.c: tries what is known of wrong tensors, the most telling first, and has the
 * patterns that any op can show: one factor, the bias, one slice everywhere, the lanes
 * that vectors leave over.
 *
 * A pattern predicts the whole tensor, and is named only where the prediction leaves at
 * most a small share of the difference (its rms): nothing is better said than a wrong
 * thing. */
#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "recognise_parts.h"

/* ------------------------------------------------------------------- what all share */

bool explains(const struct evidence *e, const double *predicted)
{
    double left = 0, all = 0;

    for (size_t i = 0; i < e->node->count; i++) {
        const double l = e->got[i] - predicted[i], d = e->got[i] - e->want[i];
        left += l * l;
        all += d * d;
    }
    const double noise = 2 * e->noise * sqrt((double)e->node->count);
    return sqrt(left) <= e->share * sqrt(all) ||
           (sqrt(left) <= noise && sqrt(left) <= 0.01 * sqrt(all));
}

size_t columns_of(const struct node *n)
{
    return n->rank ? n->dim[n->rank - 1] : 1;
}

size_t rows_of(const struct node *n)
{
    return n->count / columns_of(n);
}

size_t index_at(const struct node *n, size_t flat, size_t axis)
{
    for (size_t k = n->rank; k-- > axis + 1;)
        flat /= n->dim[k];
    return flat % n->dim[axis];
}

/* ----------------------------------------------------------------------- one factor */

/* A size that a factor can be made of. */
struct size {
    const char *name;
    double value;
};

/* What a factor can be: the size to a power, as people write it. */
static const struct {
    const char *format;  /* of the name */
    double power;
} powers[] = {{"%s", 1}, {"1/%s", -1}, {"sqrt(%s)", 0.5}, {"1/sqrt(%s)", -0.5}};

static size_t sizes_of(struct size *s, const struct evidence *e)
{
    const struct config *c = &e->graph->cfg;
    const double D = (double)(c->d_model / c->n_head), C = (double)c->d_model;
    const double H = (double)c->n_head, N = (double)(e->graph->B * e->graph->T);
    const struct size all[] = {
        {"2", 2}, {"D", D}, {"C", C}, {"H", H}, {"L", (double)c->n_layer},
        {"(layer + 1)", e->node->layer < 0 ? 1 : (double)e->node->layer + 1},
        {"(D/H)", e->node->op == OP_SCORES ? D / H : 1},
        /* what a mean over tokens can be wrong by */
        {"targets", (double)e->n_targets}, {"(B*T)", N}, {"B", (double)e->graph->B},
        {"T", (double)e->graph->T}, {"(targets/(B*T))", (double)e->n_targets / N}};
    const size_t n = sizeof all / sizeof all[0], of_tokens = 5;
    const size_t count = e->node->step == 7 || e->node->op == OP_LOSS ? n : n - of_tokens;

    memcpy(s, all, n * sizeof *s);
    return count;
}

void name_factor(char *text, size_t size, const struct evidence *e, double factor)
{
    const double tolerance = e->share < 1e-3 ? 1e-8 : 1e-5;
    struct size s[16];
    char name[32];
    size_t used = 0, named = 0;
    const size_t n = sizes_of(s, e);

    text[0] = '\0';
    if (fabs(factor + 1) <= tolerance)
        snprintf(text, size, ", that is the other sign");
    for (size_t i = 0; i < n; i++)
        for (size_t p = 0; p < sizeof powers / sizeof powers[0]; p++) {
            const double value = pow(s[i].value, powers[p].power);
            if (!isfinite(s[i].value) || fabs(s[i].value - 1) < 1e-6 || named == 3 ||
                used >= size || !(fabs(factor / value - 1) <= tolerance))
                continue;
            snprintf(name, sizeof name, powers[p].format, s[i].name);
            used += (size_t)snprintf(text + used, size - used, "%s%s",
                                     named ? " or " : ", that is ", name);
            if (isalpha((unsigned char)s[i].name[0]) && used < size)
                used += (size_t)snprintf(text + used, size - used, " (%s is %.6g)", s[i].name,
                                         s[i].value);
            named++;
        }
}

bool is_one_factor(char *text, size_t size, const struct evidence *e)
{
    const size_t n = e->node->count;
    double gw = 0, ww = 0;
    char what[160];

    for (size_t i = 0; i < n; i++) {
        gw += e->got[i] * e->want[i];
        ww += e->want[i] * e->want[i];
    }
    if (n < 2 || ww == 0 || gw == 0)
        return false;
    double *p = allocate(n, sizeof *p);
    for (size_t i = 0; i < n; i++)
        p[i] = gw / ww * e->want[i];
    const bool known = explains(e, p);
    free(p);
    if (!known)
        return false;
    name_factor(what, sizeof what, e, gw / ww);
    snprintf(text, size, "every element is %.6g times what it should be%s", gw / ww, what);
    return true;
}

/* The loss is one number: only what it would be exactly counts. */
bool is_loss(char *text, size_t size, const struct evidence *e)
{
    char what[160];

    if (e->node->op != OP_LOSS || e->node->step == 7 || e->want[0] == 0)
        return false;
    const double ratio = e->got[0] / e->want[0], tolerance = e->share < 1e-3 ? 1e-9 : 2e-6;
    name_factor(what, sizeof what, e, ratio);
    if (fabs(ratio * log(2) - 1) <= tolerance)
        snprintf(what, sizeof what, ", that is 1/ln(2): logarithms to the base 2");
    if (fabs(e->got[0] / exp(e->want[0]) - 1) <= tolerance)
        snprintf(what, sizeof what, ", that is exp(loss): the perplexity");
    if (!what[0])
        return false;
    snprintf(text, size, "%.6g times what it should be%s", ratio, what);
    return true;
}

/* ------------------------------------------------------------------------- the bias */

/* Of which element of the bias an element of the tensor has been given. */
static size_t bias_index(const struct evidence *e, size_t i)
{
    const struct node *n = e->node;
    const size_t C = e->graph->cfg.d_model;

    if (n->op != OP_QKV)
        return i % columns_of(n);
    return (size_t)n->out * C + index_at(n, i, 1) * n->dim[3] + index_at(n, i, 3);
}

/* The mean difference of each column (of each head), the same for all tokens. */
static bool is_same_in_every_row(const struct evidence *e, double *p, double *mean)
{
    const size_t n = e->node->count, width = 3 * e->graph->cfg.d_model + columns_of(e->node);
    size_t *seen = allocate(width, sizeof *seen);

    memset(seen, 0, width * sizeof *seen);
    for (size_t j = 0; j < width; j++)
        mean[j] = 0;
    for (size_t i = 0; i < n; i++) {
        mean[bias_index(e, i)] += e->got[i] - e->want[i];
        seen[bias_index(e, i)]++;
    }
    for (size_t i = 0; i < n; i++)
        p[i] = e->want[i] + mean[bias_index(e, i)] / (double)seen[bias_index(e, i)];
    bool known = seen[bias_index(e, 0)] >= 3 && explains(e, p);
    double all = 0;
    for (size_t i = 0; i < n; i++)
        all += (e->got[i] - e->want[i]) / (double)n;
    for (size_t i = 0; i < n; i++)
        p[i] = e->want[i] + all;
    known = known && !explains(e, p);  /* that is an offset */
    free(seen);
    return known;
}

bool is_bias(char *text, size_t size, const struct evidence *e)
{
    static const struct {
        double times;
        const char *what;
    } ways[] = {{-1, "the bias %s is missing"}, {1, "the bias %s is added twice"},
                {-2, "the bias %s is subtracted"}};
    const struct node *n = e->node;
    bool known = false;

    if (n->step == 7 || n->n_weight < 2 || !e->weight[1])
        return false;
    double *p = allocate(n->count, sizeof *p);
    for (size_t w = 0; w < sizeof ways / sizeof ways[0] && !known; w++) {
        for (size_t i = 0; i < n->count; i++)
            p[i] = e->want[i] + ways[w].times * e->weight[1][bias_index(e, i)];
        known = explains(e, p);
        if (known)
            snprintf(text, size, ways[w].what, e->graph->weight[n->weight[1]].name);
    }
    double *mean = allocate(3 * e->graph->cfg.d_model + columns_of(n), sizeof *mean);
    if (!known && is_same_in_every_row(e, p, mean)) {
        snprintf(text, size, "every row is off by the same vector, as by another bias than %s",
                 e->graph->weight[n->weight[1]].name);
        known = true;
    }
    free(mean);
    free(p);
    return known;
}

/* -------------------------------------------------------------- one slice everywhere */

bool is_one_slice(char *text, size_t size, const struct evidence *e)
{
    static const char *const words[] = {"text", "head", "token"};
    const struct node *n = e->node;
    double *p = allocate(n->count, sizeof *p);
    bool known = false;
    size_t stride = n->count;

    for (size_t axis = 0; axis + 1 < n->rank && !known; axis++) {
        const char *letter = strchr("BHT", n->letters[axis]);
        stride /= n->dim[axis];
        for (size_t last = 0; last < 2 && letter && n->dim[axis] > 1 && !known; last++) {
            const size_t from = last ? n->dim[axis] - 1 : 0;
            for (size_t i = 0; i < n->count; i++)
                p[i] = e->want[i + (from - index_at(n, i, axis)) * stride];
            known = explains(e, p);
            if (known)
                snprintf(text, size, "every %s holds what belongs to %s %zu%s",
                         words[letter - "BHT"], words[letter - "BHT"], from,
                         last ? " (the last)" : "");
        }
    }
    free(p);
    return known;
}

/* --------------------------------------------------------------------- the last lanes */

/* The first wrong element of rows of that length, and in how many rows there is one. */
static size_t first_wrong(const struct evidence *e, size_t columns, size_t *rows)
{
    size_t first = columns, row = SIZE_MAX;

    *rows = 0;
    for (size_t i = 0; i < e->node->count; i++) {
        if (fabs(e->got[i] - e->want[i]) <= e->limit)
            continue;
        *rows += i / columns != row;
        row = i / columns;
        first = i % columns < first ? i % columns : first;
    }
    return first;
}

void add_lanes(char *text, size_t size, const struct evidence *e)
{
    static const size_t lanes[] = {8, 16, 4};
    const size_t used = strlen(text);

    for (int whole = 0; whole < 2; whole++)  /* rows, and the tensor as one row */
        for (size_t k = 0; k < 3; k++) {
            const size_t n = whole ? e->node->count : columns_of(e->node), rest = n % lanes[k];
            size_t rows;

            if (rest == 0 || n < lanes[k] || first_wrong(e, n, &rows) != n - rest ||
                (rows < 2 && !(whole && rest > 1)))
                continue;
            snprintf(text + used, size - used, "%sthe last %zu of %zu%s: what vectors of %zu "
                     "leave over", used ? "; " : "only ", rest, n,
                     whole ? " elements in all" : " columns", lanes[k]);
            return;
        }
}

/* ------------------------------------------------------------------------- the whole */

static bool is_finite(const struct evidence *e)
{
    for (size_t i = 0; i < e->node->count; i++)
        if (!isfinite(e->got[i]))
            return false;
    return true;
}

bool recognise(char *text, size_t size, const struct evidence *e)
{
    static recogniser *const known[] = {
        is_other_mask, is_loss, is_one_factor, is_other_gelu, is_other_layernorm, is_other_sum,
        is_bias, is_other_output, is_heads_permuted, is_columns_split, is_columns_merged,
        is_one_slice, is_other_scores, is_other_softmax};

    if (!is_finite(e))
        return is_other_mask(text, size, e);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i](text, size, e))
            return true;
    return false;
}
