/* exercise.c: backpropagation, to be written by you. docs/07-backprop.md explains it,
 * HINTS.md has hints, and
 *
 *     make check-07 SUBJECT=exercise
 *
 * marks it. Take the line with not_written out of a function when you write its body.
 * Every function adds to its gradients, which begin as 0: += and not =. */
#include "exercise.h"

#include <string.h>
#include <tgmath.h>
#undef I  /* an imaginary unit there; here it is a number of inputs */

#include "add_backward.h"
#include "attention_backward.h"
#include "backward.h"
#include "embed_backward.h"
#include "gelu_backward.h"
#include "layernorm_backward.h"
#include "linear_backward.h"
#include "loss_backward.h"
#include "unembed_backward.h"

/* Adds the gradient of add(out, a, b), or of a copy, to one of its inputs: din [n],
 * from dout [n]. */
void add_backward(real *din, const real *dout, size_t n)
{
    not_written(__func__);
}

/* Adds the gradient of gelu(out, in) to din [n], from dout [n] and in [n].
 *
 * With t = tanh(root * (x + 0.044715 x^3)) and root = sqrt(2 / pi), the slope is
 * (1 + t) / 2 + x / 2 * (1 - t^2) * root * (1 + 3 * 0.044715 x^2). */
void gelu_backward(real *din, const real *dout, const real *in, size_t n)
{
    not_written(__func__);
}

/* Adds the gradients of linear(out, in, weight, bias) to din [N, I], dweight [I, O]
 * and dbias [O], from dout [N, O], in [N, I] and weight [I, O].
 *
 * For each of the N vectors, for each i and o: dout [o] times weight [i, o] goes to
 * din [i], dout [o] times in [i] to dweight [i, o]; dout [o] to dbias [o]. */
void linear_backward(real *din, real *dweight, real *dbias, const real *dout, const real *in,
                     const real *weight, size_t N, size_t I, size_t O)
{
    not_written(__func__);
}

/* Adds the gradient of cross_entropy(loss, logits, targets) to dlogits [N, V]; dloss
 * is the gradient of the loss itself, 1 where it is the end of the chain.
 *
 * Count the targets that are not -1. For each of these positions: its softmax p, with the
 * sum in double; (p [v] - (1 where v is the target, else 0)) * dloss / count. */
void cross_entropy_backward(real *dlogits, real dloss, const real *logits, const int *targets,
                            size_t N, size_t V)
{
    not_written(__func__);
}

/* Adds the gradients of unembed(logits, in, wte) to din [N, C] and dwte [V, C], from
 * dlogits [N, V], in [N, C] and wte [V, C].
 *
 * For each n, v and c: dlogits [n, v] times wte [v, c] goes to din [n, c], and times
 * in [n, c] to dwte [v, c]. */
void unembed_backward(real *din, real *dwte, const real *dlogits, const real *in,
                      const real *wte, size_t N, size_t C, size_t V)
{
    not_written(__func__);
}

/* Adds the gradients of layernorm(out, in, gain, bias) to din [N, C], dgain [C] and
 * dbias [C], from dout [N, C], in [N, C] and gain [C].
 *
 * For each vector: mean, variance and scale = 1 / sqrt(variance + eps) as forward;
 * norm [c] = (in [c] - mean) * scale; dnorm [c] = dout [c] * gain [c]. dbias [c] gets
 * dout [c], dgain [c] gets dout [c] * norm [c], and din [c]
 *   (dnorm [c] - mean of dnorm - norm [c] * mean of dnorm * norm) * scale. */
void layernorm_backward(real *din, real *dgain, real *dbias, const real *dout, const real *in,
                        const real *gain, double eps, size_t N, size_t C)
{
    not_written(__func__);
}

/* The next four: each adds the gradient of the function of that name in
 * 03_attention/attention.h to its first arguments. dz [B, T, C]; dpattern, dscores, pattern
 * [B, H, T, T], 0 above the diagonal; dq, dk, dv, q, k, v [B, H, T, D]; dqkv [B, T, 3C].
 *
 * For each b, h, t, and s up to t: dz [t] . v [s] goes to dpattern [t, s], and
 * pattern [t, s] * dz [t] to dv [s]. */
void attention_mix_backward(real *dpattern, real *dv, const real *dz, const real *pattern,
                            const real *v, size_t B, size_t H, size_t T, size_t D)
{
    not_written(__func__);
}

/* For each row t: m = the sum over s up to t of pattern [s] * dpattern [s]; then
 * dscores [s] gets pattern [s] * (dpattern [s] - m). */
void attention_pattern_backward(real *dscores, const real *dpattern, const real *pattern,
                                size_t B, size_t H, size_t T)
{
    not_written(__func__);
}

/* For each t, and s up to t: dscores [t, s] / sqrt(D) times k [s] goes to dq [t], and
 * times q [t] to dk [s]. */
void attention_scores_backward(real *dq, real *dk, const real *dscores, const real *q,
                               const real *k, size_t B, size_t H, size_t T, size_t D)
{
    not_written(__func__);
}

/* The way back of split_heads: three numbers for each b, h, t, d. */
void split_heads_backward(real *dqkv, const real *dq, const real *dk, const real *dv,
                          size_t B, size_t T, size_t H, size_t D)
{
    not_written(__func__);
}

/* Adds the gradients of the embedding: to dwte [V, C] from dtok_embed [N, C].
 *
 * A token that comes twice gets both. */
void embed_tokens_backward(real *dwte, const real *dtok_embed, const int *tokens, size_t N,
                           size_t C)
{
    not_written(__func__);
}

/* To dwpe [P, C] from dpos_embed [T, C]. */
void embed_positions_backward(real *dwpe, const real *dpos_embed, size_t T, size_t C)
{
    not_written(__func__);
}

/* To dtok_embed [B, T, C] and dpos_embed [T, C] from dresid_pre [B, T, C].
 *
 * All B texts add to the same pos_embed. */
void embed_sum_backward(real *dtok_embed, real *dpos_embed, const real *dresid_pre,
                        size_t B, size_t T, size_t C)
{
    not_written(__func__);
}

/* The gradients of the loss at every tensor and every weight. `a` holds what forward()
 * computed, every tensor of it; da and dw have the same arrays, all 0, and get the
 * gradients (da->loss, da->qkv, too). da->tokens and da->targets are not used.
 *
 * Begins with *da->loss = 1. Then steps/forward.c from its last line to its first: each
 * call becomes a call of the function's _backward. A tensor that is read twice gets two.
 * da->qkv is one room for all layers: set it to 0 in each. */
void backward(const struct config *cfg, const struct weights *w, const struct acts *a,
              struct weights *dw, struct acts *da)
{
    not_written(__func__);
}
