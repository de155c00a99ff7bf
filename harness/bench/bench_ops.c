/* bench_ops.c: times each op by itself.
 *
 * An op runs through the subject's own functions, as `touchstone check` runs it, on
 * seeded random numbers and the weights of its layer, again and again on the same arrays:
 * what fits into a cache is there. Its share of the read bandwidth may so be above 1,
 * and says then that the arrays did. Where a subject makes weights ready once for a model,
 * a linear map runs forward through its engine, which has done that before.
 *
 * The layers of a model are alike, so that each op is timed in the first layer that has
 * it, or in the one of --layer, or with --every-layer in all. */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "bench_model.h"
#include "clock.h"
#include "die.h"
#include "execute.h"

struct op_run {
    const struct contender *c;
    struct call call;
    size_t outputs;
    bool backward;
    struct engine *e;  /* makes a linear map with weights that are ready; or NULL */
    size_t node;
    void *out;         /* [B, T, O] that it writes */
};

static void no_memory(const struct op_run *r)
{
    die("subject %s: no memory for %s: smaller --batch and --length are needed", r->c->name,
        r->call.first->name);
}

static void run_op(void *context, size_t calls, double seconds[MAX_PARTS])
{
    struct op_run *r = context;
    const struct subject *s = r->c->subject;
    const double start = now();
    bool ok = true;

    for (size_t i = 0; i < calls && ok; i++) {
        if (r->e && !r->backward)
            s->engine->linear(r->e, r->node, r->call.in[0], r->out);
        else
            ok = r->backward ? s->op_backward(s, &r->call) : s->op(s, &r->call);
    }
    seconds[0] += now() - start;
    if (!ok)
        no_memory(r);
}

static void *random_array(size_t n, size_t width, struct generator *random)
{
    void *x = allocate(n, width);

    fill_random(x, width, n, 0, 1, random);
    return x;
}

static void *zeros(size_t n, size_t width)
{
    void *x = allocate(n, width);

    memset(x, 0, n * width);
    return x;
}

/* Inputs, and room for outputs and, for the gradient, for all that is added to. */
static struct op_run op_begin(const struct bench *b, const struct contender *c, size_t at,
                              size_t outputs, bool backward)
{
    const struct graph *g = b->graph;
    const struct node *n = &g->node[at];
    const size_t width = c->subject->width;
    struct generator random = generator_begin(b->seed + at);
    struct op_run r = {.c = c, .outputs = outputs,
                       .call = {.graph = g, .first = n, .tokens = b->tokens,
                                .targets = b->targets}};

    for (size_t k = 0; k < n->n_in; k++) {
        const size_t count = g->node[n->in[k]].count;
        r.call.in[k] = random_array(count, width, &random);
        r.call.din[k] = backward ? zeros(count, width) : NULL;
    }
    call_weights(&r.call, c->weight, outputs);
    for (size_t k = 0; k < n->n_weight; k++)
        r.call.dweight[k] = backward ? zeros(g->weight[n->weight[k]].count, width) : NULL;
    for (size_t k = 0; k < r.outputs; k++) {
        r.call.out[k] = zeros(n[k].count, width);
        r.call.made[k] = r.call.out[k];
        r.call.dout[k] = backward ? random_array(n[k].count, width, &random) : NULL;
    }
    return r;
}

static void op_end(struct op_run *r)
{
    if (r->out != r->call.out[0])
        free(r->out);
    for (size_t k = 0; k < r->call.first->n_in; k++) {
        free((void *)(size_t)r->call.in[k]);
        free(r->call.din[k]);
    }
    for (size_t k = 0; k < r->call.first->n_weight; k++)
        free(r->call.dweight[k]);
    for (size_t k = 0; k < r->outputs; k++) {
        free(r->call.out[k]);
        free((void *)(size_t)r->call.dout[k]);
    }
}

/* All that the call makes, forward; the gradient is that of one op. */
static struct work work_of(const struct bench *b, const struct op_run *r, size_t at)
{
    const size_t width = r->c->subject->width;
    struct work sum = op_work(b->graph, at, r->backward, width);

    for (size_t i = at + 1; i < at + r->outputs && !r->backward; i++)
        if (b->graph->node[i].out == 0) {
            const struct work w = op_work(b->graph, i, false, width);
            sum.products += w.products;
            sum.other += w.other;
            sum.read += w.read;
            sum.written += w.written;
        }
    return sum;
}

/* Where the engine makes the op with weights that are ready, forward shall run through it. It is
 * opened when it is needed first. */
static void make_ready(struct op_run *r, const struct bench *b, struct engine **e, size_t at)
{
    const struct subject *s = r->c->subject;
    const size_t n_out = outputs_of(b->graph, at);

    if (!has_ready(s, &b->graph->node[at]))
        return;
    if (!*e) {
        progress(b, "%s: making the weights ready", s->name);
        *e = bench_engine(s, b->graph, r->c->weight, b->threads);
    }
    r->e = *e;
    r->node = at;
    r->out = n_out > 1 ? zeros(n_out * r->call.first->count, s->width) : r->call.out[0];
}

static void time_op(struct bench *b, const struct contender *c, struct op_run *r, size_t at)
{
    const struct node *n = &b->graph->node[at];
    const char *direction = r->backward ? "backward" : "forward";
    const bool whole_mlp = !r->backward && n->op == OP_LINEAR && r->outputs > 1;
    const struct work w = work_of(b, r, at);
    const struct job job = {run_op, r, 1, false};
    bool memory_bound;
    const struct pace pace = pace_for(b, c, &w, &memory_bound);

    progress(b, "%s: %s, %s", c->name, n->name, direction);
    const struct timed t = time_job(&job, &pace);
    add_entry(b, c, whole_mlp ? "mlp" : op_name(n), n->layer, direction, &w, memory_bound, &t, 0);
}

void time_ops(struct bench *b, const struct contender *c)
{
    const struct graph *g = b->graph;
    const struct subject *s = c->subject;
    struct engine *e = NULL;
    size_t made = 0;  /* the nodes before it are made by calls by now */

    for (size_t i = 0, n_out; i < g->n_nodes; i += n_out) {
        const struct node *n = &g->node[i];
        const bool forward = i >= made && wants_op(b, i, false) && owns_node(s, n);
        const bool backward = wants_op(b, i, true) && s->op_backward &&
                              (!s->owns || s->owns(s, n, true));

        n_out = outputs_of(g, i);
        made = i >= made ? i + made_at_once(s, g, i) : made;
        if (!forward && !backward)
            continue;
        struct op_run r = op_begin(b, c, i, forward ? made - i : n_out, backward);
        double unused[MAX_PARTS] = {0};
        if (backward)
            run_op(&r, 1, unused);  /* the gradient may read what forward made */
        if (forward) {
            make_ready(&r, b, &e, i);
            time_op(b, c, &r, i);
        }
        r.backward = true;
        if (backward)
            time_op(b, c, &r, i);
        op_end(&r);
    }
    if (e)
        s->engine->close(e);
}
