/* exec_check.h: check with --exec. */
#ifndef EXEC_CHECK_H
#define EXEC_CHECK_H

#include "results.h"
#include "options.h"

/* Ends the program where options contradict --exec. */
void exec_options(const struct options *o);

/* Runs the command of --exec on one golden's input and judges the trace that it writes, as
 * compare does. The paths live as long as the results. */
void exec_check(struct results *all, const char *model, const char *golden,
                const struct options *o);

#endif
