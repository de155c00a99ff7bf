/* unembed_backward.c: the gradient of the unembedding, twin of
 * steps/07_backprop/unembed_backward.c.
 *
 *     forward:  logits = in * wte transposed     [N, V] = [N, C] * [C, V]
 *
 *     din  += dlogits * wte                      [N, C] = [N, V] * [V, C]
 *     dwte += dlogits transposed * in            [V, C] = [V, N] * [N, C]
 *
 * Both products read dlogits, of which there are V = 50,257 to a token: so they take
 * turns, on some columns at a time. */
#include "07_backprop/unembed_backward.h"

#include "matmul.h"
#include "unembed_part.h"

static void multiply(const struct matmul *m, const struct room *room)
{
    if (room)
        matmul(m, room);
    else
        matmul_alone(m);
}

void unembed_backward_part(const struct unembed_part *u, struct range v,
                           const struct room *room)
{
    const size_t n = v.end - v.begin, C = u->C;
    const float *dlogits = u->dlogits + v.begin;
    float *dwte = u->dwte + v.begin * C;

    multiply(&(struct matmul){.M = u->N, .N = C, .K = n, .out = u->din, .out_stride = C,
                              .a = {dlogits, u->stride, 1}, .b = {u->wte + v.begin * C, C, 1},
                              .also = u->add_din ? u->din : NULL, .also_stride = C}, room);
    multiply(&(struct matmul){.M = n, .N = C, .K = u->N, .out = dwte, .out_stride = C,
                              .a = {dlogits, 1, u->stride}, .b = {u->in, C, 1},
                              .also = u->add_dwte ? dwte : NULL, .also_stride = C}, room);
}

void unembed_backward(real *din, real *dwte, const real *dlogits, const real *in,
                      const real *wte, size_t N, size_t C, size_t V)
{
    const struct unembed_part u = {din, dwte, true, true, dlogits, in, wte, V, N, C};

    for (size_t v = 0; v < V; v += UNEMBED_COLUMNS)
        unembed_backward_part(&u, (struct range){v, V - v < UNEMBED_COLUMNS ? V
                                                                            : v + UNEMBED_COLUMNS},
                              NULL);
}
