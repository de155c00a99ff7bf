/* part.h: files that are there whole or not at all: written under another name, and
 * renamed. */
#ifndef PART_H
#define PART_H

#include <stdbool.h>
#include <stddef.h>

/* The name under which this process writes what will become `path`: PATH.part-PID.
 * Those that killed processes have left are removed. */
void part_name(char *part, size_t size, const char *path);

/* Puts it in place when it is on the disk. False, with errno, where that fails. */
bool part_finish(const char *part, const char *path);

/* Writes a whole file so. Ends the program with one line that begins with `option`
 * where that fails. */
void part_write(const char *option, const char *path, const char *text, size_t size);

#endif
