/* guard.h: a damaged file, or a user's function, must not take the program down with it.
 *
 * The HDF5 library can crash, or search for ever, on metadata that carry no
 * checksum and are damaged (seen with 1.10.8: one flipped bit in the list of a
 * group's members). Between guard_enter and guard_leave such a crash, or more
 * seconds than any sound file needs, ends the program as every other bad file
 * does: one line that names the file, exit code 2, no partial file left. */
#ifndef GUARD_H
#define GUARD_H

#include <stddef.h>

/* `bytes` is how much data the guarded call moves: it sets the time limit. */
void guard_enter(const char *path, size_t bytes);
void guard_leave(void);

/* The same for functions that a user's shared object has, without a limit of time: while
 * `function` (one or two names; the second may be NULL) of `subject` runs, to make `what`,
 * a crash, or its calling exit, ends the program with a line that says so. NULL: no more, or a
 * [0] that is NULL: not now. The texts must stay where they are. */
void guard_code(const char *subject, const char *const function[2], const char *what);

/* A file to be removed where the program ends early; "" for none. The text must
 * stay where it is. */
void guard_unfinished(const char *path);

#endif
