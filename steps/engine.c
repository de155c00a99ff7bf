/* engine.c: the engine of the subjects that are made of the steps: forward.c,
 * backward.c, kv_cache.c and adamw.c as they are, with memory for all they need. */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

#include "06_sample/kv_cache.h"
#include "07_backprop/backward.h"

/* The tensors of one pass, or their gradients. */
struct tensors {
    struct acts a;
    real **tensor;
};

struct engine {
    const struct graph *g;
    struct weights w, dw;
    real **weight, **dweight;    /* the caller's, as `real` */
    struct tensors made, dmade;
    struct kv_cache cache;
    real *cache_memory;
    int *no_targets;             /* [B, T] -1 */
};

static void close_tensors(struct tensors *t, const struct graph *g)
{
    for (size_t i = 0; t->tensor && i < g->n_nodes; i++)
        free(t->tensor[i]);
    free(t->tensor);
    free(t->a.h);
    free(t->a.qkv);
    *t = (struct tensors){0};
}

static bool open_tensors(struct tensors *t, const struct graph *g)
{
    bool ok;

    t->a = (struct acts){.B = g->B, .T = g->T, .h = malloc(g->cfg.n_layer * sizeof *t->a.h),
                         .qkv = malloc(g->B * g->T * 3 * g->cfg.d_model * sizeof(real))};
    t->tensor = calloc(g->n_nodes, sizeof *t->tensor);
    ok = t->a.h && t->a.qkv && t->tensor;
    for (size_t i = 0; ok && i < g->n_nodes; i++)
        ok = (t->tensor[i] = malloc(g->node[i].count * sizeof(real))) != NULL;
    if (ok)
        graph_bind_acts(&t->a, g, t->tensor);
    return ok;
}

static void close_engine(struct engine *e)
{
    close_tensors(&e->made, e->g);
    close_tensors(&e->dmade, e->g);
    free(e->w.h);
    free(e->dw.h);
    free(e->weight);
    free(e->dweight);
    free(e->cache_memory);
    free(e->no_targets);
    free(e);
}

static struct engine *open_engine(const struct graph *g, void *const weight[], int threads)
{
    struct engine *e = calloc(1, sizeof *e);

    (void)threads;  /* the steps have none */
    if (!e)
        return NULL;
    e->g = g;
    e->w.h = malloc(g->cfg.n_layer * sizeof *e->w.h);
    e->dw.h = malloc(g->cfg.n_layer * sizeof *e->dw.h);
    e->weight = malloc(g->n_weights * sizeof *e->weight);
    e->dweight = malloc(g->n_weights * sizeof *e->dweight);
    e->cache_memory = malloc(kv_cache_size(&g->cfg) * sizeof(real));
    e->no_targets = malloc(g->B * g->T * sizeof *e->no_targets);
    if (!e->w.h || !e->dw.h || !e->weight || !e->dweight || !e->cache_memory ||
        !e->no_targets || !open_tensors(&e->made, g) || !open_tensors(&e->dmade, g)) {
        close_engine(e);
        return NULL;
    }
    for (size_t i = 0; i < g->n_weights; i++)
        e->weight[i] = weight[i];
    for (size_t i = 0; i < g->B * g->T; i++)
        e->no_targets[i] = -1;
    graph_bind_weights(&e->w, g, e->weight);
    e->cache = kv_cache_begin(&g->cfg, e->cache_memory);
    return e;
}

static int one_thread(const struct engine *e)
{
    (void)e;
    return 1;
}

static void nothing_to_refresh(struct engine *e)
{
    (void)e;  /* the steps read the weights where they lie */
}

static double run_forward(struct engine *e, const int *tokens, const int *targets, void *logits,
                          bool keep)
{
    const size_t N = e->g->B * e->g->T, V = e->g->cfg.n_vocab;
    struct acts *a = &e->made.a;

    (void)keep;  /* all is kept */
    a->tokens = tokens;
    a->targets = targets ? targets : e->no_targets;
    forward(&e->g->cfg, &e->w, a);
    if (logits)
        memcpy(logits, a->logits, N * V * sizeof(real));
    return targets ? (double)*a->loss : 0;
}

static void run_backward(struct engine *e, const int *tokens, const int *targets,
                         void *const dweight[])
{
    const struct graph *g = e->g;

    e->made.a.tokens = tokens;
    e->made.a.targets = targets;
    for (size_t i = 0; i < g->n_nodes; i++)
        memset(e->dmade.tensor[i], 0, g->node[i].count * sizeof(real));
    for (size_t i = 0; i < g->n_weights; i++) {
        e->dweight[i] = dweight[i];
        memset(dweight[i], 0, g->weight[i].count * sizeof(real));
    }
    graph_bind_weights(&e->dw, g, e->dweight);
    backward(&g->cfg, &e->w, &e->made.a, &e->dw, &e->dmade.a);
}

static void run_adamw(struct engine *e, void *weight, void *mean, void *square,
                      const void *dweight, const struct adam *o, size_t n)
{
    (void)e;
    adamw(weight, mean, square, dweight, o, n);
}

static void run_decode(struct engine *e, void *logits, size_t position, int token)
{
    e->cache.t = position;
    kv_cache_forward(logits, &e->cache, &e->g->cfg, &e->w, token);
}

static void run_prefill(struct engine *e, void *logits, const int *tokens, size_t n)
{
    for (size_t t = 0; t < n; t++)
        run_decode(e, t + 1 < n ? NULL : logits, t, tokens[t]);
}

const struct engine_ops subject_engine = {
    open_engine, close_engine, one_thread, nothing_to_refresh, run_forward, run_backward,
    run_adamw, run_decode, run_prefill, NULL, NULL,
};
