#ifndef LENS_H
#define LENS_H

#include "gpt.h"

/* How often the stream can be looked at: before the first layer, and in every layer
 * after attention and after the MLP: 2 L + 1. */
size_t lens_states(const struct config *cfg);

/* The stream at row n (b * T + t) in state i: 0 before the first layer, 2 l + 1 after
 * attention of layer l, 2 l + 2 after its MLP. Points into `a`; [C]. */
const real *lens_state(const struct config *cfg, const struct acts *a, size_t i, size_t n);

/* The logits that the model would answer if this state were the last. logits [V];
 * room [C]; state [C]. */
void lens_logits(real *logits, real *room, const real *state, const struct config *cfg,
                 const struct weights *w);

/* What a contribution to a logit comes from. */
enum source {
    FROM_TOKEN, FROM_POSITION, FROM_HEAD, FROM_ATTENTION_BIAS, FROM_MLP, FROM_NORM_BIAS
};

struct contribution {
    enum source source;
    size_t layer, head;  /* where the source has them */
    size_t norm;         /* the layer norm of a FROM_NORM_BIAS: ln_1, ln_2, or 0: ln_f */
    double push;         /* its share of the logit */
    double over_mean;    /* by how much that exceeds its mean over all tokens' logits */
};

/* How many contributions a logit of this model has. */
size_t n_contributions(const struct config *cfg);

/* Splits the logit of a token at row n into all its contributions. The sum of `push`
 * is the logit, but for rounding. part [n_contributions]; x [n_contributions, C] is
 * room for what each of them adds to the stream; token below V. */
void attribute(struct contribution *part, double *x, const struct config *cfg,
               const struct weights *w, const struct acts *a, size_t n, size_t token);

#endif
