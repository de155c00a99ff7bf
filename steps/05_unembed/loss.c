/* loss.c: how wrong the predictions were, as one number.
 *
 *     loss = mean over the targets of -log p(target)
 *     p    = softmax(logits), so  -log p(v) = log(sum of exp(logits)) - logits[v]
 *
 * A target that was certain costs 0; a guess among V equal tokens costs log V.
 * The logarithm is taken of the sum and not of a share, since a share may be
 * too small for a float; the maximum is subtracted as in softmax.c. Radford and
 * others (2018), equation 1, as a mean. */
#include "loss.h"

#include <tgmath.h>

void cross_entropy(real *loss, const real *logits, const int *targets, size_t N, size_t V)
{
    real total = 0;
    size_t counted = 0;

    for (size_t n = 0; n < N; n++) {
        const real *x = logits + n * V;  /* [V] */
        if (targets[n] < 0)
            continue;

        real max = x[0];
        for (size_t v = 1; v < V; v++)
            if (x[v] > max)
                max = x[v];

        double sum = 0;
        for (size_t v = 0; v < V; v++)
            sum += (double)exp(x[v] - max);

        total += (real)log(sum) - (x[targets[n]] - max);
        counted++;
    }
    *loss = total / (real)counted;
}
