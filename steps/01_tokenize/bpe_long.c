/* bpe_long.c: byte-pair encoding in O(n log n), for words that never end.
 *
 * The same rule as bpe.c's, which looks at all pairs again after each merge and so
 * takes O(n^2) steps. Here the symbols are a linked list, and a heap holds the pairs
 * that could merge, ordered by rank and then by position. A merge changes only the
 * two pairs beside it, which are new entries in the heap; entries whose pair has
 * changed since are recognised when they come to the top, and dropped. */
#include "bpe_long.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

#include "die.h"

enum { NONE = -1, MERGED = -2 };  /* no neighbour; no symbol any more */

struct word {
    const struct merges *merges;
    int *symbol;          /* [n] MERGED where its left neighbour took it in */
    int *previous, *next; /* [n] positions of the neighbours, or NONE */
    uint64_t *heap;       /* [2n] rank * 2^32 + position of the left symbol; the
                           * children of entry i are 2i + 1 and 2i + 2, none is smaller */
    size_t in_heap;       /* below 2n: a merge takes one entry off and adds two at most */
    int *batch;           /* [n] positions of one rank, rising */
};

static void heap_push(struct word *w, uint64_t entry)
{
    size_t i = w->in_heap++;

    while (i > 0 && w->heap[(i - 1) / 2] > entry) {
        w->heap[i] = w->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    w->heap[i] = entry;
}

static uint64_t heap_pop(struct word *w)
{
    const uint64_t top = w->heap[0], entry = w->heap[--w->in_heap];
    size_t i = 0, child;

    while ((child = 2 * i + 1) < w->in_heap) {
        if (child + 1 < w->in_heap && w->heap[child + 1] < w->heap[child])
            child++;
        if (entry <= w->heap[child])
            break;
        w->heap[i] = w->heap[child];
        i = child;
    }
    w->heap[i] = entry;
    return top;
}

/* The merge of the symbol at that position and its right neighbour, or NULL. */
static const struct merge *merge_at(const struct word *w, int at)
{
    if (at == NONE || w->symbol[at] == MERGED || w->next[at] == NONE)
        return NULL;
    return merges_find(w->merges, w->symbol[at], w->symbol[w->next[at]]);
}

static void offer(struct word *w, int at)
{
    const struct merge *merge = merge_at(w, at);

    if (merge)
        heap_push(w, (uint64_t)merge->rank << 32 | (uint32_t)at);
}

/* Takes all entries of the lowest rank off the heap, into the batch. */
static size_t take_batch(struct word *w, int *rank)
{
    size_t count = 0;

    *rank = (int)(w->heap[0] >> 32);
    while (w->in_heap && (int)(w->heap[0] >> 32) == *rank)
        w->batch[count++] = (int)(uint32_t)heap_pop(w);
    return count;
}

/* Merges the pairs of the batch that are still there; two that overlap are not. Returns
 * how many were merged and leaves their positions at the beginning of the batch. */
static size_t merge_batch(struct word *w, size_t count, int rank)
{
    size_t merged = 0;

    for (size_t i = 0; i < count; i++) {
        const int at = w->batch[i];
        const struct merge *merge = merge_at(w, at);

        if (!merge || merge->rank != rank)
            continue;
        const int taken = w->next[at], after = w->next[taken];
        w->symbol[at] = merge->result;
        w->symbol[taken] = MERGED;
        w->next[at] = after;
        if (after != NONE)
            w->previous[after] = at;
        w->batch[merged++] = at;
    }
    return merged;
}

static struct word begin(int *symbol, size_t n, const struct merges *merges)
{
    struct word w = {.merges = merges, .symbol = symbol};

    if (n > INT_MAX)
        die("a word of %zu symbols is too long: %d are possible; put spaces between", n, INT_MAX);
    w.previous = allocate(n, sizeof *w.previous);
    w.next = allocate(n, sizeof *w.next);
    w.batch = allocate(n, sizeof *w.batch);
    w.heap = allocate(2 * n, sizeof *w.heap);
    for (size_t i = 0; i < n; i++) {
        w.previous[i] = (int)i - 1;  /* NONE for the first */
        w.next[i] = i + 1 < n ? (int)i + 1 : NONE;
    }
    for (size_t i = 0; i < n; i++)
        offer(&w, (int)i);
    return w;
}

size_t bpe_long(int *symbol, size_t n, const struct merges *merges)
{
    struct word w = begin(symbol, n, merges);
    size_t left = 0;

    while (w.in_heap) {
        int rank;
        const size_t count = take_batch(&w, &rank), merged = merge_batch(&w, count, rank);
        for (size_t i = 0; i < merged; i++) {
            offer(&w, w.previous[w.batch[i]]);
            offer(&w, w.batch[i]);
        }
    }
    for (size_t i = 0; i < n; i++)
        if (symbol[i] != MERGED)
            symbol[left++] = symbol[i];
    free(w.previous);
    free(w.next);
    free(w.batch);
    free(w.heap);
    return left;
}
