/* recognise_ops.c: other GELUs, other sums, other softmaxes than the op's own, computed
 * from what the op read.
 *
 * GELU: Hendrycks and Gimpel, "Gaussian Error Linear Units" (2016), section 2, has the
 * exact form and both approximations; both published families use the one with tanh. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "recognise_parts.h"

/* ------------------------------------------------------------------------------ GELU */

static double gelu_tanh(double x, double factor, double cubic)
{
    return 0.5 * x * (1 + tanh(factor * (x + cubic * x * x * x)));
}

static const double root = 0.7978845608028654;  /* sqrt(2/pi) */

static double exact(double x)
{
    return 0.5 * x * (1 + erf(x * 0.7071067811865476));  /* sqrt(1/2) */
}

static double quick(double x) { return x / (1 + exp(-1.702 * x)); }
static double silu(double x) { return x / (1 + exp(-x)); }
static double relu(double x) { return x > 0 ? x : 0; }
static double same(double x) { return x; }
static double no_cubic(double x) { return gelu_tanh(x, root, 0); }
static double no_root(double x) { return gelu_tanh(x, 1, 0.044715); }
static double twice(double x) { return gelu_tanh(gelu_tanh(x, root, 0.044715), root, 0.044715); }

static const struct {
    double (*f)(double);
    const char *sentence;
} activations[] = {
    {exact, "the exact GELU, with erf; this model's has tanh"},
    {quick, "the GELU with a sigmoid, x * sigmoid(1.702 x); this model's has tanh"},
    {silu, "SiLU, x * sigmoid(x), instead of GELU"},
    {relu, "ReLU instead of GELU"},
    {same, "it is the input: the activation is left out"},
    {no_cubic, "the GELU without its term 0.044715 x^3"},
    {no_root, "the GELU without its factor sqrt(2/pi)"},
    {twice, "GELU is applied twice"},
};

bool is_other_gelu(char *text, size_t size, const struct evidence *e)
{
    bool known = false;

    if (e->node->op != OP_GELU || e->node->step == 7 || !e->in[0])
        return false;
    double *p = allocate(e->node->count, sizeof *p);
    for (size_t k = 0; k < sizeof activations / sizeof activations[0] && !known; k++) {
        for (size_t i = 0; i < e->node->count; i++)
            p[i] = activations[k].f(e->in[0][i]);
        known = explains(e, p);
        if (known)
            snprintf(text, size, "%s", activations[k].sentence);
    }
    free(p);
    return known;
}

/* ------------------------------------------------------------------------------- sums */

static double second_input(const struct evidence *e, size_t i)
{
    return e->in[1][i % e->graph->node[e->node->in[1]].count];  /* positions have no batch */
}

static const char *input_name(const struct evidence *e, size_t k)
{
    return e->graph->node[e->node->in[k]].name;
}

/* "2 times h.0/resid_pre", or "" where it is there as it should be. */
static void times(char *text, size_t size, const struct evidence *e, size_t k, double factor)
{
    char what[160];

    text[0] = '\0';
    if (fabs(factor - 1) < 1e-4)
        return;
    if (fabs(factor) < 1e-4) {
        snprintf(text, size, "%s is not added", input_name(e, k));
        return;
    }
    name_factor(what, sizeof what, e, factor);
    snprintf(text, size, "%s is added %.6g times%s", input_name(e, k), factor, what);
}

/* got = a * first + b * second, by least squares. */
bool is_other_sum(char *text, size_t size, const struct evidence *e)
{
    const struct node *n = e->node;
    double xx = 0, xy = 0, yy = 0, gx = 0, gy = 0;
    char part[2][256];

    if ((n->op != OP_ADD && n->op != OP_EMBED_SUM) || n->step == 7 || !e->in[0] || !e->in[1])
        return false;
    for (size_t i = 0; i < n->count; i++) {
        const double x = e->in[0][i], y = second_input(e, i), g = e->got[i];
        xx += x * x;
        xy += x * y;
        yy += y * y;
        gx += g * x;
        gy += g * y;
    }
    const double det = xx * yy - xy * xy;
    if (!(det > 1e-6 * xx * yy) || n->count < 8)
        return false;
    const double a = (gx * yy - gy * xy) / det, b = (gy * xx - gx * xy) / det;
    double *p = allocate(n->count, sizeof *p);
    for (size_t i = 0; i < n->count; i++)
        p[i] = a * e->in[0][i] + b * second_input(e, i);
    const bool known = explains(e, p);
    free(p);
    if (!known)
        return false;
    times(part[0], sizeof part[0], e, 0, a);
    times(part[1], sizeof part[1], e, 1, b);
    snprintf(text, size, "%s%s%s", part[0], part[0][0] && part[1][0] ? ", " : "", part[1]);
    return text[0] != '\0';
}

