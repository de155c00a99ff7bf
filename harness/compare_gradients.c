/* compare_gradients.c: judges the gradients of a trace. Tensors are left to compare.c. */
#include "compare_gradients.h"

#include <stdlib.h>
#include <string.h>

#include "check_gradients.h"
#include "diagnosis/diagnosis_trace.h"
#include "die.h"

/* How one gradient of the trace is given. */
static struct given given_of(const struct shelf *s, size_t i, const struct options *o)
{
    const enum seen seen = s->tensor[i].seen;

    if (seen == SEEN)
        return (struct given){.width = traced_width(s, i)};
    return (struct given){.missing = seen == SEEN_MISSING,
                          .fails = seen != SEEN_MISSING || traced_asked_for(o),
                          .absent = seen == SEEN_MISSING      ? "not in the trace"
                                    : seen == SEEN_WRONG_TYPE ? "wrong type: not floating-point "
                                                                "numbers"
                                                              : "wrong shape"};
}

static void require(struct given *missing)
{
    missing->absent = "missing in the trace";
    missing->fails = true;
}

/* The same rule for gradients: in one layer, in all. */
static void require_gradients(const struct traced *t, struct given *given, const struct graph *g)
{
    for (size_t i = 0; i < g->n_nodes; i++)
        for (size_t k = 0; k < g->n_nodes && given[i].missing; k++)
            if (shelf_has(t->dgot, k) && same_but_layer(g->node[i].name, g->node[k].name))
                require(&given[i]);
    for (size_t i = 0; i < g->n_weights; i++)
        for (size_t k = 0; k < g->n_weights && given[g->n_nodes + i].missing; k++)
            if (shelf_has(t->ggot, k) && same_but_layer(g->weight[i].name, g->weight[k].name))
                require(&given[g->n_nodes + i]);
}

/* How all gradients of the trace are given, a node and then a weight each; NULL where it has
 * none. */
static struct given *all_given(const struct traced *t, const struct graph *g,
                               const struct options *o)
{
    struct given *given = allocate(g->n_nodes + g->n_weights, sizeof *given);
    bool any = false;

    for (size_t i = 0; i < g->n_nodes; i++) {
        given[i] = given_of(t->dgot, i, o);
        any |= shelf_has(t->dgot, i);
    }
    for (size_t i = 0; i < g->n_weights; i++) {
        given[g->n_nodes + i] = given_of(t->ggot, i, o);
        any |= shelf_has(t->ggot, i);
    }
    require_gradients(t, given, g);
    if (any)
        return given;
    free(given);
    return NULL;
}

/* Gradients, where both have some: chain against the golden's, local against what the
 * f64 subject makes of the trace's own tensors and gradients, one op at a time. */
void compare_gradients(struct results *all, const struct reference *r,
                              const struct traced *t, enum mode mode, const struct options *o,
                              const char *repeat, const char *forward_failure)
{
    const struct graph *g = r->graph;
    const size_t start = all->count;
    struct given *given = all_given(t, g, o);
    struct gradient_case c = {.subject = "trace", .repeat = repeat, .mode = mode,
                              .got_side = {t->dgot, t->ggot, NULL},
                              .want_side = {r->backward, r->grad, NULL}, .given = given,
                              .forward_failure = forward_failure};

    if (!given && o->direction && strcmp(o->direction, "backward") == 0)
        die("--direction backward: %s holds no gradients", t->trace->path);
    if (given && mode == LOCAL) {
        struct runner f64 = runner_from_file(subject_load("f64"), r->model, g);
        const struct by_op_input in = {t->got, t->dgot, r->golden->tokens, r->golden->targets,
                                       false};
        c.want_side = (struct gradient_side){.computed = by_op_begin(&f64, &in)};
        judge_gradients(all, r, &c, o);
        by_op_end(c.want_side.computed);
        runner_free(&f64);
    } else if (given) {
        judge_gradients(all, r, &c, o);
    }
    if (given)
        diagnose_trace_gradients(all, start, r, &c, t->got);
    free(given);
}
