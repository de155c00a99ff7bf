#ifndef CIRCUITS_H
#define CIRCUITS_H

#include "gpt.h"

/* What one head makes of every token of the vocabulary, taken by itself. */
struct circuits {
    size_t V, D;
    real *q;  /* [V, D] the token's query */
    real *k;  /* [V, D] its key */
    real *v;  /* [V, D] its value, without the bias */
    real *u;  /* [V, D] how much each number of a value pushes the token's logit */
};

/* What layer l would read if the stream held the token's embedding and nothing else.
 * out [C]; token below V. */
void read_alone(real *out, const struct config *cfg, const struct weights *w, size_t l,
                size_t token);

/* Fills the arrays of `x`, which the caller has allocated; `room` [C]. */
void circuits(struct circuits *x, real *room, const struct config *cfg, const struct weights *w,
              size_t l, size_t h);

/* QK: the score of a query for a key. OV: the push that reading `token` gives to the
 * logit of `answer`. All are below V. */
double qk_score(const struct circuits *x, size_t query, size_t key);
double ov_push(const struct circuits *x, size_t token, size_t answer);

/* The sum of the eigenvalues of OV, seen as a map from tokens to tokens. */
double ov_trace(const struct circuits *x);

/* How many of the tokens 0, step, 2 step, ... push no token more than themselves. */
size_t ov_copies(const struct circuits *x, size_t step);

/* The root of the sum of squares of all elements of W_Q W_K^T and W_V W_O, [C, C] each. */
double qk_norm(const struct config *cfg, const struct weights *w, size_t l, size_t h);
double ov_norm(const struct config *cfg, const struct weights *w, size_t l, size_t h);

#endif
