/* sample.c: from the scores of all tokens to one token.
 *
 *   temperature   weight[v] = exp((logit[v] - max) / temperature): softmax's
 *                 numerator. Below 1 the likely get likelier, above 1 all come
 *                 closer; at 0 the likeliest is taken, of equals the one of the
 *                 lowest id
 *   top-k         keeps the k tokens of the highest logits, and all that are as
 *                 high as the k-th
 *   top-p         of these keeps the fewest likeliest ones whose probabilities
 *                 add up to p; the one that crosses p is kept ("nucleus":
 *                 Holtzman and others, "The Curious Case of Neural Text
 *                 Degeneration" (2019), equation 2)
 *   draw          lays the kept tokens side by side, each as wide as its weight,
 *                 and takes the one at uniform times the whole width
 *
 * in the order of OpenAI's program (openai/gpt-2 src/sample.py, `top_k_logits`
 * and `sample_sequence`), whose top-k keeps ties as well. The line of tokens
 * begins with the likeliest, equals in the order of their ids, for top-p and for
 * the draw. Everything is computed in double from the logits, whatever `real` is.
 *
 * Differences to the maximum are at most 0 and are divided last: a tiny
 * temperature gives exp(-infinity) = 0 and a huge one exp(0) = 1, nothing
 * overflows. The likeliest token has the weight 1, so one can always be drawn;
 * a weight of 0, as that of the logit -infinity, never is. */
#include "sample.h"

#include <math.h>
#include <stdlib.h>

/* The highest logit of the lowest id; V where there is none to go by. */
static size_t likeliest(const real *logits, size_t V)
{
    size_t best = 0;

    for (size_t v = 0; v < V; v++) {
        if (isnan(logits[v]))
            return V;
        if (logits[v] > logits[best])
            best = v;
    }
    return isinf(logits[best]) ? V : best;
}

/* Likeliest first, then by id. */
static int by_logit(const void *first, const void *second)
{
    const struct candidate *a = first, *b = second;

    if (a->logit != b->logit)
        return a->logit > b->logit ? -1 : 1;
    return a->token < b->token ? -1 : a->token > b->token;
}

/* How many of the n first candidates top-k keeps. */
static size_t keep_k(const struct candidate *c, size_t n, size_t k)
{
    if (k == 0 || k >= n)
        return n;
    while (k < n && c[k].logit == c[k - 1].logit)
        k++;
    return k;
}

static double total_weight(const struct candidate *c, size_t n)
{
    double total = 0;

    for (size_t i = 0; i < n; i++)
        total += c[i].weight;
    return total;
}

/* How many of the n first candidates top-p keeps. */
static size_t keep_p(const struct candidate *c, size_t n, double p)
{
    const double enough = p * total_weight(c, n);
    double sum = 0;

    if (p >= 1)
        return n;
    for (size_t i = 0; i < n; i++) {
        sum += c[i].weight;
        if (sum >= enough)
            return i + 1;
    }
    return n;
}

size_t sample(const real *logits, size_t V, const struct sampling *how, double uniform,
              struct candidate *room)
{
    const size_t best = likeliest(logits, V);

    if (best == V || how->temperature == 0)
        return best;
    for (size_t v = 0; v < V; v++) {
        const double logit = (double)logits[v], below = logit - (double)logits[best];
        room[v] = (struct candidate){v, logit, exp(below / how->temperature)};
    }
    qsort(room, V, sizeof *room, by_logit);
    size_t n = keep_k(room, V, how->top_k);
    n = keep_p(room, n, how->top_p);

    const double place = uniform * total_weight(room, n);
    double sum = 0;
    size_t i = 0;
    while (i < n && (sum += room[i].weight) <= place)
        i++;
    return room[i].token;
}
