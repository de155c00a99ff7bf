/* engine.h: a subject's model made ready to work: what trains, decodes and is timed.
 *
 * subject.h asks a subject for every tensor. An engine is asked for results alone, so
 * that it may fuse ops, pack weights and leave out what nobody looks at. Numbers are
 * the subject's own, of its width; weights and gradients are in the graph's order. */
#ifndef ENGINE_H
#define ENGINE_H

#include <stdbool.h>

#include "08_train/adamw.h"
#include "graph.h"

struct engine;  /* each subject's own */

struct engine_ops {
    /* A model ready for inputs [B, T] of the graph. The weights stay the caller's, and
     * where they are. `threads`: at most so many, 0 for one a core. NULL: no memory. */
    struct engine *(*open)(const struct graph *g, void *const weight[], int threads);
    void (*close)(struct engine *e);

    int (*threads)(const struct engine *e);  /* how many it uses */

    /* The weights have been changed in place. */
    void (*refresh)(struct engine *e);

    /* The forward pass: the loss, or 0 where targets is NULL. logits [B, T, V] are
     * written unless NULL. `keep`: backward will follow, with the same tokens. */
    double (*forward)(struct engine *e, const int *tokens, const int *targets, void *logits,
                      bool keep);

    /* The gradients of every weight after a forward pass that was kept and had
     * targets. dweight is set, not added to. */
    void (*backward)(struct engine *e, const int *tokens, const int *targets,
                     void *const dweight[]);

    /* One step of AdamW on n numbers (steps/08_train/adamw.h). */
    void (*adamw)(struct engine *e, void *weight, void *mean, void *square, const void *dweight,
                  const struct adam *o, size_t n);

    /* Decoding: adds a token at a position to the key-value cache, which holds all
     * before it, and scores its successors: logits [V], or NULL. Position is below P. */
    void (*decode)(struct engine *e, void *logits, size_t position, int token);

    /* The beginning of a text at once: n tokens at positions 0 .. n-1 into the cache, and the
     * scores of the last one's successors: logits [V], or NULL. n is at most T. */
    void (*prefill)(struct engine *e, void *logits, const int *tokens, size_t n);

    /* From now on forward and backward tell when an op is done: the name of the last tensor
     * that it has made, without its layer (`qkv` for these three), and the layer, -1 outside
     * the blocks. Of several ops done at once only the last is told of; backward, where the
     * names are those of the ops that it goes back through, the first in forward order. NULL:
     * no more. The member itself is NULL where the engine cannot tell. */
    void (*watch)(struct engine *e, void (*done)(void *context, const char *op, int layer),
                  void *context);

    /* One linear map alone, as forward runs it: the op that makes node i of the graph, from
     * in [B, T, I] to out [B, T, O], with its bias and weights made ready. Where the op makes
     * q, k and v, O is 3C, heads not split. NULL where it would be the op as it is. */
    void (*linear)(struct engine *e, size_t node, const void *in, void *out);
};

/* engine.c, or its twin avx2/engine.c: the engine of the subject that it is linked into. */
extern const struct engine_ops subject_engine;

#endif
