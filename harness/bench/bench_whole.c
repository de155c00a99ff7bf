/* bench_whole.c: times what a subject's engine does as a whole.
 *
 *   forward           the logits at every position, no loss
 *   backward          the gradients of all weights, after a forward pass with the loss
 *   forward_backward  both of these
 *   adamw             one step of all weights
 *   train_step        all of these, and the engine taking the changed weights in
 *   prefill           a text of T tokens into the cache, the logits after its last
 *   decode            one token after another; the time is that of one
 *
 * AdamW runs at a rate of 0, which is as much work and changes no weight: all subjects work
 * on the same arrays. Decoding begins at position 0 and goes on for 256 tokens, or T where
 * that is more, or until it has taken long enough. */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "bench_model.h"
#include "clock.h"
#include "die.h"
#include "execute.h"

enum { DECODED = 256 };
static const double decoding_seconds = 8;  /* for so many tokens; none begins after that */

struct whole_run {
    const struct bench *b;
    const struct contender *c;
    const struct engine_ops *ops;
    struct engine *e;
    void *logits;                          /* [B, T, V] */
    void **tensor;                         /* without an engine: all, in the graph's order */
    void **dweight, **mean, **square;      /* in the graph's order; NULL: not needed */
    bool passes;                           /* training: forward and backward */
    bool update;                           /* training: AdamW */
    struct adam adam;
};

static void run_forward(void *context, size_t calls, double seconds[MAX_PARTS])
{
    struct whole_run *r = context;
    const double start = now();

    for (size_t i = 0; i < calls; i++)
        r->ops->forward(r->e, r->b->tokens, NULL, r->logits, false);
    seconds[0] += now() - start;
}

static void update(struct whole_run *r)
{
    const struct graph *g = r->b->graph;

    for (size_t i = 0; i < g->n_weights; i++) {
        r->adam.decay = g->weight[i].rank == 2 ? 0.1 : 0;
        r->ops->adamw(r->e, r->c->weight[i], r->mean[i], r->square[i], r->dweight[i], &r->adam,
                      g->weight[i].count);
    }
}

enum { PART_BOTH, PART_BACKWARD, PART_ADAMW, PART_STEP };

static void run_training(void *context, size_t calls, double seconds[MAX_PARTS])
{
    struct whole_run *r = context;

    for (size_t i = 0; i < calls; i++) {
        const double begin = now();
        if (r->passes)
            r->ops->forward(r->e, r->b->tokens, r->b->targets, NULL, true);
        const double middle = now();
        if (r->passes)
            r->ops->backward(r->e, r->b->tokens, r->b->targets, r->dweight);
        const double end = now();
        if (r->update)
            update(r);
        const double updated = now();
        if (r->passes && r->update)
            r->ops->refresh(r->e);
        seconds[PART_BOTH] += end - begin;
        seconds[PART_BACKWARD] += end - middle;
        seconds[PART_ADAMW] += updated - end;
        seconds[PART_STEP] += now() - begin;
        r->adam.t++;
    }
}

/* One text, whatever B is. */
static void run_prefill(void *context, size_t calls, double seconds[MAX_PARTS])
{
    struct whole_run *r = context;
    const double start = now();

    for (size_t i = 0; i < calls; i++)
        r->ops->prefill(r->e, r->logits, r->b->tokens, r->b->graph->T);
    seconds[0] += now() - start;
}

/* ------------------------------------------------------------------------- the jobs */

static void time_simple(struct whole_run *r, struct bench *b, enum whole what,
                        void run(void *, size_t, double *))
{
    const struct work w = whole_work(b->graph, what, 0, r->c->subject->width);
    const struct job job = {run, r, 1, false};
    bool memory_bound;
    const struct pace pace = pace_for(b, r->c, &w, &memory_bound);

    progress(b, "%s: %s", r->c->name, whole_name(what));
    const struct timed t = time_job(&job, &pace);
    add_entry(b, r->c, whole_name(what), -1, "forward", &w, memory_bound, &t, 0);
}

/* One array a weight. */
static void **arrays(const struct graph *g, size_t width, double middle, double reach,
                     struct generator *random)
{
    void **x = allocate(g->n_weights, sizeof *x);

