/* damage.h: tensors made wrong on purpose, for broken.c and tool.c. */
#ifndef DAMAGE_H
#define DAMAGE_H

#include <stdbool.h>
#include <stddef.h>

/* Damages an array of that shape (rank 1 to 4) in a way that has a name: nan,
 * infinite, zeros, transposed, shifted, last, column, head, scaled, offset, above
 * or none. False: no such way. */
bool damage(const char *kind, double *x, size_t rank, const size_t *dim);

#endif
