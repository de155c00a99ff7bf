/* add.c: the residual sum, twin of steps/00_ingredients/add.c.
 *
 *     out[i] = a[i] + b[i]
 *
 * Two loads and a store for one addition: the memory, not the core, sets the pace. The
 * engine therefore does not call it; it adds where the linear map's result still is in
 * registers (tile.c). */
#include "00_ingredients/add.h"

#include "vector.h"

enum { CHUNK = 4096 };  /* numbers for one thread at a time */

static void add_chunk(float *out, const float *a, const float *b, size_t n)
{
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        vec_store(out + i, vec_add(vec_load(a + i), vec_load(b + i)));
    if (i < n)
        vec_store_part(out + i, vec_add(vec_load_part(a + i, n - i, 0),
                                        vec_load_part(b + i, n - i, 0)), n - i);
}

void add(real *out, const real *a, const real *b, size_t n)
{
    if (n <= CHUNK) {  /* also for callers that are threads */
        add_chunk(out, a, b, n);
        return;
    }
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i += CHUNK)
        add_chunk(out + i, a + i, b + i, n - i < CHUNK ? n - i : CHUNK);
}