    for (size_t i = 0; i < g->n_weights; i++) {
        x[i] = allocate(g->weight[i].count, width);
        fill_random(x[i], width, g->weight[i].count, middle, reach, random);
    }
    return x;
}

/* Which of the parts of training are wanted, and the arrays that they need. */
static bool begin_training(struct whole_run *r)
{
    const struct bench *b = r->b;
    const struct graph *g = b->graph;
    const size_t width = r->c->subject->width;
    struct generator random = generator_begin(b->seed);

    r->passes = r->c->subject->backward &&
                (wants_whole(b, WHOLE_BACKWARD) || wants_whole(b, WHOLE_BOTH) ||
                 wants_whole(b, WHOLE_TRAIN_STEP));
    r->update = wants_whole(b, WHOLE_ADAMW) || (r->passes && wants_whole(b, WHOLE_TRAIN_STEP));
    if (!r->passes && !r->update)
        return false;
    r->adam = (struct adam){.rate = 0, .beta1 = 0.9, .beta2 = 0.95, .eps = 1e-8,
                            .scale = 1, .t = 1};
    r->dweight = arrays(g, width, 0, 1e-3, &random);
    if (r->update) {
        r->mean = arrays(g, width, 0, 1e-3, &random);
        r->square = arrays(g, width, 1e-6, 1e-7, &random);
    }
    return true;
}

static void time_training(struct whole_run *r, struct bench *b)
{
    static const struct {
        enum whole what;
        size_t part;
        const char *direction;
    } parts[MAX_PARTS] = {{WHOLE_BACKWARD, PART_BACKWARD, "backward"},
                          {WHOLE_BOTH, PART_BOTH, "both"}, {WHOLE_ADAMW, PART_ADAMW, "both"},
                          {WHOLE_TRAIN_STEP, PART_STEP, "both"}};
    const struct job job = {run_training, r, MAX_PARTS, true};
    struct work w[MAX_PARTS];
    bool memory_bound[MAX_PARTS], wanted[MAX_PARTS];
    struct pace pace = {0};
    int limits = 0;

    if (!begin_training(r))
        return;
    for (size_t k = 0; k < MAX_PARTS; k++) {
        w[k] = whole_work(b->graph, parts[k].what, 0, r->c->subject->width);
        pace = pace_for(b, r->c, &w[k], &memory_bound[k]);
        wanted[k] = wants_whole(b, parts[k].what) &&
                    (parts[k].what == WHOLE_ADAMW ? r->update : r->passes);
        limits |= wanted[k] ? pace.limits : 0;
    }
    pace.limits = limits;
    progress(b, "%s: forward, backward and AdamW", r->c->name);
    const struct timed t = time_job(&job, &pace);
    for (size_t k = 0; k < MAX_PARTS; k++)
        if (wanted[k])
            add_entry(b, r->c, whole_name(parts[k].what), -1, parts[k].direction, &w[k],
                      memory_bound[k], &t, parts[k].part);
    free_all(r->dweight, b->graph->n_weights);
    free_all(r->mean, b->graph->n_weights);
    free_all(r->square, b->graph->n_weights);
}

/* ------------------------------------------------------------------------- decoding */

/* The times of tokens that saw more than half of `seen`, up to `seen`: for the plot of
 * speed against position. */
static void add_position(struct bench *b, const struct contender *c, const double *seconds,
                         size_t seen, const struct timed *whole, bool memory_bound)
{
    const size_t first = seen / 2, n = seen - first;
    const struct work w = whole_work(b->graph, WHOLE_DECODE, seen, c->subject->width);
    double *some = allocate(n, sizeof *some);
    struct timed t = *whole;

    memcpy(some, seconds + first, n * sizeof *some);
    t.part[0] = timing_of(some, n);
    struct entry *e = add_entry(b, c, whole_name(WHOLE_DECODE), -1, "forward", &w,
                                memory_bound, &t, 0);
    e->seen = seen;
    free(some);
}

