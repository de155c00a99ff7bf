/* attention_fused.c: attention without the T x T matrix.
 *
 *     score[s] = q[t] . k[s] / sqrt(D)  for s up to t,   share = softmax(score)
 *     z[t]     = sum over s of share[s] * v[s]
 *
 * steps/03_attention/attention.c writes down all scores and all shares. Here a panel of
 * TILE_COLUMNS queries walks along the keys, a block of them at a time, and keeps for each
 * query only the largest score so far, the sum of exp(score - largest) and the sum of
 * exp(score - largest) * v. When a larger score turns up, both sums are multiplied by
 * exp(old largest - new largest). At the end the one is divided by the other. Milakov and
 * Gimelshein, "Online normalizer calculation for softmax" (2018), algorithm 3; Dao and
 * others, "FlashAttention" (2022), algorithm 1.
 *
 * Both products are tiles (tile.c). Scores are kept with a row for each key and a column
 * for each query: then the softmax runs down the columns, LANES queries at once, and its
 * result is a right factor as it stands:
 *
 *     scores [keys, queries] = k [keys, D] * q transposed [D, queries]
 *     z transposed [D, queries] = v transposed [D, keys] * shares [keys, queries]
 *
 * A block's scores fit into L1, the packed keys and values of a head into L2. Keys after
 * the last query of a panel are never looked at. A piece of work is a head or, where there
 * are few heads, a part of its queries; every panel is computed alike in either case. */
#include "attention_fused.h"

#include <math.h>
#include <string.h>

#include "attention_tiles.h"
#include "tile.h"
#include "vector_math.h"

enum {
    KEYS = 192 / TILE_ROWS * TILE_ROWS,   /* of a block: whole tiles */
    PIECES = 4,                           /* of work for a thread, at least */
};

/* One head of one text, and a thread's room. */
struct head {
    float *z;             /* [T, D] of row stride C */
    float *log_sum;       /* [T] or NULL */
    const float *q, *k, *v;  /* [T, D] of row stride 3C */
    size_t T, D, C;
    float *keys;          /* [T, D] left factors, a block of KEYS after the other */
    struct left values;   /* v transposed, [D, T] */
    float *values_room;   /* for it */
    float *queries;       /* [D, TILE_COLUMNS] */
    float *scores;        /* [KEYS, TILE_COLUMNS], then exp(score - largest) */
    float *mixed;         /* [D, TILE_COLUMNS] z transposed */
    float *turned;        /* [TILE_COLUMNS, D] */
};

/* A row of a block: the numbers of TILE_COLUMNS queries. */
struct pair {
    vec left, right;
};

/* What is known of each query's softmax so far: the largest q . k, and the sum. */
struct softmax_state {
    struct pair largest, sum;
};

static inline struct pair load_row(const float *p)
{
    return (struct pair){vec_load(p), vec_load(p + LANES)};
}

static inline void store_row(float *p, struct pair a)
{
    vec_store(p, a.left);
    vec_store(p + LANES, a.right);
}

/* exp(scale * a + b) */
static inline struct pair exp_row(struct pair a, vec scale, struct pair b)
{
    return (struct pair){vec_exp_share(vec_fma(a.left, scale, b.left)),
                         vec_exp_share(vec_fma(a.right, scale, b.right))};
}

static inline struct pair multiply_row(struct pair a, struct pair b)
{
    return (struct pair){vec_mul(a.left, b.left), vec_mul(a.right, b.right)};
}

static size_t whole_lines(size_t n)
{
    return (n + 15) / 16 * 16;
}

static size_t room_of_one(size_t T, size_t D)
{
    return 2 * whole_lines(T * D) + (KEYS + 2 * D) * TILE_COLUMNS + whole_lines(TILE_COLUMNS * D);
}

size_t attention_room(size_t T, size_t D, int threads)
{
    return room_of_one(T, D) * (size_t)threads_within(threads);
}

/* Minus infinity where a key is later than a query. scores [keys, TILE_COLUMNS] of the keys
 * from `begin` and the queries from t on. */
static void hide_later(float *scores, size_t t, size_t begin, size_t keys)
{
    for (size_t i = begin > t ? 0 : t + 1 - begin; i < keys; i++)
        for (size_t j = 0; j < begin + i - t && j < TILE_COLUMNS; j++)
            scores[i * TILE_COLUMNS + j] = -INFINITY;
}

/* Takes a block's q . k in: they become exp(score - largest), and what was summed before
 * is brought to the new largest. A score is q . k times scale. */
static void take_in(struct softmax_state *s, float *scores, float *mixed, size_t keys, size_t D)
{
    const vec scale = vec_set1(1 / sqrtf((float)D)), minus = vec_sub(vec_zero(), scale);
    struct pair top = s->largest, below, sum, shrink;

    for (size_t i = 0; i < keys; i++) {
        const struct pair score = load_row(scores + i * TILE_COLUMNS);

        top.left = vec_max(top.left, score.left);
        top.right = vec_max(top.right, score.right);
    }
    below = multiply_row(top, (struct pair){minus, minus});
    shrink = exp_row(s->largest, scale, below);
    sum = multiply_row(s->sum, shrink);
    for (size_t i = 0; i < keys; i++) {
        const struct pair e = exp_row(load_row(scores + i * TILE_COLUMNS), scale, below);

        store_row(scores + i * TILE_COLUMNS, e);
        sum.left = vec_add(sum.left, e.left);
        sum.right = vec_add(sum.right, e.right);
    }
    for (size_t d = 0; d < D; d++)
        store_row(mixed + d * TILE_COLUMNS,
                  multiply_row(load_row(mixed + d * TILE_COLUMNS), shrink));
    s->largest = top;
    s->sum = sum;
}

