/* divergence.c: from the first wrong tensor that was seen back to the right ones: all that
 * lies between was not seen, and one of the ops that make it has the mistake. Forward the way
 * back goes over what an op reads; for a gradient over the gradients that it is made of. */
#include "divergence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"

enum { MOST_NAMES = 20 };

/* Places are those of results: nodes, then gradients at nodes from the last on, then
 * gradients of weights. */
struct search {
    const struct graph *g;
    const struct result **at;  /* by place; NULL: not among the results */
    size_t n_places;
    bool *between;             /* what makes it may have the mistake */
    const struct result *last_right;  /* the last in graph order on a way back */
    size_t count, cleared;     /* between; of these, right in local mode */
};

/* Compare's word for a tensor that had to be there. */
static bool is_missing(const struct result *x)
{
    return !x->measured && strncmp(x->reason, "missing", 7) == 0;
}

const struct result *first_wrong(const struct results *all, size_t first, size_t end,
                                 bool strict)
{
    const struct result *found = NULL;

    for (size_t i = first; i < end; i++) {
        const struct result *x = &all->item[i];
        if (is_failure(x, strict) && !is_missing(x) && (!found || x->place < found->place))
            found = x;
    }
    return found;
}

static void go_back(struct search *s, size_t place);

static void look_at(struct search *s, size_t place)
{
    const struct result *x = s->at[place];

    if (!x || x->status != PASS) {
        go_back(s, place);
        return;
    }
    if (!s->last_right || x->place > s->last_right->place)
        s->last_right = x;
}

/* The gradient at what node k makes. */
static void look_at_gradient(struct search *s, size_t k)
{
    if (s->g->node[k].op != OP_LOSS)
        look_at(s, 2 * s->g->n_nodes - k);
}

static void go_back(struct search *s, size_t place)
{
    const struct graph *g = s->g;
    const size_t n = g->n_nodes;

    if (s->between[place])
        return;
    s->between[place] = true;
    s->count++;
    for (size_t k = 0; place < n && k < g->node[place].n_in; k++)
        look_at(s, g->node[place].in[k]);
    for (size_t k = 0; place > n && k < n; k++) {
        const struct node *node = &g->node[k];
        bool reads = false;

        for (size_t j = 0; j < node->n_in; j++)
            reads |= place <= 2 * n && node->in[j] == 2 * n - place;
        for (size_t j = 0; j < node->n_weight; j++)
            reads |= place > 2 * n && node->weight[j] == place - 2 * n - 1;
        if (reads)
            look_at_gradient(s, k);
    }
}

static void place_name(char *name, const struct graph *g, size_t place)
{
    const size_t n = g->n_nodes;

    if (place < n)
        strcpy(name, g->node[place].name);
    else
        strcpy(name, place <= 2 * n ? backward_node(g, 2 * n - place).name
                                    : grad_node(g, place - 2 * n - 1).name);
}

/* Ops that were computed again from the trace's own inputs and are right have no mistake. */
static void clear_right_ops(struct search *s, const struct results *all, const struct result *x)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct result *y = &all->item[i];
        if (y->mode == LOCAL && y->status == PASS && y->golden_path == x->golden_path &&
            strcmp(y->subject, x->subject) == 0 && y->place < s->n_places &&
            s->between[y->place]) {
            s->between[y->place] = false;
            s->cleared++;
        }
    }
}

static void print_names(const struct search *s)
{
    const size_t left = s->count - s->cleared;
    char name[MAX_NAME];
    size_t said = 0;

    for (size_t place = 0; place < s->n_places; place++) {
        if (!s->between[place])
            continue;
        if (left <= MOST_NAMES || said == 0 || said + 1 == left) {
            place_name(name, s->g, place);
            printf(" %s", name);
        } else if (said == 1) {
            printf(" ...");
        }
        said++;
    }
    putchar('\n');
}

static void print_search(const struct search *s, const struct result *wrong)
{
    if (s->last_right)
        printf("  right up to %s, wrong at %s", s->last_right->node.name, wrong->node.name);
    else
        printf("  nothing that %s is made of was seen to be right", wrong->node.name);
    if (s->count > s->cleared) {
        printf("; the mistake is in what makes one of these %zu:", s->count - s->cleared);
        print_names(s);
    } else {
        printf("; each step between them is right for the inputs in the trace\n");
    }
}

void print_divergence(const struct results *all, size_t first, size_t end,
                      const struct graph *g)
{
    const struct result *wrong = first_wrong(all, first, end, false);
    struct search s = {.g = g, .n_places = 2 * g->n_nodes + 1 + g->n_weights};

    if (!wrong || !wrong->measured || wrong->mode == LOCAL)
        return;
    s.at = allocate(s.n_places, sizeof *s.at);
    s.between = allocate(s.n_places, sizeof *s.between);
    memset(s.between, 0, s.n_places * sizeof *s.between);
    for (size_t i = 0; i < s.n_places; i++)
        s.at[i] = NULL;
    for (size_t i = first; i < end; i++)
        s.at[all->item[i].place] = &all->item[i];
    go_back(&s, wrong->place);
    if (s.count > 1) {
        clear_right_ops(&s, all, wrong);
        print_search(&s, wrong);
    }
    free(s.at);
    free(s.between);
}
