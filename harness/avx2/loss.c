/* loss.c: how wrong the predictions were, twin of steps/05_unembed/loss.c.
 *
 *     loss = mean over the targets of log(sum of exp(logits)) - logits[target]
 *
 * A row is read once, in pieces that stay in L1 (log_sum.c). Rows are dealt out to threads
 * in GROUPS groups, whatever the number of threads, and the groups' sums are added in
 * order: so the last digits of the mean do not depend on it. */
#include "05_unembed/loss.h"

#include <math.h>

#include "log_sum.h"
#include "loss_row.h"
#include "threads.h"

enum { GROUPS = 64, PIECE = 2048, SOME = 64 };

struct log_sum row_log_sum(const float *logits, size_t V)
{
    struct log_sum piece[SOME];
    size_t count = 0;

    for (size_t v = 0; v < V; v += PIECE) {
        if (count == SOME) {
            piece[0] = log_sum_all(piece, count);
            count = 1;
        }
        piece[count++] = log_sum_of(logits + v, V - v < PIECE ? V - v : PIECE);
    }
    return log_sum_all(piece, count);
}

double surprise(struct log_sum s, float target_logit)
{
    return log(s.sum) - ((double)target_logit - s.max);
}

float gradient_at_target(struct log_sum s, float target_logit, double share_of_one)
{
    return (float)(share_of_one * (exp((double)target_logit - (double)s.max) / s.sum - 1));
}

size_t count_targets(const int *targets, size_t N)
{
    size_t counted = 0;

    for (size_t n = 0; n < N; n++)
        counted += targets[n] >= 0;
    return counted;
}

void cross_entropy(real *loss, const real *logits, const int *targets, size_t N, size_t V)
{
    double sum[GROUPS] = {0}, total = 0;

#pragma omp parallel for schedule(static)
    for (size_t g = 0; g < GROUPS; g++) {
        const struct range rows = share(N, g, GROUPS);
        for (size_t n = rows.begin; n < rows.end; n++)
            if (targets[n] >= 0)
                sum[g] += surprise(row_log_sum(logits + n * V, V),
                                   logits[n * V + (size_t)targets[n]]);
    }
    for (size_t g = 0; g < GROUPS; g++)
        total += sum[g];
    *loss = (real)(total / (double)count_targets(targets, N));
}
