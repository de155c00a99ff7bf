/* recognise_layout.c: heads, and queries, keys and values, in the wrong places.
 *
 * c_attn's 3C columns are q, k, v in this order, each H heads of D (openai/gpt-2,
 * src/model.py, functions `attn` and `split_states`): the axes [3, H, D]. Someone who
 * takes them in another order, or reshapes without exchanging the axes of heads and
 * tokens, has the right numbers in the wrong places. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "recognise_parts.h"

static const char *const names[] = {"q", "k", "v"};

static bool is_qkv(const struct evidence *e)
{
    return e->node->op == OP_QKV && e->node->rank == 4 && e->output[0] && e->output[1] &&
           e->output[2];
}

/* q holds k. */
bool is_other_output(char *text, size_t size, const struct evidence *e)
{
    const size_t self = (size_t)e->node->out;

    if (!is_qkv(e))
        return false;
    for (size_t other = 0; other < 3; other++)
        if (other != self && explains(e, e->output[other])) {
            snprintf(text, size, "%s holds what belongs to %s", names[self], names[other]);
            return true;
        }
    return false;
}

/* ------------------------------------------------------------------- heads permuted */

/* The head of an element, and where the same element of head 0 is, heads `step` apart. */
struct heads {
    size_t n, width, stride;  /* width elements in a row belong to a head */
};

static bool heads_of(struct heads *h, const struct evidence *e)
{
    const struct node *n = e->node;
    const size_t H = e->graph->cfg.n_head, D = e->graph->cfg.d_model / H;

    if (n->rank == 4)
        *h = (struct heads){H, n->dim[2] * n->dim[3], n->dim[2] * n->dim[3]};
    else
        *h = (struct heads){H, D, D};
    return H > 1 && (n->rank == 4 || n->op == OP_MIX);
}

/* The head of `want` that head h of `got` is nearest to. */
static size_t nearest_head(const struct evidence *e, const struct heads *s, size_t h)
{
    size_t best = 0;
    double least = 0;

    for (size_t g = 0; g < s->n; g++) {
        double d2 = 0;
        for (size_t i = 0; i < e->node->count; i++) {
            if (i / s->width % s->n != h)
                continue;
            const double d = e->got[i] - e->want[i + (g - h) * s->stride];
            d2 += d * d;
        }
        if (g == 0 || d2 < least) {
            least = d2;
            best = g;
        }
    }
    return best;
}

bool is_heads_permuted(char *text, size_t size, const struct evidence *e)
{
    struct heads s;

    if (!heads_of(&s, e))
        return false;
    size_t *from = allocate(s.n, sizeof *from), used, moved = 0;
    double *p = allocate(e->node->count, sizeof *p);
    for (size_t h = 0; h < s.n; h++) {
        from[h] = nearest_head(e, &s, h);
        moved += from[h] != h;
    }
    for (size_t i = 0; i < e->node->count; i++) {
        const size_t h = i / s.width % s.n;
        p[i] = e->want[i + (from[h] - h) * s.stride];
    }
    const bool known = moved > 0 && explains(e, p);
    if (known) {
        used = (size_t)snprintf(text, size, "the heads are in another order: in their places are "
                                            "heads");
        for (size_t h = 0; h < s.n && used < size; h++)
            used += (size_t)snprintf(text + used, size - used, " %zu", from[h]);
    }
    free(p);
    free(from);
    return known;
}

/* ---------------------------------------------------------------- split and merged */

/* The element of q, k or v that stands in column `column` of c_attn's output. */
static double in_column(const struct evidence *e, size_t b, size_t t, size_t column)
{
    const struct node *n = e->node;
    const size_t H = n->dim[1], T = n->dim[2], D = n->dim[3], C = H * D;
    const size_t out = column / C, h = column % C / D, d = column % D;

    return e->output[out][((b * H + h) * T + t) * D + d];
}

/* The axes 3, H, D of the columns in another order: which axis varies slowest, next and
 * fastest. */
static void split_in_order(double *p, const struct evidence *e, const int order[3])
{
    const struct node *n = e->node;
    const size_t axes[3] = {3, n->dim[1], n->dim[3]};

    for (size_t i = 0; i < n->count; i++) {
        const size_t at[3] = {(size_t)n->out, index_at(n, i, 1), index_at(n, i, 3)};
        size_t column = 0;
        for (int k = 0; k < 3; k++)
            column = column * axes[order[k]] + at[order[k]];
        p[i] = in_column(e, index_at(n, i, 0), index_at(n, i, 2), column);
    }
}

/* [T, C] taken for [H, T, D] as it lies. */
static void split_as_it_lies(double *p, const struct evidence *e)
{
    const struct node *n = e->node;
    const size_t C = n->dim[1] * n->dim[3], each = n->dim[2] * C;

    for (size_t i = 0; i < n->count; i++)
        p[i] = in_column(e, i / each, i % each / C, (size_t)n->out * C + i % C);
}

bool is_columns_split(char *text, size_t size, const struct evidence *e)
{
    static const struct {
        int order[3];
        const char *text;
    } orders[] = {{{0, 2, 1}, "[3, D, H]: column d*H + h where h*D + d should be"},
                  {{1, 0, 2}, "[H, 3, D]: heads first, as in Megatron's checkpoints"},
                  {{1, 2, 0}, "[H, D, 3]"}, {{2, 0, 1}, "[D, 3, H]"}, {{2, 1, 0}, "[D, H, 3]"}};
    bool known = false;

    if (!is_qkv(e))
        return false;
    double *p = allocate(e->node->count, sizeof *p);
    for (size_t k = 0; k < sizeof orders / sizeof orders[0] && !known; k++) {
        split_in_order(p, e, orders[k].order);
        known = explains(e, p);
        if (known)
            snprintf(text, size, "c_attn's columns are read as %s, not as [3, H, D]",
                     orders[k].text);
    }
    if (!known) {
        split_as_it_lies(p, e);
        known = explains(e, p);
        if (known)
            snprintf(text, size, "[T, C] is taken for [H, T, D] as it lies, without exchanging "
                                 "the axes of heads and tokens");
    }
    free(p);
    return known;
}

bool is_columns_merged(char *text, size_t size, const struct evidence *e)
{
    static const char *const ways[] = {
        "column h*D + d holds what belongs to d*H + h: heads interleaved",
        "column d*H + h holds what belongs to h*D + d: heads interleaved",
        ("[H, T, D] is taken for [T, C] as it lies, without exchanging the axes of heads and "
         "tokens")};
    const struct node *n = e->node;
    const size_t H = e->graph->cfg.n_head, C = e->graph->cfg.d_model, D = C / H, T = e->graph->T;
    bool known = false;

    if (n->op != OP_MIX || n->rank != 3)
        return false;
    double *p = allocate(n->count, sizeof *p);
    for (size_t w = 0; w < 3 && !known; w++) {
        for (size_t i = 0; i < n->count; i++) {
            const size_t c = i % C, r = i % (T * C);
            const size_t from = w == 0   ? i - c + c % D * H + c / D
                                : w == 1 ? i - c + c % H * D + c / H
                                         : i - r + r / D % T * C + r / (T * D) * D + c % D;
            p[i] = e->want[from];
        }
        known = explains(e, p);
        if (known)
            snprintf(text, size, "%s", ways[w]);
    }
    free(p);
    return known;
}
