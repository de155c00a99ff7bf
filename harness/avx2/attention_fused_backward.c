/* attention_fused_backward.c: the gradient of attention without the T x T matrix.
 *
 *     forward:   score[t][s] = q[t] . k[s] / sqrt(D),  share = exp(score - log_sum[t])
 *                z[t] = sum over s of share[t][s] * v[s]
 *
 *     dshare[t][s] = dz[t] . v[s]
 *     dv[s]        = sum over t of share[t][s] * dz[t]
 *     dscore[t][s] = share[t][s] * (dshare[t][s] - sum over r of share[t][r] * dshare[t][r])
 *     dq[t]        = sum over s of dscore[t][s] * k[s] / sqrt(D)
 *     dk[s]        = sum over t of dscore[t][s] * q[t] / sqrt(D)
 *
 * The formulas are those of steps/07_backprop/attention_backward.c. The shares were not
 * kept; they are computed again, which is one more product of five, and log_sum spares the
 * search for the maximum. The sum in dscore is dz[t] . z[t], so a query need not see all
 * keys first. Dao and others, "FlashAttention" (2022), algorithm 4.
 *
 * A block of QUERIES meets the keys before it, TILE_COLUMNS of them at a time: scores and
 * dshares [queries, keys] are tiles (tile.c), become shares and dscores in place, and are
 * as they stand the right factors of
 *
 *     dv transposed [D, keys] += dz transposed [D, queries] * shares
 *     dk transposed [D, keys] += q transposed [D, queries] * dscores
 *
 * For dq the sum runs over keys, so the dscores are turned over; after a block of KEYS
 *
 *     dq transposed [D, queries] += k transposed [D, keys] * dscores transposed
 *
 * A thread does whole heads, so no two of them add to one number. */
#include "attention_fused.h"

#include <math.h>
#include <string.h>

#include "attention_tiles.h"
#include "tile.h"
#include "vector_math.h"

enum {
    QUERIES = 96, KEYS = 128,           /* of a block: multiples of TILE_COLUMNS */
    BLOCK = QUERIES * TILE_COLUMNS,     /* of scores */
};

/* One head of one text, and a thread's room. [T'] is T in whole panels of columns. */
struct head {
    float *dqkv;             /* q's columns of it: [T, D] of row stride 3C; k and v follow */
    const float *q, *k, *v;  /* [T, D] of row stride 3C */
    const float *z, *dz;     /* [T, D] of row stride C */
    const float *log_sum;    /* [T] */
    size_t T, D, C;
    float *keys, *values;    /* [T', D] right factors, a panel of columns after the other */
    float *dkeys, *dvalues;  /* their gradients, alike */
    struct left turned_keys; /* k transposed [D, T] */
    float *block;            /* for the struct below */
};

/* A block of queries, from t on. */
struct block {
    size_t t, n;
    struct left q, dz;                /* [n, D] */
    struct left turned_q, turned_dz;  /* [D, n] */
    float *dq;                        /* [QUERIES / TILE_COLUMNS] of [D, TILE_COLUMNS] */
    float *scores, *dscores;          /* [n, TILE_COLUMNS] */
    float *turned_dscores;            /* [QUERIES / TILE_COLUMNS] of [KEYS, TILE_COLUMNS] */
    float *room;                      /* [TILE_COLUMNS, D] */
    float mean[QUERIES];              /* dz . z: the mean of dshare */
};

static size_t in_columns(size_t n)
{
    return pieces(n, TILE_COLUMNS) * TILE_COLUMNS;
}

static size_t room_of_one(size_t T, size_t D)
{
    return 5 * in_columns(T) * D + 5 * QUERIES * D + 2 * BLOCK + QUERIES * KEYS +
           TILE_COLUMNS * D;
}

size_t attention_backward_room(size_t T, size_t D, int threads)
{
    return room_of_one(T, D) * (size_t)threads_within(threads);
}

static float dot(const float *a, const float *b, size_t n)
{
    vec sum = vec_zero();

    for (size_t i = 0; i < n; i += LANES) {
        const size_t part = smaller(n - i, LANES);
        sum = vec_fma(vec_load_part(a + i, part, 0), vec_load_part(b + i, part, 0), sum);
    }
    return vec_sum(sum);
}

static void open_block(struct block *b, const struct head *h, size_t t)
{
    const size_t n = smaller(h->T - t, QUERIES), D = h->D, size = QUERIES * D;
    const struct view q = {h->q + t * 3 * h->C, 3 * h->C, 1}, dz = {h->dz + t * h->C, h->C, 1};
    float *at = h->block;

    b->t = t;
    b->n = n;
    b->q = left_packed(at, q, n, D);
    b->dz = left_packed(at + size, dz, n, D);
    b->turned_q = left_packed(at + 2 * size, transposed(q), D, n);
    b->turned_dz = left_packed(at + 3 * size, transposed(dz), D, n);
    b->dq = at + 4 * size;
    b->scores = at + 5 * size;
    b->dscores = b->scores + BLOCK;
    b->turned_dscores = b->dscores + BLOCK;
    b->room = b->turned_dscores + QUERIES * KEYS;
    memset(b->dq, 0, size * sizeof *b->dq);
    for (size_t i = 0; i < n; i++)
        b->mean[i] = dot(h->dz + (t + i) * h->C, h->z + (t + i) * h->C, D);
}

/* Scores become shares, dshares dscores: of the rows from `begin` on, for the keys from s
 * on. A query at t sees the first t - s + 1 of these. */
