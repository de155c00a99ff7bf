/* loss_backward.c: the gradient of the mean surprise.
 *
 *     forward:   loss = mean over the targets of log(sum of exp(logits)) - logits[target]
 *
 *     dlogits[n][v] = (p[n][v] - (1 if v is the target, else 0)) / number of targets
 *     p             = softmax(logits)
 *
 * What the model was too sure of is pushed down, the true token up; a position
 * whose target is -1 gets nothing. The derivative of log(sum of exp) is the
 * softmax, with its maximum subtracted as in softmax.c. */
#include "loss_backward.h"

#include <tgmath.h>

void cross_entropy_backward(real *dlogits, real dloss, const real *logits, const int *targets,
                            size_t N, size_t V)
{
    size_t counted = 0;

    for (size_t n = 0; n < N; n++)
        counted += targets[n] >= 0;
    for (size_t n = 0; n < N; n++) {
        const real *x = logits + n * V;  /* [V] */
        if (targets[n] < 0)
            continue;

        real max = x[0];
        for (size_t v = 1; v < V; v++)
            if (x[v] > max)
                max = x[v];

        double sum = 0;  /* as in loss.c; and where p is almost 1, p - 1 is what is left */
        for (size_t v = 0; v < V; v++)
            sum += (double)exp(x[v] - max);

        for (size_t v = 0; v < V; v++) {
            const double p = (double)exp(x[v] - max) / sum;
            const double truth = v == (size_t)targets[n] ? 1 : 0;
            dlogits[n * V + v] += (real)((p - truth) * (double)dloss / (double)counted);
        }
    }
}
