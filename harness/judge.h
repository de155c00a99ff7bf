/* judge.h: the verdict on one tensor. */
#ifndef JUDGE_H
#define JUDGE_H

#include "files/shelf.h"
#include "results.h"

/* judge of results.h on tensors of any size, which are read part by part. Where
 * r->consequence is set, a failure that is too large to be looked at for nothing is not
 * explained: it follows from another. */
void judge_arrays(struct result *r, const struct array *got, const struct array *want,
                  size_t width, const struct yardstick *y);

#endif
