/* engine_memory.c: the memory of an engine, in one piece.
 *
 * All arrays are cut from one mapping, each at a cache line of its own. The system gives a
 * page when it is first written to: a model that never trains does not pay for what
 * training keeps. Large pages (2 MB) are asked for, because a processor remembers the
 * places of a few thousand pages only, and with small ones (4 kB) these are a few
 * megabytes of weights: then every cache line costs a search for its page besides.
 *
 * The list of arrays is walked twice, first to add up their sizes, then to hand them out. */
#define _DEFAULT_SOURCE  /* for MAP_ANONYMOUS and madvise */
#include "engine_parts.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "attention_fused.h"
#include "unembed_part.h"

enum { LINE = 64, LARGE_PAGE = 1 << 21 };

/* What has been handed out of the memory at `base`, or would have been if it were there. */
struct cutter {
    char *base;
    size_t used;
};

static void *cut_bytes(struct cutter *c, size_t bytes)
{
    void *at = c->base ? c->base + c->used : NULL;

    c->used += (bytes + LINE - 1) / LINE * LINE;
    return at;
}

static float *cut(struct cutter *c, size_t floats)
{
    return cut_bytes(c, floats * sizeof(float));
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static void cut_kept(struct kept *k, struct cutter *c, const struct graph *g, float *in)
{
    const size_t N = g->B * g->T, C = g->cfg.d_model, F = g->cfg.d_ff;

    k->in = in;
    k->ln_1 = cut(c, N * C);
    k->qkv = cut(c, N * 3 * C);
    k->log_sum = cut(c, N * g->cfg.n_head);
    k->z = cut(c, N * C);
    k->resid_mid = cut(c, N * C);
    k->ln_2 = cut(c, N * C);
    k->mlp_pre = cut(c, N * F);
    k->mlp_post = cut(c, N * F);
    k->resid_post = cut(c, N * C);
}

static void cut_packed(struct engine *e, struct cutter *c)
{
    const size_t C = e->g->cfg.d_model, F = e->g->cfg.d_ff;

    for (size_t l = 0; l < e->g->cfg.n_layer; l++) {
        struct packed_block *p = &e->packed[l];
        p->c_attn = cut(c, packed_size(C, 3 * C));
        p->attn_c_proj = cut(c, packed_size(C, C));
        p->c_fc = cut(c, packed_size(C, F));
        p->mlp_c_proj = cut(c, packed_size(F, C));
    }
    e->packed_wte = cut(c, packed_size(C, e->g->cfg.n_vocab));
}

static void cut_decoding(struct decoding *t, struct cutter *c, const struct config *cfg,
                         size_t threads)
{
    const size_t C = cfg->d_model;

    t->k = cut(c, cfg->n_layer * cfg->n_ctx * C);
    t->v = cut(c, cfg->n_layer * cfg->n_ctx * C);
    t->scores = cut(c, cfg->n_head * cfg->n_ctx);
    t->x = cut(c, C);
    t->mid = cut(c, C);
    t->qkv = cut(c, 3 * C);
    t->z = cut(c, C);
    t->post = cut(c, cfg->d_ff);
    t->own = cut(c, threads * 2 * C);
    t->meeting = cut_bytes(c, sizeof *t->meeting);
    t->taken = cut_bytes(c, (cfg->n_layer * MAPS + 1) * sizeof *t->taken);
}

static void cut_all(struct engine *e, struct cutter *c)
{
    const struct config *cfg = &e->g->cfg;
    const size_t T = e->g->T, N = e->g->B * T, C = cfg->d_model, F = cfg->d_ff;
    const size_t D = C / cfg->n_head, V = cfg->n_vocab, threads = (size_t)threads_within(0);
    const size_t most = larger(larger(N, 3 * C), larger(F, UNEMBED_COLUMNS));
    float *in = cut(c, N * C);

    cut_kept(&e->passing, c, e->g, in);
    /* What a block leaves, the next one reads; `in` has been read for the last time. */
    *(cfg->family == GPT2 ? &e->passing.resid_post : &e->passing.ln_2) = in;
    for (size_t l = 0; l < cfg->n_layer; l++) {
        cut_kept(&e->kept[l], c, e->g, in);
        in = cfg->family == GPT2 ? e->kept[l].resid_post : e->kept[l].ln_2;
    }
    cut_packed(e, c);
    e->ln_f = cut(c, N * C);
    e->logits_stride = (V + 15) / 16 * 16;
    e->logits = cut(c, N * e->logits_stride);
    e->piece = cut_bytes(c, N * pieces(V, MATMUL_GRAIN) * sizeof *e->piece);
    e->row = cut_bytes(c, N * sizeof *e->row);
    e->target_logit = cut(c, N);
    e->surprise = cut_bytes(c, N * sizeof *e->surprise);
    e->d.x = cut(c, N * C);
    e->d.y = cut(c, N * C);
    e->d.qkv = cut(c, N * 3 * C);
    e->d.post = cut(c, N * F);
    e->d.pre = cut(c, N * F);
    cut_decoding(&e->t, c, cfg, threads);
    e->room = (struct room){NULL, most, larger(most, V), most};
    e->room.at = cut(c, larger(room_size(&e->room), larger(attention_room(T, D, 0),
                                                          attention_backward_room(T, D, 0))));
}

bool engine_take_memory(struct engine *e)
{
    struct cutter c = {0};

    cut_all(e, &c);
    e->size = (c.used + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE + LARGE_PAGE;
    e->memory = mmap(NULL, e->size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (e->memory == MAP_FAILED) {
        e->memory = NULL;
        return false;
    }
#ifdef MADV_HUGEPAGE
    madvise(e->memory, e->size, MADV_HUGEPAGE);
#endif
    c = (struct cutter){.base = e->memory};
    cut_all(e, &c);
    return true;
}

void engine_give_memory(struct engine *e)
{
    if (e->memory)
        munmap(e->memory, e->size);
}
