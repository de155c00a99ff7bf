/* inspect_values.h: what `inspect FILE --tensor NAME` prints. */
#ifndef INSPECT_VALUES_H
#define INSPECT_VALUES_H

#include "files/store.h"

/* Prints the name, shape and type of one dataset, and every element: a line for each
 * vector along the last axis, with its place. `name` is the dataset's, or its last part
 * below forward/ or weights/. Ends the program where there is none, where it holds no
 * numbers, or where it is damaged. */
void print_values(struct store *file, const char *name);

#endif