static void softmax_backward(const struct block *b, const struct head *h, size_t begin, size_t s)
{
    const vec scale = vec_set1(1 / sqrtf((float)h->D));

    for (size_t i = begin; i < b->n; i++) {
        const vec mean = vec_set1(b->mean[i]), log_sum = vec_set1(-h->log_sum[b->t + i]);
        const size_t seen = b->t + i - s + 1;

        for (size_t j = 0; j < TILE_COLUMNS; j += LANES) {
            float *score = b->scores + i * TILE_COLUMNS + j;
            float *dscore = b->dscores + i * TILE_COLUMNS + j;
            vec share_of = vec_exp_share(vec_fma(vec_load(score), scale, log_sum));

            if (seen < j + LANES)
                share_of = vec_select(vec_first(seen < j ? 0 : seen - j), share_of, vec_zero());
            vec_store(score, share_of);
            vec_store(dscore, vec_mul(share_of, vec_sub(vec_load(dscore), mean)));
        }
    }
}

/* The queries of a block and the keys from s on, which is `at` in their block. */
static void meet_keys(const struct block *b, const struct head *h, size_t s, size_t at)
{
    const size_t begin = s > b->t ? s - b->t : 0, D = h->D;
    const struct range queries = {begin, b->n}, depth = {0, D};
    const float *shares = b->scores + begin * TILE_COLUMNS;
    const float *dscores = b->dscores + begin * TILE_COLUMNS;

    multiply_left(b->scores, &b->q, h->keys + s * D, queries, depth, false);
    multiply_left(b->dscores, &b->dz, h->values + s * D, queries, depth, false);
    softmax_backward(b, h, begin, s);
    multiply_left(h->dvalues + s * D, &b->turned_dz, shares, depth, queries, true);
    multiply_left(h->dkeys + s * D, &b->turned_q, dscores, depth, queries, true);
    for (size_t i = begin; i < b->n; i += TILE_COLUMNS)
        pack_panel(b->turned_dscores + i * KEYS + at * TILE_COLUMNS,
                   (struct view){b->dscores + i * TILE_COLUMNS, TILE_COLUMNS, 1},
                   smaller(b->n - i, TILE_COLUMNS), TILE_COLUMNS, TILE_COLUMNS);
}

/* A block of queries, all keys that any of them sees. */
static void backward_block(const struct head *h, size_t t)
{
    const size_t D = h->D;
    struct block b;

    open_block(&b, h, t);
    for (size_t begin = 0; begin < t + b.n; begin += KEYS) {
        const size_t end = smaller(begin + KEYS, t + b.n);

        for (size_t s = begin; s < end; s += TILE_COLUMNS)
            meet_keys(&b, h, s, s - begin);
        for (size_t i = 0; i < b.n; i += TILE_COLUMNS) {
            const size_t last = smaller(end, t + smaller(i + TILE_COLUMNS, b.n));

            if (last > begin)
                multiply_left(b.dq + i * D, &h->turned_keys, b.turned_dscores + i * KEYS,
                              (struct range){0, D}, (struct range){begin, last}, true);
        }
    }
    for (size_t i = 0; i < b.n; i += TILE_COLUMNS)
        unpack_columns(h->dqkv + (t + i) * 3 * h->C, b.room, b.dq + i * D,
                       1 / sqrtf((float)D), smaller(b.n - i, TILE_COLUMNS), D, 3 * h->C);
}

static void backward_head(struct head *h, float *room)
{
    const size_t T = h->T, D = h->D, C = h->C, size = in_columns(T) * D;

    h->keys = room;
    h->values = room + size;
    h->dkeys = room + 2 * size;
    h->dvalues = room + 3 * size;
    h->turned_keys = left_packed(room + 4 * size, (struct view){h->k, 1, 3 * C}, D, T);
    h->block = room + 5 * size;
    memset(h->dkeys, 0, 2 * size * sizeof *h->dkeys);
    pack_wide(h->keys, (struct view){h->k, 1, 3 * C}, T, D);
    pack_wide(h->values, (struct view){h->v, 1, 3 * C}, T, D);
    for (size_t t = 0; t < T; t += QUERIES)
        backward_block(h, t);
    for (size_t s = 0; s < T; s += TILE_COLUMNS) {
        const size_t n = smaller(T - s, TILE_COLUMNS);
        float *dk = h->dqkv + C + s * 3 * C;

        unpack_columns(dk, h->block, h->dkeys + s * D, 1 / sqrtf((float)D), n, D, 3 * C);
        unpack_columns(dk + C, h->block, h->dvalues + s * D, 1, n, D, 3 * C);
    }
}

void attention_fused_backward(float *dqkv, const float *dz, const float *qkv, const float *z,
                              const float *log_sum, float *room,
                              size_t B, size_t T, size_t H, size_t D, int threads)
{
    const size_t C = H * D;

#pragma omp parallel for num_threads(threads_within(threads)) schedule(dynamic, 1)
    for (size_t i = 0; i < B * H; i++) {
        const size_t row = i / H * T * C, column = i % H * D;
        struct head h = {.dqkv = dqkv + 3 * row + column, .q = qkv + 3 * row + column,
                         .k = qkv + 3 * row + column + C, .v = qkv + 3 * row + column + 2 * C,
                         .z = z + row + column, .dz = dz + row + column,
                         .log_sum = log_sum + i * T, .T = T, .D = D, .C = C};

        backward_head(&h, room + thread_here() * room_of_one(T, D));
    }
}
