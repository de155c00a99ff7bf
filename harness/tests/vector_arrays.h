/* vector_arrays.h: the vector functions of harness/avx2 on whole arrays, for all_floats.c,
 * which itself is compiled for any machine. */
#ifndef VECTOR_ARRAYS_H
#define VECTOR_ARRAYS_H

#include <stddef.h>

/* out, in [n], n a multiple of 16. */
typedef void vector_function(float *out, const float *in, size_t n);
vector_function exp_array, exp_share_array, tanh_array;

/* The instructions that they were compiled for: avx2 or avx512f. */
extern const char vector_name[];

#endif
