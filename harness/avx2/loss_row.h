/* loss_row.h: the loss of one position, for the whole loss and for its gradient. */
#ifndef LOSS_ROW_H
#define LOSS_ROW_H

#include "log_sum.h"

/* Of one row of logits [V]. */
struct log_sum row_log_sum(const float *logits, size_t V);

/* -log of the target's share. */
double surprise(struct log_sum s, float target_logit);

/* The gradient at the target's logit: share_of_one * (p - 1). Where p is almost 1 little is
 * left of that, so it is taken in double. */
float gradient_at_target(struct log_sum s, float target_logit, double share_of_one);

/* How many of the targets [N] are not -1. */
size_t count_targets(const int *targets, size_t N);

#endif
