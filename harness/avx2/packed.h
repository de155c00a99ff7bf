/* packed.h: a right factor that is packed once and used many times: a weight. */
#ifndef PACKED_H
#define PACKED_H

#include "pack.h"

/* The terms of a sum are taken in packed_blocks blocks, shared out evenly (threads.h). */
size_t packed_blocks(size_t K);
struct range packed_block(size_t K, size_t i);

/* The longest block there can be of K terms or fewer. */
size_t packed_longest(size_t K);

/* b [K, N] in packed_size floats, 64-byte aligned: one block of K after the other, in each
 * the panels of pack_wide. All threads work at it. */
size_t packed_size(size_t K, size_t N);
void pack_weight(float *packed, struct view b, size_t K, size_t N);

/* Where panel j of block i of K lies. */
const float *packed_panel(const float *packed, size_t K, size_t N, size_t i, size_t j);

#endif
