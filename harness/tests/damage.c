/* damage.c: the mistakes that the tests make on purpose. */
#include "damage.h"

#include <math.h>
#include <string.h>

static void exchange_last_axes(double *x, size_t count, size_t n)
{
    for (size_t at = 0; at < count; at += n * n)
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < i; j++) {
                const double keep = x[at + i * n + j];
                x[at + i * n + j] = x[at + j * n + i];
                x[at + j * n + i] = keep;
            }
}

/* [B, H, T, T]: something where a later token would be seen. */
static void fill_above(double *x, size_t count, size_t n)
{
    for (size_t i = 0; i < count; i++)
        if (i % n > i / n % n)
            x[i] = 0.25;
}

bool damage(const char *kind, double *x, size_t rank, const size_t *dim)
{
    const size_t last = dim[rank - 1];
    size_t count = 1, inner = 1;

    for (size_t i = 0; i < rank; i++)
        count *= dim[i];
    for (size_t i = 2; i < rank; i++)
        inner *= dim[i];
    if (strcmp(kind, "nan") == 0)
        x[count / 2] = (double)NAN;
    else if (strcmp(kind, "infinite") == 0)
        x[count / 2] = (double)INFINITY;
    else if (strcmp(kind, "zeros") == 0)
        memset(x, 0, count * sizeof *x);
    else if (strcmp(kind, "transposed") == 0)
        exchange_last_axes(x, count, last);
    else if (strcmp(kind, "shifted") == 0)
        for (size_t i = count; i-- > 0;)
            x[i] = i % last ? x[i - 1] : x[i];
    else if (strcmp(kind, "last") == 0)
        x[count - 1] += 0.01;
    else if (strcmp(kind, "column") == 0)
        for (size_t i = last - 1; i < count; i += last)
            x[i] *= 0.9;
    else if (strcmp(kind, "head") == 0)  /* axis 1 of [B, H, T, D] */
        for (size_t i = 0; i < count; i++)
            x[i] *= i / inner % dim[1] == 1 ? 1 + 0.01 * (double)(1 + i % 3) : 1;
    else if (strcmp(kind, "scaled") == 0)
        for (size_t i = 0; i < count; i++)
            x[i] *= 1.0001;
    else if (strcmp(kind, "offset") == 0)
        for (size_t i = 0; i < count; i++)
            x[i] += 0.001;
    else if (strcmp(kind, "above") == 0)
        fill_above(x, count, last);
    else if (strcmp(kind, "none") != 0)
        return false;
    return true;
}
