/* vectors.c: what lies where among the vectors of the tokens, the rows of wte.
 *
 *     cosine(x, y) = x . y / (|x| |y|)               1 in the same direction
 *     analogy(A, B, C) = B - A + C                   A is to B as C is to ?
 *     projection(x) = x . (B - A) / |B - A|          how far along from A to B
 *
 * Mikolov and others, "Linguistic Regularities in Continuous Space Word
 * Representations" (2013), section 2 (the analogy and the cosine). Their example is
 * king - man + woman: with A = man, B = king and C = woman.
 *
 * The rows are taken as they are: nothing is centred and no layer norm is applied.
 * Sums run in double, so that ranks do not hang on the last bit of a float. */
#include "vectors.h"

#include <math.h>
#include <stdlib.h>

static int compare(const void *left, const void *right)
{
    const struct scored *a = left, *b = right;

    if (a->score != b->score)
        return a->score < b->score ? 1 : -1;
    return a->token > b->token ? 1 : a->token < b->token ? -1 : 0;
}

void rank_tokens(struct scored *list, size_t n)
{
    qsort(list, n, sizeof *list, compare);
}

double inner_product(const real *a, const real *b, size_t C)
{
    double sum = 0;

    for (size_t c = 0; c < C; c++)
        sum += (double)a[c] * (double)b[c];
    return sum;
}

double vector_length(const real *x, size_t C)
{
    return sqrt(inner_product(x, x, C));
}

size_t cosines(struct scored *out, const real *x, const real *wte, size_t V, size_t C)
{
    const double length = vector_length(x, C);
    size_t n = 0;

    for (size_t v = 0; v < V; v++) {
        const real *y = wte + v * C;  /* [C] */
        const double other = vector_length(y, C);

        if (other > 0)
            out[n++] = (struct scored){v, inner_product(x, y, C) / (length * other)};
    }
    return n;
}

void analogy(real *x, const real *a, const real *b, const real *c, size_t C)
{
    for (size_t i = 0; i < C; i++)
        x[i] = (real)((double)b[i] - (double)a[i] + (double)c[i]);
}

double direction(real *unit, const real *a, const real *b, size_t C)
{
    double squares = 0;

    for (size_t i = 0; i < C; i++) {
        const double step = (double)b[i] - (double)a[i];
        squares += step * step;
    }
    const double length = sqrt(squares);
    for (size_t i = 0; i < C; i++)
        unit[i] = length > 0 ? (real)(((double)b[i] - (double)a[i]) / length) : 0;
    return length;
}

void projections(struct scored *out, const real *unit, const real *wte, size_t V, size_t C)
{
    for (size_t v = 0; v < V; v++)
        out[v] = (struct scored){v, inner_product(unit, wte + v * C, C)};
}
