/* bench_counts.c: the one place that counts operations and bytes.
 *
 * Operations. A linear map from I to O numbers takes I O multiply-adds for each token,
 * and a multiply-add is 2 operations. So a forward pass of the 124M model takes
 * 2 (12 (3 C C + C C + 2 C F) + C V) = 247,064,064 a token in its linear maps. Attention
 * comes on top: a token at position t sees t + 1 keys, which costs 2 C (t + 1) for the
 * scores of all heads and as much to mix the values; keys that it cannot see are not
 * counted, whether or not a subject works on them. Backward a product has two gradients,
 * each as large as itself: twice the forward pass. (Kaplan and others, "Scaling Laws for
 * Neural Language Models" (2020), section 2.1, counts alike, but for the unembedding.)
 *
 * All else is small beside these and left out of the figures of a whole pass. An op alone
 * that has no product is counted by its formula in the step's source, an exp, a tanh, a
 * division or a comparison as one operation.
 *
 * Bytes are those that must move if nothing stayed in a cache: every input read once,
 * every output written once; what is added to (gradients) is read as well. Of scores and
 * patterns the visible half is read, but all is written. A whole pass is taken to move
 * its weights and what it returns, and to keep all between in caches; a decoded token to
 * read every weight once, but for the positions and the embedding of other tokens. AdamW
 * reads four numbers for each weight and writes three. */
#include "bench_counts.h"

#include <stdio.h>
#include <string.h>

/* The elements behind one op: sizes as in gpt.h. */
struct sizes {
    double N, C, F, V, L, T, D;
    double seen;  /* B H T (T + 1) / 2: pairs of query and visible key */
};

static struct sizes sizes_of(const struct graph *g)
{
    const struct config *c = &g->cfg;
    const double B = (double)g->B, T = (double)g->T, H = (double)c->n_head;

    return (struct sizes){B * T, (double)c->d_model, (double)c->d_ff, (double)c->n_vocab,
                          (double)c->n_layer, T, (double)c->d_model / H,
                          B * H * T * (T + 1) / 2};
}

/* ------------------------------------------------------------------------- one op */

/* out [N, O] = in [N, I] times a weight [I, O], and a bias. In numbers, not bytes. */
static struct work product(double N, double I, double O, double bias, bool backward)
{
    const double in = N * I, out = N * O, weight = I * O + bias;

    if (backward)
        return (struct work){4 * N * I * O, N * bias, out + 2 * in + 2 * weight, in + weight};
    return (struct work){2 * N * I * O, N * bias, in + weight, out};
}

/* n results of one array in and one out, with so many operations for each. Backward
 * reads the input (or what forward made of it), dout and din, and writes din. */
static struct work elementwise(double n, double forward, double backward, bool back)
{
    return back ? (struct work){0, backward * n, 3 * n, n} : (struct work){0, forward * n, n, n};
}

/* Scores and mixing: D multiply-adds for each visible pair. */
static struct work attention(const struct sizes *s, bool mix, double all, bool backward)
{
    const double NC = s->N * s->C, products = 2 * s->D * s->seen;

    if (!mix)
        return backward ? (struct work){2 * products, 2 * s->seen, s->seen + 4 * NC, 2 * NC}
                        : (struct work){products, s->seen, 2 * NC, all};
    return backward ? (struct work){2 * products, 0, 2 * s->seen + 3 * NC, s->seen + NC}
                    : (struct work){products, 0, s->seen + NC, NC};
}

/* Rows of a table, looked up; backward they are added to its gradient. */
static struct work look_up(double n, bool backward)
{
    return backward ? (struct work){0, n, 2 * n, n} : (struct work){0, 0, n, n};
}

/* Two arrays of n and m numbers summed into n: embeddings, where m is smaller, and the
 * stream. */
static struct work sum_of(double n, double m, bool backward)
{
    return backward ? (struct work){0, 2 * n, 2 * n + m, n + m}
                    : (struct work){0, n, n + m, n};
}

static struct work layernorm_work(const struct sizes *s, bool backward)
{
    struct work w = elementwise(s->N * s->C, 8, 21, backward);

    w.read += (backward ? 3 : 2) * s->C;
    w.written += backward ? 2 * s->C : 0;
    return w;
}

/* The softmax of the visible scores. */
static struct work pattern_work(const struct sizes *s, double all, bool backward)
{
    struct work w = elementwise(s->seen, 5, 5, backward);

    if (!backward)
        w.written = all;
    return w;
}

static struct work numbers_of(const struct graph *g, const struct node *n, bool backward)
{
    const struct sizes s = sizes_of(g);
    const double count = (double)n->count, I = (double)n->depth;

    switch (n->op) {
    case OP_EMBED_TOKENS: case OP_EMBED_POSITIONS: return look_up(count, backward);
    case OP_EMBED_SUM: return sum_of(count, s.T * s.C, backward);
    case OP_COPY:      return look_up(count, backward);
    case OP_LAYERNORM: return layernorm_work(&s, backward);
    case OP_QKV:       return product(s.N, s.C, 3 * s.C, 3 * s.C, backward);
    case OP_SCORES:    return attention(&s, false, count, backward);
    case OP_PATTERN:   return pattern_work(&s, count, backward);
    case OP_MIX:       return attention(&s, true, count, backward);
    case OP_LINEAR:
        return product(s.N, I, (double)n->dim[2], (double)n->dim[2], backward);
    case OP_ADD:       return sum_of(count, count, backward);
    case OP_GELU:      return elementwise(count, 9, 21, backward);
    case OP_UNEMBED:   return product(s.N, s.C, s.V, 0, backward);
    case OP_LOSS:      break;
    }
    struct work loss = elementwise(s.N * s.V, 4, 11, backward);
    if (!backward)
        loss.written = 1;
    return loss;
}

