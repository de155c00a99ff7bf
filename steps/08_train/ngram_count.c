/* ngram_count.c: which n-grams a text has, and how often.
 *
 * The longest ones are counted as they occur. The count of a shorter one is the number of
 * different tokens that stand before it (Kneser and Ney, "Improved backing-off for m-gram
 * language modeling", 1995): `Francisco` may be frequent, but follows nothing but `San`,
 * so it is no likely guess after anything else. The beginning of the text counts as one
 * more token before what stands there.
 *
 * All places of the text are sorted by the tokens that stand there, as many as the
 * longest n-gram has, by one counting sort a token, the last token first. Then equal
 * n-grams are neighbours, for every length at once.
 *
 * What counts are good for is ngram.c's. */
#include "ngram_count.h"

#include <stdlib.h>

struct sorting {
    const int *tokens;
    size_t n;
    uint32_t *at, *room;       /* [n] the places in order */
    unsigned char *alike;      /* [n] how many tokens a place shares with the one before it */
    uint32_t *shorter, *own;   /* [n] by place: the n-gram of k-1, of k tokens there */
    size_t *bucket;            /* [V+2] */
};

static bool begin(struct sorting *s, const int *tokens, size_t n, size_t V)
{
    *s = (struct sorting){.tokens = tokens, .n = n};
    s->at = malloc((n + 1) * sizeof *s->at);
    s->room = malloc((n + 1) * sizeof *s->room);
    s->alike = malloc(n + 1);
    s->shorter = calloc(n + 1, sizeof *s->shorter);  /* of length 0: all are the same one */
    s->own = malloc((n + 1) * sizeof *s->own);
    s->bucket = malloc((V + 2) * sizeof *s->bucket);
    return s->at && s->room && s->alike && s->shorter && s->own && s->bucket;
}

static void end(struct sorting *s)
{
    free(s->at);
    free(s->room);
    free(s->alike);
    free(s->shorter);
    free(s->own);
    free(s->bucket);
}

/* The token `away` behind a place, from 1; 0 is beyond the end. */
static size_t key(const struct sorting *s, size_t place, size_t away)
{
    return place + away < s->n ? (size_t)s->tokens[place + away] + 1 : 0;
}

/* Sorts the places by one token and keeps the order of those where it is the same. */
static void sort_by(struct sorting *s, size_t away, size_t V)
{
    uint32_t *sorted = s->room;
    size_t sum = 0;

    for (size_t b = 0; b < V + 2; b++)
        s->bucket[b] = 0;
    for (size_t i = 0; i < s->n; i++)
        s->bucket[key(s, i, away)]++;
    for (size_t b = 0; b < V + 2; b++) {
        sum += s->bucket[b];
        s->bucket[b] = sum - s->bucket[b];
    }
    for (size_t i = 0; i < s->n; i++)
        sorted[s->bucket[key(s, s->at[i], away)]++] = s->at[i];
    s->room = s->at;
    s->at = sorted;
}

static void sort(struct sorting *s, size_t order, size_t V)
{
    for (size_t i = 0; i < s->n; i++)
        s->at[i] = (uint32_t)i;
    for (size_t away = order; away-- > 0;)
        sort_by(s, away, V);
    for (size_t i = 0; i < s->n; i++) {
        size_t k = 0;
        while (i > 0 && k < order && key(s, s->at[i], k) == key(s, s->at[i - 1], k))
            k++;
        s->alike[i] = (unsigned char)k;
    }
}

/* Whether k tokens stand at the i-th place, and others than at the place before. */
static bool is_new(const struct sorting *s, size_t i, size_t k)
{
    return s->at[i] + k <= s->n && s->alike[i] < k;
}

static bool make_room(struct grams *g, struct grams *context, const struct sorting *s, size_t k)
{
    g->n = 0;
    for (size_t i = 0; i < s->n; i++)
        g->n += is_new(s, i, k);
    g->token = malloc((g->n + 1) * sizeof *g->token);
    g->count = calloc(g->n + 1, sizeof *g->count);
    context->next = calloc(context->n + 1, sizeof *context->next);
    return g->token && g->count && context->next;
}

/* The n-grams of k tokens; with them, the counts of those of k-1 tokens are complete. */
static bool count_length(struct ngrams *m, struct sorting *s, size_t k)
{
    struct grams *g = &m->of[k], *context = &m->of[k - 1];
    uint32_t own = (uint32_t)-1;

    if (!make_room(g, context, s, k))
        return false;
    for (size_t i = 0; i < s->n; i++) {
        const size_t place = s->at[i];
        if (place + k > s->n)
            continue;
        if (is_new(s, i, k)) {
            own++;
            g->token[own] = s->tokens[place + k - 1];
            context->next[s->shorter[place] + 1]++;
            if (k > 1)
                context->count[s->shorter[place + 1]]++;  /* one more token before those */
        }
        s->own[place] = own;
        if (k == m->order)
            g->count[own]++;
    }
    for (size_t c = 0; c < context->n; c++)
        context->next[c + 1] += context->next[c];
    if (k > 1 && s->n >= k - 1)
        context->count[s->shorter[0]]++;

    uint32_t *const swap = s->shorter;
    s->shorter = s->own;
    s->own = swap;
    return true;
}

bool ngrams_count(struct ngrams *m, const int *tokens, size_t n)
{
    struct sorting s;
    bool done = begin(&s, tokens, n, m->V);

    m->of[0].n = 1;
    if (done)
        sort(&s, m->order, m->V);
    for (size_t k = 1; done && k <= m->order; k++)
        done = count_length(m, &s, k);
    end(&s);
    return done;
}
