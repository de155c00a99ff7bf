/* report.h: results for people, on standard output. */
#ifndef REPORT_H
#define REPORT_H

#include "check.h"

/* The status, coloured on a terminal. */
void print_status(enum status s);

/* The results on one golden, from item `first` on: a line for each subject and
 * mode, and what failed, was skipped or is mistrusted. */
void report_golden(const struct results *all, size_t first, const struct reference *r,
                   const struct options *o);

/* The results of cases (cases_run.h), from item `first` on. */
void report_cases(const struct results *all, size_t first, const struct options *o);

/* Writes the files that were asked for, prints the closing line, frees the
 * results and returns the exit code. */
int report_end(struct results *all, const struct options *o);

#endif