static void time_decoding(struct whole_run *r, struct bench *b)
{
    const struct graph *g = b->graph;
    const size_t P = g->cfg.n_ctx, most = g->T > DECODED ? g->T : DECODED;
    const size_t n = most < P ? most : P;
    double *seconds = allocate(n, sizeof *seconds), *sorted = allocate(n, sizeof *sorted);
    struct work w = whole_work(g, WHOLE_DECODE, n / 2 + 1, r->c->subject->width);
    bool memory_bound;
    const struct pace pace = pace_for(b, r->c, &w, &memory_bound);
    const double enough = decoding_seconds * (double)n / DECODED;
    size_t done = 0;

    progress(b, "%s: decode", r->c->name);
    r->ops->decode(r->e, r->logits, 0, b->tokens[0]);
    struct looks looks = looks_begin(&pace);
    for (; done < n && looks_seconds(&looks) < enough; done++) {
        looks_go_on(&looks);
        const double begin = now();
        r->ops->decode(r->e, r->logits, done, b->tokens[done % g->T]);
        seconds[done] = now() - begin;
    }
    struct timed t = looks_end(&looks);
    memcpy(sorted, seconds, done * sizeof *sorted);
    t.part[0] = timing_of(sorted, done);
    w = whole_work(g, WHOLE_DECODE, done / 2 + 1, r->c->subject->width);
    add_entry(b, r->c, whole_name(WHOLE_DECODE), -1, "forward", &w, memory_bound, &t, 0);
    for (size_t seen = 4; seen <= done; seen *= 2)
        add_position(b, r->c, seconds, seen, &t, memory_bound);
    free(seconds);
    free(sorted);
}

/* ------------------------------------------------------------------ without an engine */

static void run_tensors(void *context, size_t calls, double seconds[MAX_PARTS])
{
    struct whole_run *r = context;
    const struct bench *b = r->b;
    const struct subject *s = r->c->subject;
    const double start = now();
    bool ok = true;

    for (size_t i = 0; i < calls && ok; i++)
        ok = s->forward(s, b->graph, r->c->weight, b->tokens, b->targets, r->tensor);
    seconds[0] += now() - start;
    if (!ok)
        die("subject %s: no memory: a smaller model or input is needed", r->c->name);
}

/* The forward pass as check runs it, through every tensor to the loss. */
static void time_tensors(struct whole_run *r, struct bench *b)
{
    const struct graph *g = b->graph;

    if (!wants_whole(b, WHOLE_FORWARD))
        return;
    r->tensor = allocate(g->n_nodes, sizeof *r->tensor);
    for (size_t i = 0; i < g->n_nodes; i++)
        r->tensor[i] = allocate(g->node[i].count, r->c->subject->width);
    time_simple(r, b, WHOLE_FORWARD, run_tensors);
    free_all(r->tensor, g->n_nodes);
}

void time_wholes(struct bench *b, const struct contender *c)
{
    const struct graph *g = b->graph;
    struct whole_run r = {.b = b, .c = c, .ops = c->subject->engine};
    bool any = false;

    for (enum whole k = 0; k < N_WHOLES; k++)
        any |= wants_whole(b, k);
    if (!r.ops)
        time_tensors(&r, b);
    if (!any || !r.ops)
        return;
    progress(b, "%s: making the model ready", c->name);
    r.e = bench_engine(c->subject, g, c->weight, b->threads);
    r.logits = allocate(g->B * g->T * g->cfg.n_vocab, c->subject->width);
    if (wants_whole(b, WHOLE_FORWARD))
        time_simple(&r, b, WHOLE_FORWARD, run_forward);
    time_training(&r, b);
    const bool back = c->subject->backward && wants_whole(b, WHOLE_BACKWARD);
    if (r.ops->watch && (wants_whole(b, WHOLE_FORWARD) || back))
        time_inside(b, c, r.e, r.logits, back);
    if (wants_whole(b, WHOLE_PREFILL))
        time_simple(&r, b, WHOLE_PREFILL, run_prefill);
    if (wants_whole(b, WHOLE_DECODE))
        time_decoding(&r, b);
    free(r.logits);
    r.ops->close(r.e);
}
