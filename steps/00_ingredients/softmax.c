/* softmax.c: from any numbers to shares of a whole.
 *
 *     out[i] = exp(in[i]) / sum over j of exp(in[j])
 *
 * exp(100) does not fit into a float. Subtracting the same number from every
 * input changes no share, so the maximum is subtracted first: then the largest
 * exponent is exp(0) = 1, and nothing can overflow. */
#include "softmax.h"

#include <tgmath.h>

void softmax(real *out, const real *in, size_t n)
{
    real max = in[0];
    for (size_t i = 1; i < n; i++)
        if (in[i] > max)
            max = in[i];

    real sum = 0;
    for (size_t i = 0; i < n; i++) {
        out[i] = exp(in[i] - max);
        sum += out[i];
    }
    for (size_t i = 0; i < n; i++)
        out[i] /= sum;
}
