/* die.h: the one way in which the programs give up. */
#ifndef DIE_H
#define DIE_H

#include <stdbool.h>
#include <stddef.h>

/* Prints one line, `PROGRAM: ...`, on standard error and ends the program with
 * exit code 2: could not do what was asked. The line names the file or option
 * and says what to do. A file that is being written is removed (store.c). */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Whether die is what ends the program. */
bool has_died(void);

/* The same line, as a warning: the program goes on. */
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What main calls first: the name that die and warn begin with (the pointer is kept).
 * No file opened later takes the place of a standard stream that is closed. */
void die_as(const char *program);

/* That name. */
const char *die_name(void);

/* Ends the program where what it printed did not reach standard output. */
void finish_output(void);

/* malloc for count elements that gives up instead of returning NULL. */
void *allocate(size_t count, size_t size);

#endif