/* Divides by the sums and writes the n queries from t on. */
static void finish(const struct head *h, const struct softmax_state *s, size_t t, size_t n)
{
    const struct pair inverse = {vec_div(vec_set1(1), s->sum.left),
                                 vec_div(vec_set1(1), s->sum.right)};
    float largest[TILE_COLUMNS], sum[TILE_COLUMNS];

    for (size_t d = 0; d < h->D; d++)
        store_row(h->mixed + d * TILE_COLUMNS,
                  multiply_row(load_row(h->mixed + d * TILE_COLUMNS), inverse));
    unpack_columns(h->z + t * h->C, h->turned, h->mixed, 1, n, h->D, h->C);
    store_row(largest, s->largest);
    store_row(sum, s->sum);
    for (size_t i = 0; h->log_sum && i < n; i++)
        h->log_sum[t + i] = largest[i] * (1 / sqrtf((float)h->D)) + logf(sum[i]);
}

/* The queries from t on, at most TILE_COLUMNS. */
static void attend(const struct head *h, size_t t)
{
    const size_t n = h->T - t < TILE_COLUMNS ? h->T - t : TILE_COLUMNS, end = t + n, D = h->D;
    struct softmax_state s = {{vec_set1(-INFINITY), vec_set1(-INFINITY)},
                              {vec_zero(), vec_zero()}};

    memset(h->mixed, 0, D * TILE_COLUMNS * sizeof *h->mixed);
    pack_wide(h->queries, (struct view){h->q + t * 3 * h->C, 1, 3 * h->C}, n, D);
    for (size_t begin = 0; begin < end; begin += KEYS) {
        const size_t there = h->T - begin < KEYS ? h->T - begin : KEYS;
        const size_t keys = end - begin < KEYS ? end - begin : KEYS;
        const struct left block = left_before(h->keys + begin * D, there, D);

        multiply_left(h->scores, &block, h->queries, (struct range){0, keys},
                      (struct range){0, D}, false);
        if (begin + keys > t)
            hide_later(h->scores, t, begin, keys);
        take_in(&s, h->scores, h->mixed, keys, D);
        multiply_left(h->mixed, &h->values, h->scores, (struct range){0, D},
                      (struct range){begin, begin + keys}, true);
    }
    finish(h, &s, t, n);
}

/* Packs what the queries of these panels will see, and answers them. */
static void attend_all(struct head *h, struct range panels)
{
    const size_t last = panels.end * TILE_COLUMNS, seen = last < h->T ? last : h->T;

    for (size_t begin = 0; begin < seen; begin += KEYS)
        left_packed(h->keys + begin * h->D, (struct view){h->k + begin * 3 * h->C, 3 * h->C, 1},
                    h->T - begin < KEYS ? h->T - begin : KEYS, h->D);
    h->values = left_packed(h->values_room, (struct view){h->v, 1, 3 * h->C}, h->D, h->T);
    for (size_t p = panels.begin; p < panels.end; p++)
        attend(h, p * TILE_COLUMNS);
}

static struct head head_of(float *z, float *log_sum, const float *qkv, float *room, size_t which,
                           size_t T, size_t H, size_t D)
{
    const size_t C = H * D, b = which / H, h = which % H;
    const float *q = qkv + b * T * 3 * C + h * D;
    struct head head = {.z = z + b * T * C + h * D, .log_sum = log_sum ? log_sum + which * T : NULL,
                        .q = q, .k = q + C, .v = q + 2 * C, .T = T, .D = D, .C = C,
                        .keys = room, .values_room = room + whole_lines(T * D)};

    head.scores = head.values_room + whole_lines(T * D);
    head.queries = head.scores + KEYS * TILE_COLUMNS;
    head.mixed = head.queries + D * TILE_COLUMNS;
    head.turned = head.mixed + D * TILE_COLUMNS;
    return head;
}

void attention_fused(float *z, float *log_sum, const float *qkv, float *room,
                     size_t B, size_t T, size_t H, size_t D, int threads)
{
    const int most = threads_within(threads);
    const size_t panels = pieces(T, TILE_COLUMNS);
    size_t parts = most == 1 ? 1 : pieces((size_t)most * PIECES, B * H);

    parts = parts < panels ? parts : panels;
#pragma omp parallel for num_threads(most) schedule(dynamic, 1)
    for (size_t i = 0; i < B * H * parts; i++) {
        struct head h = head_of(z, log_sum, qkv, room + thread_here() * room_of_one(T, D),
                                i / parts, T, H, D);

        attend_all(&h, share(panels, parts - 1 - i % parts, parts));
    }
}
