/* gelu_backward.c: the gradient of GELU's tanh form, twin of
 * steps/07_backprop/gelu_backward.c.
 *
 *     forward:   u = sqrt(2/pi) * (x + 0.044715 x^3);  out = x/2 * (1 + tanh(u))
 *
 *     d out / d x = (1 + tanh(u)) / 2 + x/2 * (1 - tanh(u)^2) * du/dx
 *     du/dx       = sqrt(2/pi) * (1 + 3 * 0.044715 x^2) */
#include "07_backprop/gelu_backward.h"

#include "vector_math.h"

enum { CHUNK = 4096 };

static void gelu_backward_chunk(float *din, const float *dout, const float *in, size_t n)
{
    size_t i = 0;

    for (; i + LANES <= n; i += LANES) {
        const vec slope = vec_gelu_slope(vec_load(in + i));
        vec_store(din + i, vec_fma(vec_load(dout + i), slope, vec_load(din + i)));
    }
    if (i < n) {
        const vec slope = vec_gelu_slope(vec_load_part(in + i, n - i, 0));
        vec_store_part(din + i, vec_fma(vec_load_part(dout + i, n - i, 0), slope,
                                        vec_load_part(din + i, n - i, 0)), n - i);
    }
}

void gelu_backward(real *din, const real *dout, const real *in, size_t n)
{
    if (n <= CHUNK) {  /* also for callers that are threads */
        gelu_backward_chunk(din, dout, in, n);
        return;
    }
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i += CHUNK)
        gelu_backward_chunk(din + i, dout + i, in + i, n - i < CHUNK ? n - i : CHUNK);
}
