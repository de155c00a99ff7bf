/* places.c: says where the wrong elements of a tensor lie: above the diagonal of attention,
 * in one head, from one token on. What they have in common is left to pattern.c. */
#include "places.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"

const char *axis_word(const struct node *node, size_t axis)
{
    switch (node->letters[axis]) {
    case 'B': return "text";
    case 'H': return "head";
    case 'T': return node->rank == 4 && axis == 3 ? "key" :
                     node->rank == 4 && node->letters[3] == 'T' ? "query" : "token";
    default:  return "column";
    }
}

struct places places_begin(const struct node *n)
{
    struct places p = {.node = n};

    for (size_t axis = 0; axis < n->rank; axis++) {
        p.hit[axis] = allocate(n->dim[axis], sizeof(bool));
        memset(p.hit[axis], 0, n->dim[axis] * sizeof(bool));
    }
    return p;
}

void places_free(struct places *p)
{
    for (size_t axis = 0; axis < MAX_RANK; axis++)
        free(p->hit[axis]);
    *p = (struct places){0};
}

static bool has_diagonal(const struct node *n)
{
    return strcmp(n->letters, "BHTT") == 0 && n->dim[3] > 1;
}

void places_add(struct places *p, const double *got, const double *want, const struct box *box,
                double limit)
{
    const size_t count = box_elements(box), rank = p->node->rank;
    const bool diagonal = has_diagonal(p->node);
    size_t index[MAX_RANK];

    for (size_t i = 0; i < count; i++) {
        if (fabs(got[i] - want[i]) <= limit)
            continue;
        for (size_t axis = rank, rest = i; axis-- > 0; rest /= box->count[axis]) {
            index[axis] = box->start[axis] + rest % box->count[axis];
            p->hit[axis][index[axis]] = true;
        }
        if (diagonal) {
            p->above += index[3] > index[2];
            p->on += index[3] == index[2];
            p->below += index[3] < index[2];
        }
    }
}

/* Attention's own places: beyond the diagonal, or on it alone. */
static bool about_the_diagonal(char *text, size_t size, const struct places *p)
{
    if (p->above && !p->on && !p->below)
        snprintf(text, size, "only above the diagonal: keys later than their query");
    else if (p->on && !p->above && !p->below)
        snprintf(text, size, "only on the diagonal: each query's own key");
    else
        return false;
    return true;
}

/* Says where along one axis the wrong elements are; false where everywhere. */
static bool place_on_axis(char *text, size_t size, const struct places *p, size_t axis)
{
    const size_t n = p->node->dim[axis];
    size_t first = n, last = 0, hit = 0;

    for (size_t k = 0; k < n; k++)
        if (p->hit[axis][k]) {
            first = first == n ? k : first;
            last = k;
            hit++;
        }
    if (n < 2 || hit == 0 || hit == n)
        return false;
    const char *word = axis_word(p->node, axis);
    char many[16];
    snprintf(many, sizeof many, "%ss", strcmp(word, "query") == 0 ? "querie" : word);
    if (hit == 1)
        snprintf(text, size, "only %s %zu%s", word, first, first + 1 == n ? " (the last)" : "");
    else if (hit == last - first + 1 && last + 1 == n)
        snprintf(text, size, "from %s %zu on", word, first);
    else if (hit == last - first + 1)
        snprintf(text, size, "only %s %zu to %zu", many, first, last);
    else
        snprintf(text, size, "%zu of %zu %s", hit, n, many);
    return true;
}

void places_text(char *text, size_t size, const struct places *p)
{
    char part[96];
    size_t used = 0;

    text[0] = '\0';
    if (about_the_diagonal(text, size, p))
        return;
    for (size_t axis = 0; axis < p->node->rank; axis++)
        if (place_on_axis(part, sizeof part, p, axis) && used < size)
            used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "", part);
}
