/* diagnosis_cases.h: names the mistake in steps 01, 06 and 08, which are checked by cases.
 *
 * A known mistake is run on the same cases. Where the first group that fails does so in the
 * same cases with the same answers, and no group fails that does not in the subject, that
 * mistake would explain it. */
#ifndef DIAGNOSIS_CASES_H
#define DIAGNOSIS_CASES_H

#include <stdint.h>

#include "cases/cases_run.h"
#include "mutants/catalogue.h"

/* Which groups failed, and how: the fingerprint of a mistake. It holds no pointers. */
struct case_print {
    size_t count;
    struct {
        uint64_t group;  /* of its name */
        uint64_t how;    /* of the cases that are wrong and of the first answers */
    } failed[128];
};

/* Of the results from `start` on. */
struct case_print case_print_of(const struct results *all, size_t start);

/* The step that a kind of mistake is checked in by cases, or 0. */
int step_of_kind(const char *kind);

/* Whether a mistake may be what is wrong in the first group that failed. */
bool may_be(const struct mistake *m, const char *group, int step);

/* How well a mistake explains what failed: 0 not; 1 the first group, and it does nothing that
 * is not seen; 2 all of it. */
int case_print_explains(const struct case_print *mistake, const struct case_print *subject);

/* Adds to the first result from `start` on that failed what it is likely to be. */
void diagnose_cases(struct results *all, size_t start, int step,
                    const struct case_choice *choice);

#endif
