/* columns.c: sum[o] += sum over n of m[n][o].
 *
 * Columns are dealt out to threads; each takes STRIP of them down all the rows, so that
 * the sums stay in registers, and each sum has one order. A column of a thousand rows
 * would lose digits if every term were added to one sum that grows: rows are summed in
 * groups of GROUP, and then the groups. */
#include "columns.h"

#include "threads.h"
#include "vector.h"

enum { VECTORS = 4, STRIP = VECTORS * LANES, GROUP = 32 };

/* All rows of STRIP columns, of which the first `width` exist. */
static void add_strip(float *sum, const float *m, size_t N, size_t O, size_t width)
{
    vec total[VECTORS];
    size_t n_of[VECTORS];

    for (size_t v = 0; v < VECTORS; v++) {
        const size_t begin = v * LANES;
        n_of[v] = width <= begin ? 0 : width - begin < LANES ? width - begin : LANES;
        total[v] = vec_zero();
    }
    for (size_t group = 0; group < N; group += GROUP) {
        const size_t end = N - group < GROUP ? N : group + GROUP;

        for (size_t v = 0; v < VECTORS; v++) {
            vec some = vec_zero();
            for (size_t n = group; n < end; n++)
                some = vec_add(some, vec_load_part(m + n * O + v * LANES, n_of[v], 0));
            total[v] = vec_add(total[v], some);
        }
    }
    for (size_t v = 0; v < VECTORS; v++)
        vec_store_part(sum + v * LANES,
                       vec_add(total[v], vec_load_part(sum + v * LANES, n_of[v], 0)), n_of[v]);
}

void add_columns(float *sum, const float *m, size_t N, size_t O)
{
    const size_t strips = pieces(O, STRIP);

#pragma omp parallel for schedule(static)
    for (size_t s = 0; s < strips; s++)
        add_strip(sum + s * STRIP, m + s * STRIP, N, O,
                  smaller(O - s * STRIP, STRIP));
}
