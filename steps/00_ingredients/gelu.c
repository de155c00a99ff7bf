/* gelu.c: the Gaussian error linear unit, in its tanh form.
 *
 *     gelu(x) = x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3)))
 *
 * Hendrycks and Gimpel, "Gaussian Error Linear Units" (2016), section 2. Large
 * x pass through, very negative ones become 0, and in between the curve is
 * smooth. The exact form with erf differs by up to 4.8e-4: both GPTs were
 * trained with this one (openai/gpt-2 src/model.py, `gelu`). */
#include "gelu.h"

#include <tgmath.h>

void gelu(real *out, const real *in, size_t n)
{
    const real root = (real)0.79788456080286535588;  /* sqrt(2 / pi) */
    const real cubic = (real)0.044715;

    for (size_t i = 0; i < n; i++) {
        const real x = in[i];
        out[i] = x / 2 * (1 + tanh(root * (x + cubic * x * x * x)));
    }
}
