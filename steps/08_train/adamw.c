/* adamw.c: how a weight moves, given its gradient.
 *
 * Adam follows not the gradient g itself but its running mean, divided by the root of
 * the running mean of its square. So every weight moves by about `rate` a step,
 * however large or small its gradients are, and less where they change sign:
 *
 *     mean   = beta1 * mean   + (1 - beta1) * g
 *     square = beta2 * square + (1 - beta2) * g^2
 *     weight = weight - rate * mean' / (sqrt(square') + eps)
 *
 * Both means begin as 0 and are too small at first; after t steps mean' is
 * mean / (1 - beta1^t) and square' is square / (1 - beta2^t).
 *
 * Decay pulls a weight towards 0 by rate * decay of itself in each step. Added to the
 * gradient it would be divided by the root, too; AdamW keeps it apart ("decoupled").
 * Whoever calls says which weights decay: matrices, for a layer norm is not better for
 * being small.
 *
 * The program of GPT-1 has an Adam of its own. Its eps is not divided by the root of
 * 1 - beta2^t, and its decay takes part in the correction: it is pulled by
 * rate' * decay with rate' = rate * sqrt(1 - beta2^t) / (1 - beta1^t).
 *
 * Sources: Kingma and Ba, "Adam" (2015), algorithm 1; Loshchilov and Hutter,
 * "Decoupled Weight Decay Regularization" (2019), algorithm 2, as torch.optim.AdamW has
 * it; openai/finetune-transformer-lm opt.py, `adam`. */
#include "adamw.h"

#include <tgmath.h>

/* The running means after this step's gradient. */
static void take_in(real *mean, real *square, real g, const struct adam *o)
{
    *mean = (real)o->beta1 * *mean + (real)(1 - o->beta1) * g;
    *square = (real)o->beta2 * *square + (real)(1 - o->beta2) * g * g;
}

void adamw(real *weight, real *mean, real *square, const real *dweight, const struct adam *o,
           size_t n)
{
    const double late1 = 1 - pow(o->beta1, (double)o->t), late2 = 1 - pow(o->beta2, (double)o->t);
    const real keep = (real)(1 - o->rate * o->decay), rate = (real)(o->rate / late1);
    const real root = (real)sqrt(late2), eps = (real)o->eps, scale = (real)o->scale;

    for (size_t i = 0; i < n; i++) {
        take_in(&mean[i], &square[i], dweight[i] * scale, o);
        weight[i] = weight[i] * keep - rate * mean[i] / (sqrt(square[i]) / root + eps);
    }
}

void openai_adam(real *weight, real *mean, real *square, const real *dweight,
                 const struct adam *o, size_t n)
{
    const double late1 = 1 - pow(o->beta1, (double)o->t), late2 = 1 - pow(o->beta2, (double)o->t);
    const real rate = (real)(o->rate * sqrt(late2) / late1), decay = (real)o->decay;
    const real eps = (real)o->eps, scale = (real)o->scale;

    for (size_t i = 0; i < n; i++) {
        take_in(&mean[i], &square[i], dweight[i] * scale, o);
        weight[i] -= rate * (mean[i] / (sqrt(square[i]) + eps) + decay * weight[i]);
    }
}
