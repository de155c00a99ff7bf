/* rounding.h: tells a subject that computes in less precision from one that is wrong. */
#ifndef ROUNDING_H
#define ROUNDING_H

#include "precision.h"

struct result;
struct results;

/* What the numbers of one tensor show. */
struct rounding {
    bool is_f32, is_f16, is_bf16;  /* all of them are numbers of that precision */
    size_t telling;        /* elements that are not 0 as they should be */
    /* Of at most 4096 of these, where the tensor failed: */
    size_t pairs;          /* of neighbours in size that were looked at */
    bool structured;       /* the errors are not those of rounding */
};

/* `exact` is the relative error up to which an element counts as not touched at all. */
struct rounding look_at_rounding(const double *got, const double *want, size_t count,
                                 bool failed, double exact);

/* From item `first` on: where all that failed for one golden, subject and mode looks like
 * rounding to a coarser precision and passes by its bars, the items' looks_like says which,
 * and is_stored whether every number is one of that precision. */
void recognise_rounding(struct results *all, size_t first);

#endif
