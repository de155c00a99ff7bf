/* formats.h: results for programs: JSON, JUnit XML, tab-separated values. */
#ifndef FORMATS_H
#define FORMATS_H

#include "options.h"
#include "results.h"

/* Writes the files that the options ask for; `-` is standard output. Ends the
 * program with one line where one cannot be written. */
void write_results(const struct results *all, const struct options *o);

#endif
