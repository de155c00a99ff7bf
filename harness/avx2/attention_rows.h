/* attention_rows.h: the two products of attention for one vector and the rows of a matrix. */
#ifndef ATTENTION_ROWS_H
#define ATTENTION_ROWS_H

#include <stdbool.h>
#include <stddef.h>

/* n rows of D floats that begin `stride` floats apart. */
struct rows {
    const float *at;
    size_t stride, n;
};

/* dots[s] = scale * (x . row s), or += where `add`. dots [n]; x [D]. */
void dot_rows(float *dots, const float *x, struct rows m, float scale, size_t D, bool add);

/* sum += scale * (weight s * row s, over all s). sum [D]; a weight every `step` floats. */
void mix_rows(float *sum, const float *weights, size_t step, struct rows m, float scale,
              size_t D);

#endif
