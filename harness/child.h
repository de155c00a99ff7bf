/* child.h: work that may crash or never end, in a process of its own. */
#ifndef CHILD_H
#define CHILD_H

#include <stddef.h>

/* Runs work(context) there, with what it says on standard error kept in `said`, as much of it
 * as fits. Memory is its own, but for what is mapped as shared; signals are handled as here.
 * Returns how it ended, as of waitpid: 0 where the work came back; as with exit code 2 where it
 * ended the program. Ends this program with one line where no process can be started; `what` it
 * was for stands in that. */
int in_child(void work(void *context), void *context, const char *what, char *said, size_t size);

#endif
