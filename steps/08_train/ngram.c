/* ngram.c: how likely a token is after the few before it, by counting.
 *
 * This is how language models were made before neural networks. With c(h w) the count of
 * the context h with w behind it, c(h) the sum of those over all w, and h' the context
 * without its first token:
 *
 *     p(w | h) = (c(h w) - D(c(h w))) / c(h) + rest(h) p(w | h')
 *     rest(h)  = the sum over w of D(c(h w)), / c(h)
 *
 * Each count loses a little, D, and what they lose goes to the tokens that are likely
 * after the shorter context: this is interpolated Kneser-Ney smoothing in the modified
 * form of Chen and Goodman, "An Empirical Study of Smoothing Techniques for Language
 * Modeling" (Harvard TR-10-98, 1998), section 4.1 and equation 26:
 *
 *     Y     = n1 / (n1 + 2 n2)            ni: how many n-grams of this length have count i
 *     D(1)  = 1 - 2 Y n2 / n1
 *     D(2)  = 2 - 3 Y n3 / n2
 *     D(3+) = 3 - 4 Y n4 / n3
 *
 * A context that the text does not have is left out: p(w | h) = p(w | h'). After the
 * empty context comes 1/V, so that no token has the probability 0.
 *
 * Where n1, n2 or n3 is 0, or a D is below 0 or above its count, the text is too small to
 * say; then that length has D = 0.5, 1, 1.5, as KenLM has (kpu/kenlm
 * lm/builder/adjust_counts.cc finds the same cases, --discount_fallback the numbers).
 *
 * What is counted, and how, is ngram_count.c's. */
#include "ngram.h"

#include <math.h>
#include <stdlib.h>

#include "ngram_count.h"

static size_t discount_of(uint32_t count)
{
    return count < 3 ? count : 3;
}

static void find_discounts(double discount[4], const struct grams *g)
{
    static const double small_text[4] = {0, 0.5, 1, 1.5};
    double n[5] = {0};
    bool found = true;

    for (size_t i = 0; i < g->n; i++)
        if (g->count[i] <= 4)
            n[g->count[i]]++;
    discount[0] = 0;
    for (size_t j = 1; j <= 3; j++) {
        const double Y = n[1] / (n[1] + 2 * n[2]);
        discount[j] = (double)j - (double)(j + 1) * Y * n[j + 1] / n[j];
        found &= discount[j] >= 0 && discount[j] <= (double)j;  /* not so for 0/0 */
    }
    for (size_t j = 1; j <= 3 && !found; j++)
        discount[j] = small_text[j];
}

/* What each context has, and has left. */
static bool weigh_contexts(struct grams *context, const struct grams *g,
                           const double discount[4])
{
    context->total = malloc((context->n + 1) * sizeof *context->total);
    context->rest = malloc((context->n + 1) * sizeof *context->rest);
    if (!context->total || !context->rest)
        return false;
    for (size_t c = 0; c < context->n; c++) {
        double lost = 0;
        context->total[c] = 0;
        for (size_t i = context->next[c]; i < context->next[c + 1]; i++) {
            context->total[c] += g->count[i];
            lost += discount[discount_of(g->count[i])];
        }
        context->rest[c] = context->total[c] > 0 ? lost / context->total[c] : 1;
    }
    return true;
}

struct ngrams *ngrams_make(const int *tokens, size_t n, size_t order, size_t V)
{
    struct ngrams *m = calloc(1, sizeof *m);

    if (!m)
        return NULL;
    m->order = order;
    m->V = V;
    bool done = ngrams_count(m, tokens, n);
    for (size_t k = 1; done && k <= order; k++) {
        find_discounts(m->discount[k], &m->of[k]);
        done = weigh_contexts(&m->of[k - 1], &m->of[k], m->discount[k]);
    }
    if (!done) {
        ngrams_free(m);
        return NULL;
    }
    return m;
}

/* The n-gram that is the context and the token behind it; g->n where there is none. */
static size_t find(const struct grams *g, const struct grams *context, size_t c, int token)
{
    size_t low = context->next[c], high = context->next[c + 1];
    const size_t stop = high;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (g->token[middle] < token)
            low = middle + 1;
        else
            high = middle;
    }
    return low < stop && g->token[low] == token ? low : g->n;
}

/* The n-gram of k tokens; m->of[k].n where there is none. */
static size_t find_context(const struct ngrams *m, const int *tokens, size_t k)
{
    size_t c = 0;

    for (size_t i = 0; i < k; i++) {
        c = find(&m->of[i + 1], &m->of[i], c, tokens[i]);
        if (c == m->of[i + 1].n)
            return m->of[k].n;
    }
    return c;
}

double ngrams_probability(const struct ngrams *m, const int *context, size_t n_context,
                          int token)
{
    const int *behind = context + n_context;
    double p = 1 / (double)m->V;

    for (size_t k = 0; k < m->order && k <= n_context; k++) {
        const struct grams *h = &m->of[k], *g = &m->of[k + 1];
        const size_t c = find_context(m, k ? behind - k : NULL, k);
        if (c == h->n)
            break;  /* and there is no longer one that ends with it */
        const size_t i = find(g, h, c, token);
        const uint32_t count = i < g->n ? g->count[i] : 0;
        p *= h->rest[c];
        if (count > 0)
            p += (count - m->discount[k + 1][discount_of(count)]) / h->total[c];
    }
    return p;
}

double ngrams_bits(const struct ngrams *m, const int *tokens, size_t first, size_t n)
{
    double sum = 0;

    for (size_t t = first; t < n; t++)
        sum -= log2(ngrams_probability(m, tokens, t, tokens[t]));
    return sum;
}

size_t ngrams_distinct(const struct ngrams *m, size_t length)
{
    return m->of[length].n;
}

void ngrams_free(struct ngrams *m)
{
    if (!m)
        return;
    for (size_t k = 0; k <= m->order; k++) {
        free(m->of[k].token);
        free(m->of[k].count);
        free(m->of[k].next);
        free(m->of[k].total);
        free(m->of[k].rest);
    }
    free(m);
}
