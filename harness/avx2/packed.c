/* packed.c: where the panels of a weight lie when all of it is packed.
 *
 * In the order in which they are read: so a walk through a weight, be it of a product or
 * of one vector, is a walk through memory. Of one vector two blocks of K are walked through side
 * by side, so every second one begins in the middle of a page (gemv.c). */
#include "packed.h"

#include "tile.h"

enum {
    K_BLOCK = 384,                  /* a panel of b, 24 kB, and one of a, 9 kB: about L1 */
    PAGE = 4096 / sizeof(float)
};

size_t packed_blocks(size_t K)
{
    return pieces(K, K_BLOCK);
}

size_t packed_longest(size_t K)
{
    return smaller(K, K_BLOCK);
}

struct range packed_block(size_t K, size_t i)
{
    return share(K, i, packed_blocks(K));
}

/* From one block to the next: as many pages as the longest one needs, and half a page. */
static size_t block_size(size_t K, size_t N)
{
    const size_t rows = pieces(K, packed_blocks(K));

    return pieces(pieces(N, TILE_COLUMNS) * TILE_COLUMNS * rows, PAGE) * PAGE + PAGE / 2;
}

size_t packed_size(size_t K, size_t N)
{
    return packed_blocks(K) * block_size(K, N);
}

const float *packed_panel(const float *packed, size_t K, size_t N, size_t i, size_t j)
{
    const struct range k = packed_block(K, i);

    return packed + i * block_size(K, N) + j * (k.end - k.begin) * TILE_COLUMNS;
}

void pack_weight(float *packed, struct view b, size_t K, size_t N)
{
#pragma omp parallel
    {
        const struct range mine = share(pieces(N, TILE_COLUMNS), thread_here(), threads_here());
        const size_t begin = mine.begin * TILE_COLUMNS;
        const size_t end = smaller(N, mine.end * TILE_COLUMNS);

        for (size_t i = 0; i < packed_blocks(K) && begin < end; i++) {
            const struct range k = packed_block(K, i);
            pack_wide(packed + (packed_panel(packed, K, N, i, mine.begin) - packed),
                      view_from(b, k.begin, begin), end - begin, k.end - k.begin);
        }
    }
}
