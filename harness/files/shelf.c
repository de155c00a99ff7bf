/* shelf.c: tensors that are read when they are wanted, and forgotten when there is no more
 * room. A golden of a large model is many times larger than the memory; one of a small
 * model is read once. */
#include "shelf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "model.h"

/* Of a tensor that is always read whole; of all that are kept though nobody uses them. */
enum { SMALL = 1 << 20, KEPT_BYTES = 32 << 20 };

struct array array_in_memory(const struct node *n, const double *data)
{
    struct array a = {.rank = n->rank, .count = n->count, .data = data};

    memcpy(a.dim, n->dim, sizeof a.dim);
    return a;
}

/* -------------------------------------------------------------------- one array */

struct copying {
    double *to;
    const double *from;
};

static void copy_run(void *context, size_t flat, size_t local, size_t count)
{
    const struct copying *c = context;

    memcpy(c->to + local, c->from + flat, count * sizeof(double));
}

static void check_finite(const struct array *a, const struct box *box, const double *data)
{
    const size_t count = box_elements(box), bad = first_nonfinite(data, 8, count);

    if (bad < count)
        die("%s: /%s is not finite at element %zu: a golden must be numbers", a->trace->path,
            a->path, box_flat(box, bad));
}

const double *array_read(double *buffer, const struct array *a, const struct box *box)
{
    if (a->data && box_elements(box) == a->count)
        return a->data;
    if (a->data) {
        struct copying c = {buffer, a->data};
        box_runs(box, copy_run, &c);
        return buffer;
    }
    a->trace->dump->read_box(a->trace->dump->file, a->path, box, buffer);
    if (a->is_golden)
        check_finite(a, box, buffer);
    return buffer;
}

/* -------------------------------------------------------------------- the shelf */

static void check_golden(const struct tensor *t)
{
    const struct array *a = &t->array;
    char is[128], should[128];

    if (t->seen == SEEN_WRONG_TYPE)
        die("%s: /%s does not hold floating-point numbers", a->trace->path, a->path);
    if (t->seen == SEEN_WRONG_SHAPE)
        die("%s: /%s has shape %s, the model and the input say %s", a->trace->path, a->path,
            shape_text(is, sizeof is, a->stored.rank, a->stored.dim),
            shape_text(should, sizeof should, a->rank, a->dim));
}

static void look_at(struct tensor *t, struct trace *trace, const struct node *n,
                    enum shelf_group group, bool is_golden)
{
    *t = (struct tensor){.array = array_in_memory(n, NULL)};
    t->array.trace = trace;
    t->array.is_golden = is_golden;
    /* The names of gradients have their group before them. */
    snprintf(t->array.path, sizeof t->array.path, "%s%s", group == FORWARD ? "forward/" : "",
             n->name);
    if (group == BACKWARD && n->op == OP_LOSS)
        t->seen = SEEN_MISSING;
    else
        t->seen = trace_find(trace, t->array.path, n->rank, n->dim, &t->array.stored);
    if (is_golden)
        check_golden(t);
}

struct shelf *shelf_make(struct trace *t, const struct graph *g, enum shelf_group group,
                         bool is_golden)
{
    struct shelf *s = allocate(1, sizeof *s);

    *s = (struct shelf){.n = group == GRAD ? g->n_weights : g->n_nodes};
    s->tensor = allocate(s->n, sizeof *s->tensor);
    for (size_t i = 0; i < s->n; i++) {
        const struct node n = group == FORWARD    ? g->node[i]
                              : group == BACKWARD ? backward_node(g, i)
                                                  : grad_node(g, i);
        look_at(&s->tensor[i], t, &n, group, is_golden);
    }
    return s;
}

static void lend(struct tensor *t, const struct node *n, double *data)
{
    *t = (struct tensor){.array = array_in_memory(n, data), .data = data, .is_lent = true,
                         .seen = data ? SEEN : SEEN_MISSING};
}

struct shelf *shelf_of_nodes(const struct graph *g, double *const data[])
{
    struct shelf *s = allocate(1, sizeof *s);

    *s = (struct shelf){.n = g->n_nodes, .tensor = allocate(g->n_nodes, sizeof *s->tensor)};
    for (size_t i = 0; i < s->n; i++)
        lend(&s->tensor[i], &g->node[i], data[i]);
    return s;
}

struct shelf *shelf_of_weights(const struct graph *g, double *const data[])
{
    struct shelf *s = allocate(1, sizeof *s);

    *s = (struct shelf){.n = g->n_weights, .tensor = allocate(g->n_weights, sizeof *s->tensor)};
    for (size_t i = 0; i < s->n; i++) {
        const struct node n = grad_node(g, i);
        lend(&s->tensor[i], &n, data[i]);
    }
    return s;
}

void shelf_free(struct shelf *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n; i++)
        if (!s->tensor[i].is_lent)
            free(s->tensor[i].data);
    free(s->tensor);
    free(s);
}

bool shelf_has(const struct shelf *s, size_t i)
{
    return s && s->tensor[i].seen == SEEN;
}

/* Forgets what nobody uses, the longest unused first, until the rest has room. */
static void make_room(struct shelf *s)
{
    while (s->held > KEPT_BYTES) {
        struct tensor *oldest = NULL;

        for (size_t i = 0; i < s->n; i++) {
            struct tensor *t = &s->tensor[i];
            if (t->data && !t->is_lent && t->users == 0 && (!oldest || t->turn < oldest->turn))
                oldest = t;
        }
        if (!oldest)
            return;
        free(oldest->data);
        oldest->data = NULL;
        s->held -= oldest->array.count * sizeof(double);
    }
}

const double *shelf_take(struct shelf *s, size_t i)
{
    if (!shelf_has(s, i))
        return NULL;
    struct tensor *t = &s->tensor[i];
    if (!t->data) {
        const struct box whole = box_whole(t->array.rank, t->array.dim);
        s->held += t->array.count * sizeof(double);
        make_room(s);
        t->data = allocate(t->array.count, sizeof(double));
        array_read(t->data, &t->array, &whole);
    }
    t->users++;
    t->turn = ++s->turn;
    return t->data;
}

void shelf_give(struct shelf *s, size_t i)
{
    if (!shelf_has(s, i) || s->tensor[i].users == 0)
        return;
    s->tensor[i].users--;
    make_room(s);
}

double **shelf_take_all(struct shelf *s, size_t most)
{
    double **all = allocate(s->n, sizeof *all);
    size_t elements = 0;

    for (size_t i = 0; i < s->n; i++)
        elements += shelf_has(s, i) ? s->tensor[i].array.count : 0;
    if (elements > most) {
        free(all);
        return NULL;
    }
    for (size_t i = 0; i < s->n; i++) {
        shelf_take(s, i);
        all[i] = s->tensor[i].data;
    }
    return all;
}

void shelf_give_all(struct shelf *s, double **all)
{
    for (size_t i = 0; all && i < s->n; i++)
        shelf_give(s, i);
    free(all);
}

struct array shelf_array(struct shelf *s, size_t i)
{
    const struct tensor *t = &s->tensor[i];
    struct array a = t->array;

    if (t->data || a.count <= SMALL)
        a.data = shelf_take(s, i);
    return a;
}
