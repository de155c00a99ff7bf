/* matmul.h: the matrix product that all linear maps and their gradients are. */
#ifndef MATMUL_H
#define MATMUL_H

#include <stddef.h>

#include "pack.h"

/* Called with a part of the result when it is done, by the thread that made it, while it
 * is still in that core's cache: part [rows, columns], a row every `stride` floats. */
typedef void matmul_then(void *with, float *part, size_t stride, struct range rows,
                         struct range columns);

/* out = a * b, + also, + bias. */
struct matmul {
    size_t M, N, K;
    float *out;            /* [M, N], a row every out_stride floats; NULL: only for `then` */
    size_t out_stride;
    struct view a;         /* [M, K] */
    struct view b;         /* [K, N] */
    const float *packed;   /* or b as pack_weight left it; else NULL */
    const float *also;     /* [M, N] to be added, or NULL; may be out */
    size_t also_stride;
    const float *bias;     /* [N] to be added, or NULL */
    matmul_then *then;     /* or NULL */
    void *with;
};

/* The columns that `then` gets begin at a multiple of this: what it sums up over so many
 * at a time does not depend on the number of threads. */
enum { MATMUL_GRAIN = 128 };

/* Room for the packed parts of products of these sizes and smaller ones: 64-byte aligned. */
struct room {
    float *at;
    size_t M, N, K;
};

/* How many floats that are. */
size_t room_size(const struct room *r);

void matmul(const struct matmul *m, const struct room *room);

/* The same with room of its own; where there is none, without packing. out is not NULL,
 * and there is no `then`. */
void matmul_alone(const struct matmul *m);

#endif
