/* gelu_backward.c: the gradient of GELU's tanh form.
 *
 *     forward:   u = sqrt(2/pi) * (x + 0.044715 x^3);  out = x/2 * (1 + tanh(u))
 *
 *     d out / d x = (1 + tanh(u)) / 2 + x/2 * (1 - tanh(u)^2) * du/dx
 *     du/dx       = sqrt(2/pi) * (1 + 3 * 0.044715 x^2)
 *
 * The product rule, with tanh' = 1 - tanh^2. */
#include "gelu_backward.h"

#include <tgmath.h>

void gelu_backward(real *din, const real *dout, const real *in, size_t n)
{
    const real root = (real)0.79788456080286535588;  /* sqrt(2 / pi) */
    const real cubic = (real)0.044715;

    for (size_t i = 0; i < n; i++) {
        const real x = in[i];
        const real t = tanh(root * (x + cubic * x * x * x));
        const real slope = root * (1 + 3 * cubic * x * x);

        din[i] += dout[i] * ((1 + t) / 2 + x / 2 * (1 - t * t) * slope);
    }
}
