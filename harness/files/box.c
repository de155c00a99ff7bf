/* box.c: parts of arrays, in which tensors that are larger than the memory are read. What
 * is read, and from where, is left to others. */
#include "box.h"

#include <string.h>

struct box box_whole(size_t rank, const size_t *dim)
{
    struct box b = {.rank = rank};

    for (size_t i = 0; i < rank; i++)
        b.dim[i] = b.count[i] = dim[i];
    return b;
}

static size_t product(size_t rank, const size_t *size)
{
    size_t n = 1;

    for (size_t i = 0; i < rank; i++)
        n *= size[i];
    return n;
}

size_t box_elements(const struct box *b)
{
    return product(b->rank, b->count);
}

size_t box_flat(const struct box *b, size_t local)
{
    size_t flat = 0, stride = 1;

    for (size_t i = b->rank; i-- > 0; stride *= b->dim[i]) {
        flat += (b->start[i] + local % b->count[i]) * stride;
        local /= b->count[i];
    }
    return flat;
}

/* Sizes that are multiples of a chunk's, from the last axis on, as long as they fit. */
static void grow(size_t *step, size_t rank, const size_t *dim, size_t most)
{
    size_t elements = product(rank, step);

    for (size_t i = rank; i-- > 0;) {
        const size_t times = elements && most / elements ? most / elements : 1;
        const size_t chunk = step[i];

        step[i] = times >= (dim[i] + chunk - 1) / chunk ? dim[i] : chunk * times;
        elements = elements / chunk * step[i];
        if (step[i] < dim[i])
            return;
    }
}

void box_step(size_t *step, size_t rank, const size_t *dim, const size_t *chunk_a,
              const size_t *chunk_b, size_t most)
{
    size_t both[BOX_MAX_RANK];

    for (size_t i = 0; i < rank; i++) {
        const size_t a = chunk_a && chunk_a[i] ? chunk_a[i] : 1;
        const size_t b = chunk_b && chunk_b[i] ? chunk_b[i] : 1;

        step[i] = a < dim[i] ? a : dim[i];
        both[i] = b % a == 0 ? b : a;  /* a multiple of both, or a's alone */
        both[i] = both[i] < dim[i] ? both[i] : dim[i];
    }
    if (product(rank, both) <= 2 * most)
        memcpy(step, both, rank * sizeof *step);
    grow(step, rank, dim, most);
}

static void clip(struct box *b, const size_t *step)
{
    for (size_t i = 0; i < b->rank; i++) {
        const size_t left = b->dim[i] - b->start[i];
        b->count[i] = step[i] < left ? step[i] : left;
    }
}

struct box box_first(size_t rank, const size_t *dim, const size_t *step)
{
    struct box b = {.rank = rank};

    for (size_t i = 0; i < rank; i++)
        b.dim[i] = dim[i];
    clip(&b, step);
    return b;
}

bool box_next(struct box *b, const size_t *step)
{
    for (size_t i = b->rank; i-- > 0;) {
        b->start[i] += step[i];
        if (b->start[i] < b->dim[i]) {
            clip(b, step);
            return true;
        }
        b->start[i] = 0;
    }
    return false;
}

void box_runs(const struct box *b,
              void visit(void *context, size_t flat, size_t local, size_t count), void *context)
{
    const size_t n = box_elements(b);
    size_t run = 1;

    for (size_t i = b->rank; i-- > 0;) {
        run *= b->count[i];
        if (b->count[i] != b->dim[i])
            break;
    }
    for (size_t local = 0; local < n; local += run)
        visit(context, box_flat(b, local), local, run);
}
