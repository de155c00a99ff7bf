/* train_pairs.c: pairs in a hash table, each with the list of its positions, and in a
 * heap that is ordered by their counts.
 *
 * No more pairs than positions exist at a time, so that all memory is asked for once.
 * A pair that stands nowhere is given back. */
#include "train_pairs.h"

#include <stdbool.h>
#include <stdlib.h>

#include "die.h"

void pairs_make(struct pairs *p, size_t n_positions)
{
    *p = (struct pairs){.n_buckets = 1, .free = NOWHERE};
    while (p->n_buckets < n_positions)
        p->n_buckets *= 2;
    p->pair = allocate(n_positions, sizeof *p->pair);
    p->bucket = allocate(p->n_buckets, sizeof *p->bucket);
    p->heap = allocate(n_positions, sizeof *p->heap);
    p->of = allocate(n_positions, sizeof *p->of);
    p->next = allocate(n_positions, sizeof *p->next);
    p->back = allocate(n_positions, sizeof *p->back);
    for (size_t i = 0; i < p->n_buckets; i++)
        p->bucket[i] = NOWHERE;
    for (size_t i = 0; i < n_positions; i++)
        p->of[i] = NOWHERE;
}

void pairs_free(struct pairs *p)
{
    free(p->pair);
    free(p->bucket);
    free(p->heap);
    free(p->of);
    free(p->next);
    free(p->back);
}

/* -------------------------------------------------------------------- the heap */

static bool comes_before(const struct pair *a, const struct pair *b)
{
    if (a->count != b->count)
        return a->count > b->count;
    return a->left != b->left ? a->left < b->left : a->right < b->right;
}

static void put(struct pairs *p, uint32_t at, uint32_t pair)
{
    p->heap[at] = pair;
    p->pair[pair].heap_at = at;
}

static void rise(struct pairs *p, uint32_t at)
{
    const uint32_t pair = p->heap[at];

    for (; at > 0; at = (at - 1) / 2) {
        const uint32_t above = p->heap[(at - 1) / 2];
        if (!comes_before(&p->pair[pair], &p->pair[above]))
            break;
        put(p, at, above);
    }
    put(p, at, pair);
}

static void sink(struct pairs *p, uint32_t at)
{
    const uint32_t pair = p->heap[at];

    for (size_t below = 2 * (size_t)at + 1; below < p->n_heap; below = 2 * below + 1) {
        if (below + 1 < p->n_heap &&
            comes_before(&p->pair[p->heap[below + 1]], &p->pair[p->heap[below]]))
            below++;
        if (!comes_before(&p->pair[p->heap[below]], &p->pair[pair]))
            break;
        put(p, at, p->heap[below]);
        at = (uint32_t)below;
    }
    put(p, at, pair);
}

const struct pair *pairs_best(const struct pairs *p)
{
    return p->n_heap ? &p->pair[p->heap[0]] : NULL;
}

/* ------------------------------------------------------------------- the table */

static uint32_t *bucket_of(const struct pairs *p, uint32_t left, uint32_t right)
{
    const uint64_t mixed = (((uint64_t)left << 32) | right) * 0x9E3779B97F4A7C15u;

    return &p->bucket[(mixed >> 32) & (p->n_buckets - 1)];
}

static uint32_t find(const struct pairs *p, uint32_t left, uint32_t right)
{
    uint32_t i = *bucket_of(p, left, right);

    while (i != NOWHERE && (p->pair[i].left != left || p->pair[i].right != right))
        i = p->pair[i].chain;
    return i;
}

/* All pairs that exist are in the heap; those beyond have never been used, or are
 * in the list of the free. */
static uint32_t create(struct pairs *p, uint32_t left, uint32_t right)
{
    uint32_t *bucket = bucket_of(p, left, right);
    uint32_t i = p->n_heap;

    if (p->free != NOWHERE) {
        i = p->free;
        p->free = p->pair[i].chain;
    }
    p->pair[i] = (struct pair){.left = left, .right = right, .first = NOWHERE,
                               .last = NOWHERE, .chain = *bucket};
    *bucket = i;
    put(p, p->n_heap++, i);
    return i;
}

static void destroy(struct pairs *p, uint32_t i)
{
    const uint32_t at = p->pair[i].heap_at, moved = p->heap[--p->n_heap];
    uint32_t *link = bucket_of(p, p->pair[i].left, p->pair[i].right);

    while (*link != i)
        link = &p->pair[*link].chain;
    *link = p->pair[i].chain;
    p->pair[i].chain = p->free;
    p->free = i;
    if (moved != i) {
        put(p, at, moved);
        rise(p, at);
        sink(p, p->pair[moved].heap_at);
    }
}

void pairs_add(struct pairs *p, uint32_t left, uint32_t right, uint32_t position,
               uint64_t count)
{
    uint32_t i = find(p, left, right);

    if (i == NOWHERE)
        i = create(p, left, right);
    struct pair *pair = &p->pair[i];
    p->of[position] = i;
    p->next[position] = NOWHERE;
    p->back[position] = pair->last;
    *(pair->last == NOWHERE ? &pair->first : &p->next[pair->last]) = position;
    pair->last = position;
    pair->count += count;
    rise(p, pair->heap_at);
}

void pairs_remove(struct pairs *p, uint32_t position, uint64_t count)
{
    const uint32_t i = p->of[position], next = p->next[position], back = p->back[position];
    struct pair *pair = &p->pair[i];

    *(back == NOWHERE ? &pair->first : &p->next[back]) = next;
    *(next == NOWHERE ? &pair->last : &p->back[next]) = back;
    p->of[position] = NOWHERE;
    pair->count -= count;
    if (pair->first == NOWHERE)
        destroy(p, i);
    else
        sink(p, pair->heap_at);
}

uint32_t pairs_first(const struct pairs *p, uint32_t left, uint32_t right)
{
    const uint32_t i = find(p, left, right);

    return i == NOWHERE ? NOWHERE : p->pair[i].first;
}
