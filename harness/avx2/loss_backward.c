/* loss_backward.c: the gradient of the mean surprise, twin of
 * steps/07_backprop/loss_backward.c.
 *
 *     dlogits[n][v] = (p[n][v] - (1 if v is the target, else 0)) * dloss / number of targets
 *     p[n][v]       = exp(logits[n][v] - max) / sum
 *
 * Both divisions are one factor for the whole row; the target's 1 is put right at the end.
 * A row belongs to one thread. */
#include "07_backprop/loss_backward.h"

#include "loss_row.h"
#include "threads.h"

void cross_entropy_backward(real *dlogits, real dloss, const real *logits, const int *targets,
                            size_t N, size_t V)
{
    const double share_of_one = (double)dloss / (double)count_targets(targets, N);

#pragma omp parallel for schedule(static)
    for (size_t n = 0; n < N; n++) {
        const real *x = logits + n * V;  /* [V] */
        real *dx = dlogits + n * V;      /* [V] */

        if (targets[n] < 0)
            continue;
        const struct log_sum s = row_log_sum(x, V);
        const size_t target = (size_t)targets[n];
        const real dtarget = dx[target] + gradient_at_target(s, x[target], share_of_one);

        scaled_exp(dx, x, s.max, share_of_one / s.sum, 1, V);
        dx[target] = dtarget;
    }
}
