/* ops.h: the steps' functions, which a shared object of your own may export.
 *
 * A shared object that has any of them, under these names and with the prototypes of the
 * headers below, is a subject: `build/touchstone check --subject ./mine.so`. What it lacks
 * is taken from a built-in subject. docs/your-own-functions.md says what each one makes
 * checkable. Compiled from the project's folder:
 *
 *     cc -shared -fPIC -DREAL=float -Isteps -Iharness mine.c -o mine.so
 *
 * With -DREAL=double the object also exports `size_t touchstone_width(void)`, which
 * returns 8. The functions of steps 01, 06 and 08 that harness/cases.h lists are looked
 * for, too; their prototypes stand in the headers of their steps. */
#ifndef OPS_H
#define OPS_H

#ifdef __cplusplus
extern "C" {
#endif

#include "gpt.h"

#include "00_ingredients/add.h"
#include "00_ingredients/gelu.h"
#include "00_ingredients/layernorm.h"
#include "00_ingredients/linear.h"
#include "00_ingredients/softmax.h"
#include "02_embed/embed.h"
#include "03_attention/attention.h"
#include "04_mlp/mlp.h"
#include "05_unembed/loss.h"
#include "05_unembed/unembed.h"
#include "07_backprop/add_backward.h"
#include "07_backprop/attention_backward.h"
#include "07_backprop/backward.h"
#include "07_backprop/embed_backward.h"
#include "07_backprop/gelu_backward.h"
#include "07_backprop/layernorm_backward.h"
#include "07_backprop/linear_backward.h"
#include "07_backprop/loss_backward.h"
#include "07_backprop/unembed_backward.h"

/* What the object may say of itself: the width of REAL, 4 or 8 bytes; 4 without it. */
size_t touchstone_width(void);

#ifdef __cplusplus
}
#else

/* Each function once: X(name). */
#define OPS(X)                                                                            \
    X(linear) X(layernorm) X(softmax) X(gelu) X(add)                                      \
    X(embed_tokens) X(embed_positions) X(embed_sum)                                       \
    X(split_heads) X(attention_scores) X(attention_pattern) X(attention_mix)              \
    X(mlp) X(unembed) X(cross_entropy)                                                    \
    X(linear_backward) X(layernorm_backward) X(gelu_backward) X(add_backward)             \
    X(embed_tokens_backward) X(embed_positions_backward) X(embed_sum_backward)            \
    X(split_heads_backward) X(attention_scores_backward) X(attention_pattern_backward)    \
    X(attention_mix_backward) X(unembed_backward) X(cross_entropy_backward)               \
    X(forward_embed) X(forward_attention) X(forward_mlp) X(forward_unembed) X(forward)    \
    X(backward)

/* The same as a table of pointers. */
struct ops {
#define OPS_MEMBER(name) __typeof__(name) *name;
    OPS(OPS_MEMBER)
#undef OPS_MEMBER
};

#endif

#endif
