/* engine_loss.c: the vocabulary's end of the engine: logits, loss and their gradient.
 *
 * There are V = 50,257 logits to each vector of 768 numbers: for 1024 tokens 200 MB, more
 * than all else that a pass writes. Where only the loss is wanted they are never written:
 * of every MATMUL_GRAIN logits of a row, just made, the largest and the sum of
 * exponentials is taken (log_sum.c), and the target's logit if it is among them. A pass
 * that is kept writes them once; backward turns them into their gradient where they lie,
 * some columns at a time, and multiplies these while they are in a cache. To compute them
 * again instead would take longer than to fetch them: 1536 operations for 4 bytes. */
#include "engine_parts.h"

#include <string.h>

#include "loss_row.h"
#include "unembed_part.h"

struct scoring {
    struct engine *e;
    const int *targets;  /* [N] */
};

static void then_sum(void *with, float *part, size_t stride, struct range rows,
                     struct range columns)
{
    const struct scoring *s = with;
    struct engine *e = s->e;
    const size_t count = pieces(e->g->cfg.n_vocab, MATMUL_GRAIN);

    for (size_t n = rows.begin; n < rows.end; n++, part += stride) {
        const int target = s->targets[n];

        if (target < 0)
            continue;
        for (size_t v = columns.begin; v < columns.end; v += MATMUL_GRAIN)
            e->piece[n * count + v / MATMUL_GRAIN] =
                log_sum_of(part + v - columns.begin,
                           smaller(columns.end - v, MATMUL_GRAIN));
        if ((size_t)target >= columns.begin && (size_t)target < columns.end)
            e->target_logit[n] = part[(size_t)target - columns.begin];
    }
}

static double mean_surprise(struct engine *e, const int *targets)
{
    const size_t N = e->g->B * e->g->T, count = pieces(e->g->cfg.n_vocab, MATMUL_GRAIN);
    double total = 0;

#pragma omp parallel for schedule(static)
    for (size_t n = 0; n < N; n++) {
        e->surprise[n] = 0;
        if (targets[n] >= 0) {
            e->row[n] = log_sum_all(e->piece + n * count, count);
            e->surprise[n] = surprise(e->row[n], e->target_logit[n]);
        }
    }
    for (size_t n = 0; n < N; n++)
        total += e->surprise[n];
    return total / (double)count_targets(targets, N);
}

double engine_loss(struct engine *e, const float *top, const int *targets, float *logits,
                   bool keep)
{
    const size_t N = e->g->B * e->g->T, C = e->g->cfg.d_model, V = e->g->cfg.n_vocab;
    struct scoring s = {e, targets};
    struct matmul m = {.M = N, .N = V, .K = C, .a = {top, C, 1}, .b = {e->w.wte, 1, C},
                       .packed = e->packed_now ? e->packed_wte : NULL,
                       .out = keep ? e->logits : logits, .out_stride = keep ? e->logits_stride : V,
                       .then = targets ? then_sum : NULL, .with = &s};

    matmul(&m, &e->room);
    for (size_t n = 0; keep && logits && n < N; n++)
        memcpy(logits + n * V, e->logits + n * e->logits_stride, V * sizeof *logits);
    return targets ? mean_surprise(e, targets) : 0;
}

/* Columns v of the logits become their gradient, as in loss_backward.c. */
static void turn_into_gradient(struct engine *e, const int *targets, struct range v,
                               double share_of_one)
{
    const size_t N = e->g->B * e->g->T;

#pragma omp parallel for schedule(static)
    for (size_t n = 0; n < N; n++) {
        float *x = e->logits + n * e->logits_stride;

        if (targets[n] < 0) {
            memset(x + v.begin, 0, (v.end - v.begin) * sizeof *x);
            continue;
        }
        const size_t target = (size_t)targets[n];
        const bool is_here = target >= v.begin && target < v.end;
        const float dtarget = is_here ? gradient_at_target(e->row[n], x[target], share_of_one) : 0;

        scaled_exp(x + v.begin, x + v.begin, e->row[n].max,
                   share_of_one / e->row[n].sum, 0, v.end - v.begin);
        if (is_here)
            x[target] = dtarget;
    }
}

void engine_loss_backward(struct engine *e, float *dtop, float *dwte, const float *top,
                          const int *targets)
{
    const size_t N = e->g->B * e->g->T, C = e->g->cfg.d_model, V = e->g->cfg.n_vocab;
    const double share_of_one = 1 / (double)count_targets(targets, N);

    struct unembed_part u = {.din = dtop, .dwte = dwte, .dlogits = e->logits,
                             .stride = e->logits_stride, .in = top, .wte = e->w.wte,
                             .N = N, .C = C};

    for (size_t begin = 0; begin < V; begin += UNEMBED_COLUMNS) {
        const struct range v = {begin, V - begin < UNEMBED_COLUMNS ? V : begin + UNEMBED_COLUMNS};

        turn_into_gradient(e, targets, v, share_of_one);
        unembed_backward_part(&u, v, &e->room);
        u.add_din = true;
    }
}
