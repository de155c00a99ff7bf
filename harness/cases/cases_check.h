/* cases_check.h: the part of the command check that checks steps 01, 06 and 08 by cases. */
#ifndef CASES_CHECK_H
#define CASES_CHECK_H

#include "options.h"
#include "results.h"

/* Whether --step names a step that has cases and no tensors. */
bool only_cases(const struct options *o);

/* Checks the steps that have cases, with every subject, as far as the options select them:
 * only with --fixtures, in local mode, without --layer and --tensor; 01 and 06 are forward,
 * 08 is backward. Reports and adds the results. Ends the program with one line where --step
 * asks for cases that there are not. */
void check_cases(struct results *all, const struct options *o);

#endif
