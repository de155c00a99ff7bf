/* add.c: the sum that makes the stream of a GPT "residual".
 *
 *     out[i] = a[i] + b[i]
 *
 * A block does not replace what it read, it adds to it: He and others, "Deep
 * Residual Learning for Image Recognition" (2015), equation 1. */
#include "add.h"

void add(real *out, const real *a, const real *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = a[i] + b[i];
}
