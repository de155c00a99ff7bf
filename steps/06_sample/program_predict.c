/* program_predict.c: one text after another, most of which begin as the last one did.
 *
 * The cache belongs to the tokens that went into it. What the new text shares with
 * them from the beginning on is kept, what differs is taken back and computed. A
 * text that lost its oldest tokens shares nothing: its tokens stand at other
 * positions now, and all are computed again. A text of which nothing is held goes into the
 * cache at once: a fast subject makes matrix products of it, the steps go token by token.
 *
 * Without the cache forward.c computes the whole text each time, every tensor of
 * it, as the published programs did at first. */
#include "program_predict.h"

#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "files/model.h"
#include "program_text.h"

struct predictor predictor_begin(struct program *p, const struct engine_ops *ops)
{
    const struct config *cfg = &p->model->cfg;
    struct predictor m = {.p = p, .ops = ops};

    if (ops) {
        m.held = allocate(cfg->n_ctx, sizeof *m.held);
        m.logits = allocate(cfg->n_vocab, sizeof *m.logits);
        m.graph = graph_make(cfg, 1, ops == &subject_engine ? 1 : cfg->n_ctx);
        m.engine = ops->open(m.graph, (void *const *)p->weight, 0);
        if (!m.engine)
            die("%s: no memory for its key-value cache", p->model_path);
    }
    return m;
}

void predictor_end(struct predictor *m)
{
    if (m->ops)
        m->ops->close(m->engine);
    graph_free(m->graph);
    free(m->held);
    free(m->logits);
}

static const real *predict_cached(struct predictor *m, const int *tokens, size_t n)
{
    size_t same = 0;

    while (same < m->t && same + 1 < n && m->held[same] == tokens[same])
        same++;
    memcpy(m->held, tokens, n * sizeof *tokens);
    if (same == 0)
        m->ops->prefill(m->engine, m->logits, tokens, n);
    for (m->t = same ? same : n; m->t < n; m->t++)
        m->ops->decode(m->engine, m->t + 1 < n ? NULL : m->logits, m->t, tokens[m->t]);
    return m->logits;
}

const real *predict(struct predictor *m, const int *tokens, size_t n)
{
    struct program *p = m->p;

    if (m->ops)
        return predict_cached(m, tokens, n);
    program_text(p, tokens, n);
    forward(&p->model->cfg, &p->weights, &p->acts);
    return p->acts.logits + (n - 1) * p->model->cfg.n_vocab;
}
