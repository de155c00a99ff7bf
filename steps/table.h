/* table.h: one row for each tensor and each weight of the two families. */
#ifndef TABLE_H
#define TABLE_H

#include "graph.h"

/* Where a row stands: once before the blocks, in block 0, in all others, in
 * every block, once after the blocks. */
enum place { FRONT, FIRST_BLOCK, LATER_BLOCKS, EVERY_BLOCK, BACK };

/* Names of a block's own tensors carry no layer. An input that begins with `<`
 * is the block before (after the blocks: the last one). `letters` is the shape
 * in the letters of gpt.h, with Q for 3 C columns. */
struct tensor_row {
    const char *name, *letters;
    enum family family;
    enum place place;
    int step;
    enum op op;
    int out;
    const char *in[MAX_INPUTS], *weight[MAX_WEIGHTS];
    size_t offset;
};

struct weight_row {
    const char *name, *letters;
    enum family family;
    enum place place;
    size_t offset;
};

extern const struct tensor_row tensor_rows[];
extern const size_t n_tensor_rows;
extern const struct weight_row weight_rows[];
extern const size_t n_weight_rows;

#endif
