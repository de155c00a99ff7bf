/* columns.h: the sum of the rows of a matrix, which is the gradient of a bias. */
#ifndef COLUMNS_H
#define COLUMNS_H

#include <stddef.h>

/* Adds the sums of the columns of m [N, O] to sum [O]. */
void add_columns(float *sum, const float *m, size_t N, size_t O);

#endif
