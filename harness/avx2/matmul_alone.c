/* matmul_alone.c: a matrix product with room of its own, for ops that are called one by one.
 *
 * Where there is no memory for packing, the sums are computed from the matrices as they lie:
 * slowly, but an op cannot fail. */
#include <stdlib.h>

#include "matmul.h"

static void multiply_unpacked(const struct matmul *m)
{
    for (size_t i = 0; i < m->M; i++)
        for (size_t j = 0; j < m->N; j++) {
            float sum = 0;
            for (size_t k = 0; k < m->K; k++)
                sum += m->a.at[i * m->a.down + k * m->a.across] *
                       m->b.at[k * m->b.down + j * m->b.across];
            m->out[i * m->out_stride + j] = sum + (m->also ? m->also[i * m->also_stride + j] : 0) +
                                            (m->bias ? m->bias[j] : 0);
        }
}

void matmul_alone(const struct matmul *m)
{
    struct room room = {.M = m->M, .N = m->N, .K = m->K};

    room.at = aligned_alloc(64, room_size(&room) * sizeof(float));
    if (room.at)
        matmul(m, &room);
    else
        multiply_unpacked(m);
    free(room.at);
}
