/* results_compare.h: two files of results, of check and compare, or of bench. */
#ifndef RESULTS_COMPARE_H
#define RESULTS_COMPARE_H

#include "options.h"

/* Prints what is worse, better, new or gone in the JSON file o->operand against the one of
 * o->results, and the closing line. Returns the exit code. */
int results_compare(const struct options *o);

#endif
