/* packed.c: where the panels of a weight lie when all of it is packed.
 *
 * In the order in which they are read: so a walk through a weight, be it of a product or
 * of one vector, is a walk through memory. */
#include "packed.h"

#include "tile.h"

enum { K_BLOCK = 384 };  /* a panel of b, 24 kB, stays in L1 beside one of a, 9 kB */

static size_t panels_in(size_t N)
{
    return (N + TILE_COLUMNS - 1) / TILE_COLUMNS;
}

size_t packed_blocks(size_t K)
{
    return (K + K_BLOCK - 1) / K_BLOCK;
}

size_t packed_size(size_t K, size_t N)
{
    return panels_in(N) * TILE_COLUMNS * K;
}

const float *packed_panel(const float *packed, struct range k, size_t j, size_t N)
{
    return packed + (k.begin * panels_in(N) + j * (k.end - k.begin)) * TILE_COLUMNS;
}

void pack_weight(float *packed, struct view b, size_t K, size_t N)
{
    const size_t blocks = packed_blocks(K), panels = panels_in(N);

#pragma omp parallel
    {
        const struct range mine = share(panels, thread_here(), threads_here());
        const size_t begin = mine.begin * TILE_COLUMNS;
        const size_t end = N < mine.end * TILE_COLUMNS ? N : mine.end * TILE_COLUMNS;

        for (size_t i = 0; i < blocks && begin < end; i++) {
            const struct range k = share(K, i, blocks);
            pack_wide(packed + (packed_panel(packed, k, mine.begin, N) - packed),
                      view_from(b, k.begin, begin), end - begin, k.end - k.begin);
        }
    }
}
