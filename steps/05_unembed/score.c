/* score.c: how likely a text is under a model.
 *
 *     log p(text)    = sum over t of log p(token t | the tokens before it)
 *     log p(v | ...) = logits[v] - log(sum over u of exp(logits[u]))
 *     perplexity     = exp(-log p(text) / tokens)
 *     bits           = -log2 p(text)
 *
 * Radford and others (2018), equation 1: this sum is what a language model is
 * trained to raise. A model of perplexity 20 is as unsure at a token as one who
 * guesses among 20. Texts cut into different tokens are compared in bits per byte.
 *
 * The sums are in double: a long text is thousands of terms.
 *
 * A text longer than the model's P positions is read in windows that overlap. The
 * first scores all its tokens but the very first, each later one begins P/2 tokens
 * before the first token that it scores: every token is scored once, by at least
 * P/2 tokens before it where the text has so many. */
#include "score.h"

#include <math.h>

double log_share(const real *logits, size_t token, size_t V)
{
    double max = (double)logits[0], sum = 0;

    for (size_t v = 1; v < V; v++)
        max = fmax(max, (double)logits[v]);
    for (size_t v = 0; v < V; v++)
        sum += exp((double)logits[v] - max);
    return (double)logits[token] - max - log(sum);
}

double perplexity(const struct score *s)
{
    return exp(-s->log_likelihood / (double)s->tokens);
}

double bits(const struct score *s)
{
    return -s->log_likelihood / log(2);
}

struct window score_window(size_t first, size_t n, size_t P)
{
    const size_t half = P < 2 ? 1 : P / 2;
    const size_t begin = first > half ? first - half : 0;

    /* Position P - 1, the last one, scores token begin + P. */
    return (struct window){begin, first, n < begin + P + 1 ? n : begin + P + 1};
}
