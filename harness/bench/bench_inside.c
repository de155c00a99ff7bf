/* bench_inside.c: times the ops inside a whole pass, where their inputs lie where the op
 * before left them and weights have been packed: where the time of the whole goes.
 *
 * The engine tells when an op is done (engine.h, `watch`); what went by since the one
 * before is its time. An engine may do several ops at once. Then it tells of the last of
 * them, or backward of the first in the order of the graph, and the time is that of all
 * since the one before: a group, called by the names of its ops. Its operations are those
 * of all of them; of the bytes, what passes between two ops of a group is left out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "clock.h"
#include "die.h"
#include "execute.h"

enum { PASSES = 32 };

/* One pass that is being watched. */
struct watching {
    const struct graph *g;
    double last;        /* when the op before was done */
    double *seconds;    /* by node; 0: not told of */
};

static void op_done(void *context, const char *op, int layer)
{
    struct watching *w = context;
    const double time = now();

    for (size_t i = 0; i < w->g->n_nodes; i++) {
        const struct node *n = &w->g->node[i];
        if (n->out == 0 && n->layer == layer && strcmp(op_name(n), op) == 0)
            w->seconds[i] += time - w->last;
    }
    w->last = now();
}

/* Numbers that an op of the group reads of a tensor that another one of it has made. */
static double passed_on(const struct graph *g, size_t from, size_t to)
{
    double n = 0;

    for (size_t i = from; i <= to; i++)
        for (size_t k = 0; k < g->node[i].n_in; k++) {
            const struct node *in = &g->node[g->node[i].in[k]];
            const bool square = strcmp(in->letters, "BHTT") == 0;
            const double seen = square ? (double)(g->T + 1) / (2 * (double)g->T) : 1;

            if (g->node[i].out == 0 && g->node[i].in[k] >= from && in->op != OP_COPY)
                n += (double)in->count * seen;
        }
    return n;
}

/* Ops of nodes from .. to. Forward what is passed on is written and read; a gradient is
 * added to, which reads and writes, and read again. */
static struct work group_work(char *name, size_t size, const struct graph *g, size_t from,
                              size_t to, bool backward, size_t width)
{
    struct work sum = {0};
    const double inner = passed_on(g, from, to) * (double)width;

    name[0] = '\0';
    for (size_t i = from; i <= to; i++) {
        const struct work w = op_work(g, i, backward, width);
        const size_t used = strlen(name);

        if (g->node[i].out != 0 || g->node[i].op == OP_COPY)  /* no engine copies */
            continue;
        snprintf(name + used, size - used, "%s%s", used ? "+" : "", op_name(&g->node[i]));
        sum = (struct work){sum.products + w.products, sum.other + w.other, sum.read + w.read,
                            sum.written + w.written};
    }
    sum.read -= backward ? 2 * inner : inner;
    sum.written -= inner;
    return sum;
}

static void add_groups(struct bench *b, const struct contender *c, double *const seconds[],
                       size_t passes, bool backward, const struct timed *whole)
{
    const struct graph *g = b->graph;
    double times[PASSES];
    char name[MAX_NAME];
    size_t from = 0;

    for (size_t i = 0, n_out; i < g->n_nodes; i += n_out) {
        size_t first = backward ? i : from, last;

        n_out = outputs_of(g, i);
        if (seconds[0][i] <= 0)
            continue;
        for (last = i + n_out; backward && last < g->n_nodes && seconds[0][last] <= 0;)
            last++;
        from = last;
        struct work w = group_work(name, sizeof name, g, first, last - 1, backward,
                                   c->subject->width);
        struct timed t = *whole;
        bool memory_bound;
        for (size_t k = 0; k < passes; k++)
            times[k] = seconds[k][i];
        t.part[0] = timing_of(times, passes);
        pace_for(b, c, &w, &memory_bound);
        add_entry(b, c, name, g->node[i].layer, backward ? "backward" : "forward", &w,
                  memory_bound, &t, 0)->inside = true;
    }
}

void time_inside(struct bench *b, const struct contender *c, struct engine *e, void *logits,
                 bool backward)
{
    const struct engine_ops *ops = c->subject->engine;
    const struct graph *g = b->graph;
    void **dweight = allocate(g->n_weights, sizeof *dweight);
    double *seconds[2][PASSES];
    const struct pace pace = {&b->machine, LIMIT_BOTH, c->vectors, c->threads, b->seconds};
    struct looks looks = looks_begin(&pace);
    size_t passes = 0;

    for (size_t i = 0; i < g->n_weights; i++)
        dweight[i] = backward ? allocate(g->weight[i].count, c->subject->width) : NULL;
    while (passes < PASSES && (passes < 3 || looks_seconds(&looks) < 10 * b->seconds)) {
        looks_go_on(&looks);
        for (int back = 0; back <= backward; back++) {
            struct watching w = {g, 0, allocate(g->n_nodes, sizeof *w.seconds)};

            progress(b, "%s: inside a whole pass", c->name);
            seconds[back][passes] = w.seconds;
            memset(w.seconds, 0, g->n_nodes * sizeof *w.seconds);
            if (back)
                ops->forward(e, b->tokens, b->targets, NULL, true);
            ops->watch(e, op_done, &w);
            w.last = now();
            if (back)
                ops->backward(e, b->tokens, b->targets, dweight);
            else
                ops->forward(e, b->tokens, NULL, logits, false);
            ops->watch(e, NULL, NULL);
        }
        passes++;
    }
    struct timed t = looks_end(&looks);
    for (int back = 0; back <= backward; back++) {
        add_groups(b, c, seconds[back], passes, back, &t);
        for (size_t k = 0; k < passes; k++)
            free(seconds[back][k]);
    }
    for (size_t i = 0; i < g->n_weights; i++)
        free(dweight[i]);
    free(dweight);
}
