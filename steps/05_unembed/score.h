#ifndef SCORE_H
#define SCORE_H

#include "gpt.h"

/* log p(token), natural, by these logits. logits [V], all finite. */
double log_share(const real *logits, size_t token, size_t V);

/* The surprise at a text, added up. */
struct score {
    size_t tokens;          /* that were scored */
    double log_likelihood;  /* the sum of their log p */
};

double perplexity(const struct score *s);
double bits(const struct score *s);  /* of all tokens together */

/* A window into a text of n tokens: the model reads tokens begin .. and scores
 * tokens first .. end-1, each from those of the window before it. */
struct window {
    size_t begin, first, end;
};

/* The window that scores token `first` and those after it, as many as there is room
 * for. 1 <= first < n; P positions. */
struct window score_window(size_t first, size_t n, size_t P);

#endif
