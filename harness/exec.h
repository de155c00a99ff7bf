/* exec.h: runs a program of somebody else's in a folder of its own that does not stay. */
#ifndef EXEC_H
#define EXEC_H

#include <stddef.h>

/* Makes a folder for temporary files, in $TMPDIR or /tmp, and returns its path. It goes, with
 * all that is in it, at exec_end, or whenever the program ends, by an interrupt too. One
 * at a time. */
const char *exec_begin(void);
void exec_end(void);

/* The command with {model}, {input} and {trace} replaced by these paths, quoted for a
 * shell; free it. Ends the program where it names no {trace}. */
char *exec_command(const char *text, const char *model, const char *input, const char *trace);

/* Runs a command by `sh -c` for at most that many seconds. Its standard input is empty, its
 * standard output goes to standard error. Ends this program with one line that names
 * `what` where it does not end with code 0. */
void exec_run(const char *command, const char *what, long long seconds);

#endif