struct work op_work(const struct graph *g, size_t i, bool backward, size_t width)
{
    struct work w = numbers_of(g, &g->node[i], backward);

    w.read *= (double)width;
    w.written *= (double)width;
    return w;
}

/* -------------------------------------------------------------------------- wholes */

/* Of one token in the linear maps, with or without the unembedding. */
static double linear_maps(const struct sizes *s, bool unembed)
{
    return 2 * (s->L * (4 * s->C * s->C + 2 * s->C * s->F) + (unembed ? s->C * s->V : 0));
}

/* Of all layers, for so many pairs of query and visible key in each, counted once for
 * all heads. */
static double attention_products(const struct sizes *s, double pairs)
{
    return s->L * 2 * 2 * s->C * pairs;
}

static double parameters(const struct graph *g)
{
    double n = 0;

    for (size_t i = 0; i < g->n_weights; i++)
        n += (double)g->weight[i].count;
    return n;
}

struct work whole_work(const struct graph *g, enum whole what, size_t seen, size_t width)
{
    const struct sizes s = sizes_of(g);
    const double bytes = (double)width, B = (double)g->B, pairs = s.T * (s.T + 1) / 2;
    const double weights = parameters(g) * bytes;
    const double used = weights - (double)g->cfg.n_ctx * s.C * bytes;
    const double forward = s.N * linear_maps(&s, true) + attention_products(&s, B * pairs);
    const double keys = 2 * s.L * s.C * bytes;  /* of one token in the cache */

    switch (what) {
    case WHOLE_FORWARD:    return (struct work){forward, 0, used, s.N * s.V * bytes};
    case WHOLE_BACKWARD:   return (struct work){2 * forward, 0, used, weights};
    case WHOLE_BOTH:       return (struct work){3 * forward, 0, 2 * used, weights};
    case WHOLE_ADAMW:      return (struct work){0, 0, 4 * weights, 3 * weights};
    case WHOLE_TRAIN_STEP:
        return (struct work){3 * forward, 0, 2 * used + 4 * weights, 4 * weights};
    case WHOLE_PREFILL:
        return (struct work){s.T * linear_maps(&s, false) + 2 * s.C * s.V +
                             attention_products(&s, pairs), 0, used, s.T * keys};
    case WHOLE_DECODE: case N_WHOLES: break;
    }
    return (struct work){linear_maps(&s, true) + attention_products(&s, (double)seen), 0, used,
                         0};
}

const char *whole_name(enum whole what)
{
    static const char *const names[N_WHOLES] = {"forward", "backward", "forward_backward",
                                                "adamw", "train_step", "prefill", "decode"};
    return names[what];
}

const char *op_name(const struct node *n)
{
    const char *slash = strrchr(n->name, '/');

    return n->op == OP_QKV ? "qkv" : slash ? slash + 1 : n->name;
}

/* ------------------------------------------------------------------------ the table */

static void print_work(const char *name, const char *direction, const struct work *w)
{
    const double operations = w->products + w->other, bytes = w->read + w->written;

    printf("  %-16s %-8s %18.0f %16.0f %15.0f %15.0f %9.2f\n", name, direction, w->products,
           w->other, w->read, w->written, operations / bytes);
}

static void print_op(const struct graph *g, size_t i)
{
    for (int backward = 0; backward < 2; backward++) {
        const struct work w = op_work(g, i, backward, sizeof(float));

        print_work(op_name(&g->node[i]), backward ? "backward" : "forward", &w);
    }
}

void print_counts(const struct graph *g, const char *name)
{
    const struct config *c = &g->cfg;
    const struct sizes s = sizes_of(g);

    printf("%s: L=%zu C=%zu H=%zu F=%zu V=%zu, input [%zu, %zu], float32\n", name, c->n_layer,
           c->d_model, c->n_head, c->d_ff, c->n_vocab, g->B, g->T);
    printf("linear maps, forward: %.0f operations a token\n", linear_maps(&s, true));
    printf("attention, forward: %.0f operations for each token and key that it sees\n",
           attention_products(&s, 1));
    printf("  %-16s %-8s %18s %16s %15s %15s %9s\n", "op", "", "products", "other",
           "bytes read", "bytes written", "per byte");
    for (size_t i = 0; i < g->n_nodes; i++)
        if (g->node[i].layer <= 0 && g->node[i].out == 0)
            print_op(g, i);
    printf("whole, all %zu layers; decode: a token that sees %zu\n", c->n_layer, g->T);
    for (enum whole k = 0; k < N_WHOLES; k++) {
        const struct work w = whole_work(g, k, g->T, sizeof(float));

        print_work(whole_name(k), "", &w);
    }
}
