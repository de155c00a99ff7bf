/* merges.c: a hash table of pairs, with linear probing. */
#include "merges.h"

#include <stdint.h>
#include <stdlib.h>

#include "die.h"

void merges_begin(struct merges *m, size_t count)
{
    m->n_slots = 4;
    while (m->n_slots < 2 * count + 1)
        m->n_slots *= 2;
    m->slot = allocate(m->n_slots, sizeof *m->slot);
    for (size_t i = 0; i < m->n_slots; i++)
        m->slot[i] = (struct merge){-1, -1, -1, -1};
}

void merges_end(struct merges *m)
{
    free(m->slot);
}

/* The slot that holds the pair, or the empty one where it belongs. The high bits of
 * the product depend on all bits of both numbers; the constant is 2^64 divided by
 * the golden ratio (Knuth, The Art of Computer Programming 3, section 6.4). */
static struct merge *find_slot(const struct merges *m, int left, int right)
{
    const uint64_t pair = (uint64_t)(uint32_t)left << 32 | (uint32_t)right;

    for (size_t i = (pair * 0x9E3779B97F4A7C15u) >> 32;; i++) {
        struct merge *slot = &m->slot[i & (m->n_slots - 1)];

        if (slot->rank < 0 || (slot->left == left && slot->right == right))
            return slot;
    }
}

const struct merge *merges_find(const struct merges *m, int left, int right)
{
    const struct merge *slot = find_slot(m, left, right);

    return slot->rank < 0 ? NULL : slot;
}

int merges_add(struct merges *m, struct merge new)
{
    struct merge *slot = find_slot(m, new.left, new.right);

    if (slot->rank >= 0)
        return 0;
    *slot = new;
    return 1;
}
