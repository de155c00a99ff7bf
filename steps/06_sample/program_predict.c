/* program_predict.c: one text after another, most of which begin as the last one did.
 *
 * The cache belongs to the tokens that went into it. What the new text shares with
 * them from the beginning on is kept, what differs is taken back and computed. A
 * text that lost its oldest tokens shares nothing: its tokens stand at other
 * positions now, and all are computed again.
 *
 * Without the cache forward.c computes the whole text each time, every tensor of
 * it, as the published programs did at first. */
#include "program_predict.h"

#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "model.h"
#include "program_text.h"

struct predictor predictor_begin(struct program *p, bool cached)
{
    const struct config *cfg = &p->model->cfg;
    struct predictor m = {.p = p, .cached = cached};

    if (cached) {
        m.memory = allocate(kv_cache_size(cfg), sizeof *m.memory);
        m.cache = kv_cache_begin(cfg, m.memory);
        m.held = allocate(cfg->n_ctx, sizeof *m.held);
        m.logits = allocate(cfg->n_vocab, sizeof *m.logits);
    }
    return m;
}

void predictor_end(struct predictor *m)
{
    free(m->memory);
    free(m->held);
    free(m->logits);
}

static const real *predict_cached(struct predictor *m, const int *tokens, size_t n)
{
    const struct program *p = m->p;
    struct kv_cache *c = &m->cache;
    size_t same = 0;

    while (same < c->t && same + 1 < n && m->held[same] == tokens[same])
        same++;
    c->t = same;
    memcpy(m->held, tokens, n * sizeof *tokens);
    while (c->t < n)
        kv_cache_forward(c->t + 1 < n ? NULL : m->logits, c, &p->model->cfg, &p->weights,
                      tokens[c->t]);
    return m->logits;
}

const real *predict(struct predictor *m, const int *tokens, size_t n)
{
    struct program *p = m->p;

    if (m->cached)
        return predict_cached(m, tokens, n);
    program_text(p, tokens, n);
    forward(&p->model->cfg, &p->weights, &p->acts);
    return p->acts.logits + (n - 1) * p->model->cfg.n_vocab;
}
