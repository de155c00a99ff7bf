/* unembed_backward.c: the gradient of the unembedding.
 *
 *     forward:   logits[n][v] = in[n] . wte[v]
 *
 *     din[n]  = sum over v of dlogits[n][v] * wte[v]
 *     dwte[v] = sum over n of dlogits[n][v] * in[n]
 *
 * wte is used twice, here and by the embedding; both add to the same dwte. */
#include "unembed_backward.h"

void unembed_backward(real *din, real *dwte, const real *dlogits, const real *in,
                      const real *wte, size_t N, size_t C, size_t V)
{
    for (size_t n = 0; n < N; n++)
        for (size_t v = 0; v < V; v++) {
            const real dlogit = dlogits[n * V + v];

            for (size_t c = 0; c < C; c++) {
                din[n * C + c] += dlogit * wte[v * C + c];
                dwte[v * C + c] += dlogit * in[n * C + c];
            }
        }
}