/* ----------------------------------------------------------------------------- scores */

/* k.q in place of q.k. */
bool is_other_scores(char *text, size_t size, const struct evidence *e)
{
    const struct node *n = e->node;

    if (n->op != OP_SCORES || n->step == 7 || !e->in[0] || !e->in[1])
        return false;
    const size_t T = n->dim[3], D = e->graph->cfg.d_model / e->graph->cfg.n_head;
    double *p = allocate(n->count, sizeof *p);
    for (size_t i = 0; i < n->count; i++) {
        const size_t key = i % T, query = i / T % T, head = i / (T * T);
        double sum = 0;
        for (size_t d = 0; d < D && key <= query; d++)
            sum += e->in[1][(head * T + query) * D + d] * e->in[0][(head * T + key) * D + d];
        p[i] = sum / sqrt((double)D);
    }
    const bool known = explains(e, p);
    free(p);
    if (known)
        snprintf(text, size, "query and key are exchanged: k of the query's token, q of the key's");
    return known;
}

/* ---------------------------------------------------------------------------- softmax */

/* The factor that the scores seem to have been given before the softmax: the slope of
 * log p over scores, within rows. */
static double softmax_factor(const struct evidence *e)
{
    const size_t T = columns_of(e->node);
    double xy = 0, xx = 0;

    for (size_t row = 0; row < rows_of(e->node); row++) {
        const double *s = e->in[0] + row * T, *p = e->got + row * T;
        for (size_t key = 1; key <= row % T; key++)
            if (p[key] > 1e-30 && p[0] > 1e-30) {
                xy += (s[key] - s[0]) * log(p[key] / p[0]);
                xx += (s[key] - s[0]) * (s[key] - s[0]);
            }
    }
    return xx > 0 ? xy / xx : 1;
}

/* Row by row exp(factor * (score - largest)), divided by the sum where asked to. */
static void softmax_rows(double *p, const struct evidence *e, double factor, bool divided)
{
    const size_t T = columns_of(e->node);

    for (size_t row = 0; row < rows_of(e->node); row++) {
        const double *s = e->in[0] + row * T;
        const size_t n = row % T + 1;
        double most = -INFINITY, sum = 0;
        for (size_t key = 0; key < n; key++)
            most = fmax(most, factor * s[key]);
        for (size_t key = 0; key < n; key++)
            sum += exp(factor * s[key] - most);
        for (size_t key = 0; key < T; key++)
            p[row * T + key] = key < n ? exp(factor * s[key] - most) / (divided ? sum : 1) : 0;
    }
}

/* Over the queries that see a key, instead of over the keys. */
static void softmax_columns(double *p, const struct evidence *e)
{
    const size_t T = columns_of(e->node);

    memset(p, 0, e->node->count * sizeof *p);
    for (size_t at = 0; at < e->node->count; at += T * T)
        for (size_t key = 0; key < T; key++) {
            double most = -INFINITY, sum = 0;
            for (size_t query = key; query < T; query++)
                most = fmax(most, e->in[0][at + query * T + key]);
            for (size_t query = key; query < T; query++)
                sum += exp(e->in[0][at + query * T + key] - most);
            for (size_t query = key; query < T; query++)
                p[at + query * T + key] = exp(e->in[0][at + query * T + key] - most) / sum;
        }
}

bool is_other_softmax(char *text, size_t size, const struct evidence *e)
{
    const struct node *n = e->node;
    char what[160];

    if (n->op != OP_PATTERN || n->step == 7 || !e->in[0] || n->dim[3] < 2)
        return false;
    double *p = allocate(n->count, sizeof *p);
    const double factor = softmax_factor(e);
    softmax_columns(p, e);
    bool known = explains(e, p);
    if (known)
        snprintf(text, size, "the softmax runs over the queries, not over the keys");
    if (!known) {
        softmax_rows(p, e, 1, false);
        known = explains(e, p);
        if (known)
            snprintf(text, size, "exp(score - largest) is not divided by its sum");
    }
    if (!known) {
        softmax_rows(p, e, factor, true);
        known = explains(e, p);
        name_factor(what, sizeof what, e, factor);
        if (known)
            snprintf(text, size, "the softmax of %.6g times the scores%s", factor, what);
    }
    free(p);
    return known;
}
