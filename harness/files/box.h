/* box.h: a part of an array: a range of indices along each axis. */
#ifndef BOX_H
#define BOX_H

#include <stdbool.h>
#include <stddef.h>

enum { BOX_MAX_RANK = 8 };

/* Elements start .. start + count - 1 along each axis of an array of the shape dim. The
 * elements of a box lie row-major in an array of their own. Rank 0 is one element. */
struct box {
    size_t rank, dim[BOX_MAX_RANK], start[BOX_MAX_RANK], count[BOX_MAX_RANK];
};

/* The whole of an array. */
struct box box_whole(size_t rank, const size_t *dim);

size_t box_elements(const struct box *b);

/* The place in the whole array of element `local` of the box. */
size_t box_flat(const struct box *b, size_t local);

/* How large boxes should be in which an array stored in chunks is read, so that each chunk
 * is read once: step[rank] are sizes along each axis, about `most` elements in all. chunk_a
 * and chunk_b are the chunks of two files that are read side by side, NULL where there are
 * none; where no box fits both, a's are kept whole. */
void box_step(size_t *step, size_t rank, const size_t *dim, const size_t *chunk_a,
              const size_t *chunk_b, size_t most);

/* The first box of an array cut into steps, and the next; false after the last. */
struct box box_first(size_t rank, const size_t *dim, const size_t *step);
bool box_next(struct box *b, const size_t *step);

/* Calls `visit` for each run of elements that follow each other in both arrays: from `flat`
 * in the whole, from `local` in the box. */
void box_runs(const struct box *b,
              void visit(void *context, size_t flat, size_t local, size_t count), void *context);

#endif
