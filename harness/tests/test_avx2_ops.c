/* test_avx2_ops.c: the parts of harness/avx2 that no subject exports: attention without
 * the T x T matrix, its gradient and attention of one token, against the steps' attention
 * in double; the two optimisers, to the bit; packed factors, and a vector times a packed one;
 * exp and tanh. And arrays large enough to be dealt out to threads.
 *
 * Sizes are drawn at random. Every array, room to work in included, lies between pages
 * that must not be touched, flush with the one behind it or with the one before it, and
 * what is written begins as NaN. TOUCHSTONE_CASES=N draws N cases, TOUCHSTONE_SEED=N
 * others. */
#define _DEFAULT_SOURCE  /* for MAP_ANONYMOUS */
#undef REAL
#define REAL float       /* what is linked here works on floats */
#include "tool.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "00_ingredients/gelu.h"
#include "00_ingredients/layernorm.h"
#include "07_backprop/gelu_backward.h"
#include "07_backprop/layernorm_backward.h"
#include "avx2/attention_fused.h"
#include "avx2/gemv.h"
#include "avx2/log_sum.h"
#include "avx2/matmul.h"
#include "avx2/pack.h"
#include "avx2/packed.h"
#include "avx2/threads.h"
#include "die.h"
#include "small_model.h"

static void skip_without_avx2(void)
{
#if defined __x86_64__
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return;
#endif
    print_message("this machine has no AVX2\n");
    skip();
}

static size_t random_below(unsigned long long *x, size_t n)
{
    return (size_t)((small_random(x) + 0.5) * (double)n);
}

/* ------------------------------------------------------------------ fenced arrays */

enum { MOST_FENCED = 64 };

struct fences {
    struct {
        void *base;
        size_t size;
    } map[MOST_FENCED];
    size_t count;
    bool at_end;
};

/* n floats, NaN at first. */
static float *fenced(struct fences *f, size_t n)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = n * sizeof(float);
    const size_t inside = (bytes + page - 1) / page * page, size = inside + 2 * page;
    char *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_true(base != MAP_FAILED && f->count < MOST_FENCED);
    assert_int_equal(mprotect(base, page, PROT_NONE), 0);
    assert_int_equal(mprotect(base + page + inside, page, PROT_NONE), 0);
    memset(base + page, 0xff, inside);
    f->map[f->count].base = base;
    f->map[f->count++].size = size;
    return (float *)(void *)(base + page + (f->at_end ? inside - bytes : 0));
}

static float *fenced_random(struct fences *f, unsigned long long *x, size_t n, double scale)
{
    float *a = fenced(f, n);

    for (size_t i = 0; i < n; i++)
        a[i] = (float)(2 * scale * small_random(x));
    return a;
}

/* Room is asked for in whole cache lines and lies at the start of one. */
static float *fenced_room(struct fences *f, size_t n)
{
    assert_int_equal(n % 16, 0);
    return fenced(f, n);
}

static void take_down(struct fences *f)
{
    for (size_t i = 0; i < f->count; i++)
        assert_int_equal(munmap(f->map[i].base, f->map[i].size), 0);
    f->count = 0;
}

/* ------------------------------------------------- the steps' attention, in double */

struct sizes {
    size_t B, T, H, D;
};

static const char *text_of(struct sizes s)
{
    static char text[64];

    snprintf(text, sizeof text, "B=%zu T=%zu H=%zu D=%zu", s.B, s.T, s.H, s.D);
    return text;
}

/* All tensors of one attention and, below, their gradients. */
struct exact {
    struct graph *g;
    size_t heads;                         /* B * H * T * D numbers in q, k, v and z */
    double *q, *k, *v, *scores, *pattern, *z;
    double *dq, *dk, *dv, *dscores, *dpattern, *dz;
};

/* From [B, T, 3C] to [B, H, T, D]: q, k or v, which are 0, 1 and 2. */
static void heads_of(double *to, const float *from, struct sizes s, size_t which)
{
    const size_t C = s.H * s.D;

    for (size_t n = 0; n < s.B * s.T; n++)
        for (size_t c = 0; c < C; c++)
            to[((n / s.T * s.H + c / s.D) * s.T + n % s.T) * s.D + c % s.D] =
                (double)from[n * 3 * C + which * C + c];
}

static struct exact exact_of(struct sizes s, const float *qkv, const float *dz)
{
    const struct config cfg = {.family = GPT2, .n_layer = 1, .n_head = s.H, .n_vocab = 2,
                               .d_model = s.H * s.D, .d_ff = 1, .n_ctx = s.T};
    const size_t n = s.B * s.H * s.T * s.D, square = s.B * s.H * s.T * s.T;
    struct exact e = {.g = graph_make(&cfg, s.B, s.T), .heads = n};
    double **const array[] = {&e.q, &e.k, &e.v, &e.z, &e.dq, &e.dk, &e.dv, &e.dz,
                              &e.scores, &e.pattern, &e.dscores, &e.dpattern};

    for (size_t i = 0; i < sizeof array / sizeof array[0]; i++) {
        const size_t count = i < 8 ? n : square;
        *array[i] = allocate(count, sizeof(double));
        memset(*array[i], 0, count * sizeof(double));
    }
    heads_of(e.q, qkv, s, 0);
    heads_of(e.k, qkv, s, 1);
    heads_of(e.v, qkv, s, 2);
    for (size_t i = 0; dz && i < n; i++)
        e.dz[i] = (double)dz[i];
    return e;
}

static void free_exact(struct exact *e)
{
    double *const array[] = {e->q, e->k, e->v, e->z, e->dq, e->dk, e->dv, e->dz,
                             e->scores, e->pattern, e->dscores, e->dpattern};

    for (size_t i = 0; i < sizeof array / sizeof array[0]; i++)
        free(array[i]);
    graph_free(e->g);
}

static const struct node *node_of(const struct exact *e, const char *name)
{
    return &e->g->node[graph_find(e->g, name)];
}

static const struct subject *f64_subject(void)
{
    const char *build = getenv("BUILD");
    char path[256];

    snprintf(path, sizeof path, "./%s/subjects/f64.so", build ? build : "build");
    return subject_load(path);
}

static void steps_forward(const struct exact *e)
{
    const struct subject *f64 = f64_subject();

    assert_true(f64->op(f64, &(struct call){.graph = e->g, .first = node_of(e, "h.0/scores"),
                                       .out = {e->scores}, .in = {e->q, e->k}}));
    assert_true(f64->op(f64, &(struct call){.graph = e->g, .first = node_of(e, "h.0/pattern"),
                                       .out = {e->pattern}, .in = {e->scores}}));
    assert_true(f64->op(f64, &(struct call){.graph = e->g, .first = node_of(e, "h.0/z"),
                                       .out = {e->z}, .in = {e->pattern, e->v}}));
}

static void steps_backward(const struct exact *e)
{
    const struct subject *f64 = f64_subject();

    assert_true(f64->op_backward(f64, &(struct call){
        .graph = e->g, .first = node_of(e, "h.0/z"), .in = {e->pattern, e->v}, .made = {e->z},
        .dout = {e->dz}, .din = {e->dpattern, e->dv}}));
    assert_true(f64->op_backward(f64, &(struct call){
        .graph = e->g, .first = node_of(e, "h.0/pattern"), .in = {e->scores},
        .made = {e->pattern}, .dout = {e->dpattern}, .din = {e->dscores}}));
    assert_true(f64->op_backward(f64, &(struct call){
        .graph = e->g, .first = node_of(e, "h.0/scores"), .in = {e->q, e->k},
        .made = {e->scores}, .dout = {e->dscores}, .din = {e->dq, e->dk}}));
}

/* ---------------------------------------------------------------------- comparison */

/* rms error at most `bound` of the rms of what is wanted, `floor` added to that. */
static void assert_close(const double *got, const double *want, size_t n, double floor,
                         double bound, const char *what, struct sizes s)
{
    double error = 0, size = 0;

    for (size_t i = 0; i < n; i++) {
        error += (got[i] - want[i]) * (got[i] - want[i]);
        size += want[i] * want[i];
    }
    error = sqrt(error / (double)n);
    size = sqrt(size / (double)n) + floor;
    if (!(error <= bound * size))
        fail_msg("%s, %s: rms error %.3g of %.3g", what, text_of(s), error, size);
}

/* The part `which` of dqkv [B, T, 3C]; want [B, H, T, D]. */
static void assert_part(const float *dqkv, size_t which, const double *want, double floor,
                        double bound, const char *what, struct sizes s)
{
    const size_t n = s.B * s.T * s.H * s.D;
    double *got = allocate(n, sizeof *got);

    heads_of(got, dqkv, s, which);
    assert_close(got, want, n, floor, bound, what, s);
    free(got);
}

static struct sizes random_sizes(unsigned long long *x)
{
    static const size_t T[] = {1, 2, 3, 16, 17, 31, 33, 64, 96, 97, 130, 192, 193, 260};
    const size_t some = random_below(x, sizeof T / sizeof T[0]);

    return (struct sizes){1 + random_below(x, 3), random_below(x, 2) ? T[some]
                          : 1 + random_below(x, 150), 1 + random_below(x, 4),
                          random_below(x, 3) ? 1 + random_below(x, 70) : 64};
}

/* ----------------------------------------------------------------------- attention */

/* What one run writes. */
struct written {
    float *z, *log_sum, *dqkv;
};

static struct written attend(struct fences *f, struct sizes s, const float *qkv, const float *dz,
                             int threads)
{
    const size_t N = s.B * s.T, C = s.H * s.D;
    const struct written w = {fenced(f, N * C), fenced(f, N * s.H), fenced(f, N * 3 * C)};

    attention_fused(w.z, w.log_sum, qkv, fenced_room(f, attention_room(s.T, s.D, threads)),
                    s.B, s.T, s.H, s.D, threads);
    attention_fused_backward(w.dqkv, dz, qkv, w.z, w.log_sum,
                             fenced_room(f, attention_backward_room(s.T, s.D, threads)),
                             s.B, s.T, s.H, s.D, threads);
    return w;
}

static void assert_log_sums(const float *log_sum, const struct exact *e, struct sizes s)
{
    for (size_t n = 0; n < s.B * s.H * s.T; n++) {
        double top = -INFINITY, sum = 0;

        for (size_t k = 0; k <= n % s.T; k++)
            top = fmax(top, e->scores[n * s.T + k]);
        for (size_t k = 0; k <= n % s.T; k++)
            sum += exp(e->scores[n * s.T + k] - top);
        assert_true(fabs((double)log_sum[n] - top - log(sum)) <= 1e-5 * (1 + fabs(top)));
    }
}

static void attention_agrees_with_the_steps(void **state)
{
    unsigned long long x = random_seed();
    struct fences f = {.count = 0};

    (void)state;
    skip_without_avx2();
    print_message("seed %llu, %zu cases\n", x, random_cases(200));
    for (size_t i = 0; i < random_cases(200); i++) {
        const struct sizes s = random_sizes(&x);
        const size_t N = s.B * s.T, C = s.H * s.D;
        f.at_end = i % 2;
        const bool loud = random_below(&x, 4) == 0;  /* scores near 100: large roundings */
        const double bound = loud ? 1e-5 : 1.5e-6;
        const double floor = loud ? 4 : 0.5;   /* where gradients cancel, as for one token */
        const float *qkv = fenced_random(&f, &x, N * 3 * C, loud ? 6 : 1.5);
        const float *dz = fenced_random(&f, &x, N * C, 1);
        const struct written w = attend(&f, s, qkv, dz, 1), w2 = attend(&f, s, qkv, dz, 2);
        double *got = allocate(N * C, sizeof *got);
        struct exact e = exact_of(s, qkv, dz);

        steps_forward(&e);
        steps_backward(&e);
        widen(got, w.z, sizeof(float), N * C);
        assert_close(got, e.z, N * C, 0.1, bound, "z", s);
        free(got);
        assert_log_sums(w.log_sum, &e, s);
        assert_part(w.dqkv, 0, e.dq, floor, bound, "dq", s);
        assert_part(w.dqkv, 1, e.dk, floor, bound, "dk", s);
        assert_part(w.dqkv, 2, e.dv, 0, bound, "dv", s);
        assert_memory_equal(w.z, w2.z, N * C * sizeof(float));
        assert_memory_equal(w.log_sum, w2.log_sum, N * s.H * sizeof(float));
        assert_memory_equal(w.dqkv, w2.dqkv, N * 3 * C * sizeof(float));
        free_exact(&e);
        take_down(&f);
    }
}

/* What a later token says cannot be seen. */
static void attention_sees_no_later_token(void **state)
{
    const struct sizes s = {1, 40, 2, 24};
    const size_t C = s.H * s.D;
    unsigned long long x = random_seed();
    struct fences f = {.count = 0};
    float *qkv, *z, *before, *room;

    (void)state;
    skip_without_avx2();
    qkv = fenced_random(&f, &x, s.T * 3 * C, 1);
    z = fenced(&f, s.T * C);
    before = fenced(&f, s.T * C);
    room = fenced_room(&f, attention_room(s.T, s.D, 1));
    attention_fused(before, NULL, qkv, room, s.B, s.T, s.H, s.D, 1);
    for (size_t t = s.T - 1; t > 0; t--) {
        for (size_t c = 0; c < C; c++)
            qkv[t * 3 * C + C + c] *= -50;  /* its key; those of later ones are changed, too */
        attention_fused(z, NULL, qkv, room, s.B, s.T, s.H, s.D, 1);
        assert_memory_equal(z, before, t * C * sizeof(float));
        assert_memory_not_equal(z + t * C, before + t * C, C * sizeof(float));
    }
    take_down(&f);
}

/* The last row of attention, from a cache [T, C]. */
static void one_token_agrees_with_the_last_row(void **state)
{
    unsigned long long x = random_seed();
    struct fences f = {.count = 0};

    (void)state;
    skip_without_avx2();
    for (size_t i = 0; i < random_cases(200); i++) {
        struct sizes s = random_sizes(&x);
        s.B = 1;
        const size_t C = s.H * s.D, P = s.T + random_below(&x, 3), t = s.T - 1;
        f.at_end = i % 2;
        const float *qkv = fenced_random(&f, &x, s.T * 3 * C, 1.5);
        float *q = fenced(&f, C), *keys = fenced(&f, s.T * C), *values = fenced(&f, s.T * C);
        float *z = fenced(&f, C), *scores = fenced(&f, s.H * P);
        const struct range low = {0, s.H / 2}, high = {s.H / 2, s.H};
        double *got = allocate(C, sizeof *got);
        struct exact e = exact_of(s, qkv, NULL);

        steps_forward(&e);
        for (size_t n = 0; n < s.T; n++) {
            memcpy(keys + n * C, qkv + n * 3 * C + C, C * sizeof *keys);
            memcpy(values + n * C, qkv + n * 3 * C + 2 * C, C * sizeof *values);
        }
        memcpy(q, qkv + t * 3 * C, C * sizeof *q);
        attention_decode(z, scores, q, keys, values, low, s.T, P, C, s.D);
        attention_decode(z, scores, q, keys, values, high, s.T, P, C, s.D);
        widen(got, z, sizeof(float), C);
        assert_close(got, e.z + t * C, C, 0.1, 1.5e-6, "one token", s);
        free(got);
        free_exact(&e);
        take_down(&f);
    }
}

/* ---------------------------------------------------------------------- optimisers */

/* steps/08_train/adamw.c, in floats. */
static void step_adamw(float *weight, float *mean, float *square, float dweight,
                       const struct adam *o, bool openai)
{
    const double late1 = 1 - pow(o->beta1, (double)o->t), late2 = 1 - pow(o->beta2, (double)o->t);
    const float g = dweight * (float)o->scale, eps = (float)o->eps;

    *mean = (float)o->beta1 * *mean + (float)(1 - o->beta1) * g;
    *square = (float)o->beta2 * *square + (float)(1 - o->beta2) * g * g;
    if (openai)
        *weight -= (float)(o->rate * sqrt(late2) / late1) *
                   (*mean / (sqrtf(*square) + eps) + (float)o->decay * *weight);
    else
        *weight = *weight * (float)(1 - o->rate * o->decay) -
                  (float)(o->rate / late1) * *mean / (sqrtf(*square) / (float)sqrt(late2) + eps);
}

static void optimisers_equal_the_steps(void **state)
{
    unsigned long long x = random_seed();
    struct fences f = {.count = 0};

    (void)state;
    skip_without_avx2();
    for (size_t i = 0; i < random_cases(60); i++) {
        const size_t n = 1 + random_below(&x, random_below(&x, 4) ? 100 : 30000);
        const bool openai = i % 2;
        const struct adam o = {.rate = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8,
                               .decay = 0.01, .scale = 0.7, .t = 1 + i};
        f.at_end = i / 2 % 2;
        const float *dweight = fenced_random(&f, &x, n, 1e-2);
        float *weight = fenced_random(&f, &x, n, 1), *mean = fenced_random(&f, &x, n, 1e-3);
        float *square = fenced_random(&f, &x, n, 1e-5), *want[3];

        for (size_t j = 0; j < n; j++)
            square[j] = fabsf(square[j]);
        for (size_t k = 0; k < 3; k++) {
            want[k] = allocate(n, sizeof(float));
            memcpy(want[k], k == 0 ? weight : k == 1 ? mean : square, n * sizeof(float));
        }
        for (size_t j = 0; j < n; j++)
            step_adamw(&want[0][j], &want[1][j], &want[2][j], dweight[j], &o, openai);
        (openai ? openai_adam : adamw)(weight, mean, square, dweight, &o, n);
        assert_memory_equal(weight, want[0], n * sizeof(float));
        assert_memory_equal(mean, want[1], n * sizeof(float));
        assert_memory_equal(square, want[2], n * sizeof(float));
        for (size_t k = 0; k < 3; k++)
            free(want[k]);
        take_down(&f);
    }
}

/* ---------------------------------------------------------------------- large arrays */

/* What threads share out, and what goes block by block, is equal to one piece at a time. */
static void layer_norm_of_many_rows_is_that_of_each(void **state)
{
    enum { N = 601, C = 77 };
    unsigned long long x = random_seed();
    struct fences f = {.count = 0, .at_end = true};

    (void)state;
    skip_without_avx2();
    const int before = threads_limit(2);
    const float *in = fenced_random(&f, &x, N * C, 1), *dout = fenced_random(&f, &x, N * C, 1);
    const float *gain = fenced_random(&f, &x, C, 1), *bias = fenced_random(&f, &x, C, 1);
    float *out = fenced(&f, N * C), *din = fenced_random(&f, &x, N * C, 1);
    float *dgain = fenced_random(&f, &x, C, 1), *dbias = fenced_random(&f, &x, C, 1);
    float row[C], drow[C], dgain_of[C], dbias_of[C];
    double gain_sum[C], bias_sum[C];

    widen(gain_sum, dgain, sizeof(float), C);
    widen(bias_sum, dbias, sizeof(float), C);
    layernorm(out, in, gain, bias, 1e-5, N, C);
    for (size_t n = 0; n < N; n++) {
        layernorm(row, in + n * C, gain, bias, 1e-5, 1, C);
        assert_memory_equal(out + n * C, row, sizeof row);
    }
    memset(din, 0, N * C * sizeof *din);
    layernorm_backward(din, dgain, dbias, dout, in, gain, 1e-5, N, C);
    for (size_t n = 0; n < N; n++) {
        memset(drow, 0, sizeof drow);
        memset(dgain_of, 0, sizeof dgain_of);
        memset(dbias_of, 0, sizeof dbias_of);
        layernorm_backward(drow, dgain_of, dbias_of, dout + n * C, in + n * C, gain, 1e-5, 1, C);
        assert_memory_equal(din + n * C, drow, sizeof drow);
        for (size_t c = 0; c < C; c++) {
            gain_sum[c] += (double)dgain_of[c];
            bias_sum[c] += (double)dbias_of[c];
        }
    }
    for (size_t c = 0; c < C; c++) {
        assert_true(fabs((double)dgain[c] - gain_sum[c]) < 1e-4);
        assert_true(fabs((double)dbias[c] - bias_sum[c]) < 1e-4);
    }
    threads_limit(before);
    take_down(&f);
}

static void gelu_of_many_numbers_is_that_of_each(void **state)
{
    enum { N = 20011, PART = 1003 };
    unsigned long long x = random_seed();
    struct fences f = {.count = 0};

    (void)state;
    skip_without_avx2();
    const int before = threads_limit(2);
    const float *in = fenced_random(&f, &x, N, 4), *dout = fenced_random(&f, &x, N, 1);
    float *out = fenced(&f, N), *din = fenced(&f, N), *part = fenced(&f, N);

    memset(din, 0, N * sizeof *din);
    gelu(out, in, N);
    gelu_backward(din, dout, in, N);
    for (size_t i = 0; i < N; i += PART)
        gelu(part + i, in + i, N - i < PART ? N - i : PART);
    assert_memory_equal(out, part, N * sizeof *out);
    memset(part, 0, N * sizeof *part);
    for (size_t i = 0; i < N; i += PART)
        gelu_backward(part + i, dout + i, in + i, N - i < PART ? N - i : PART);
    assert_memory_equal(din, part, N * sizeof *din);
    threads_limit(before);
    take_down(&f);
}

/* ------------------------------------------------------------------- packed factors */

enum { COLUMNS = 16 };  /* TILE_COLUMNS of tile.h, which is for AVX2 alone */

static float element(struct view v, size_t i, size_t j)
{
    return v.at[i * v.down + j * v.across];
}

/* A matrix [rows, columns] with some numbers between its rows, or its transpose's. */
static struct view fenced_view(struct fences *f, unsigned long long *x, size_t rows,
                               size_t columns)
{
    const bool turned = random_below(x, 2);
    const size_t n = turned ? columns : rows, row = turned ? rows : columns;
    const size_t stride = row + random_below(x, 9);
    const struct view v = {fenced_random(f, x, (n - 1) * stride + row, 1), stride, 1};

    return turned ? transposed(v) : v;
}

static void check_left(struct fences *f, unsigned long long *x, size_t M, size_t K)
{
    const struct view v = fenced_view(f, x, M, K);
    const struct panels p = panels_of(M);
    float *packed = fenced(f, M * K);

    pack_panels(packed, v, p, (struct range){0, p.count}, K);
    for (size_t n = 0; n < p.count; n++) {
        const struct range r = panel_rows(p, n);

        for (size_t k = 0; k < K; k++)
            for (size_t i = r.begin; i < r.end; i++)
                assert_true(packed[r.begin * K + k * (r.end - r.begin) + i - r.begin] ==
                            element(v, i, k));
    }
}

static void check_right(struct fences *f, unsigned long long *x, size_t K, size_t N)
{
    const struct view v = fenced_view(f, x, K, N);
    const size_t panels = (N + COLUMNS - 1) / COLUMNS;
    float *packed = fenced(f, panels * COLUMNS * K);

    pack_wide(packed, v, N, K);
    for (size_t j = 0; j < panels * COLUMNS; j++)
        for (size_t k = 0; k < K; k++)
            assert_true(packed[j / COLUMNS * COLUMNS * K + k * COLUMNS + j % COLUMNS] ==
                        (j < N ? element(v, k, j) : 0));
}

static void check_panel(struct fences *f, unsigned long long *x, size_t width, size_t K)
{
    const struct view v = fenced_view(f, x, width, K);
    const size_t stride = width + random_below(x, 5);
    float *packed = fenced(f, stride * K);

    pack_panel(packed, v, width, stride, K);
    for (size_t k = 0; k < K; k++)
        for (size_t i = 0; i < stride; i++)
            assert_true(packed[k * stride + i] == (i < width ? element(v, i, k) : 0));
}

static void packed_factors_hold_every_number(void **state)
{
    unsigned long long x = random_seed();
    const size_t n = random_cases(1000);
    struct fences f = {.count = 0};

    (void)state;
    skip_without_avx2();
    print_message("%zu factors packed, seed %llu\n", 3 * n, random_seed());
    for (size_t i = 0; i < n; i++) {
        const size_t K = 1 + random_below(&x, i % 5 ? 40 : 600);

        f.at_end = i % 2;
        check_left(&f, &x, 1 + random_below(&x, 40), K);
        check_right(&f, &x, K, 1 + random_below(&x, 40));
        check_panel(&f, &x, 1 + i % 33, K);
        take_down(&f);
    }
}

/* A sum in double, and how large its terms are together. */
struct exact_sum {
    double sum, size;
};

static void add_term(struct exact_sum *s, double term)
{
    s->sum += term;
    s->size += fabs(term);
}

static bool is_close(float x, const struct exact_sum *s)
{
    return fabs((double)x - s->sum) <= 1e-6 * s->size;
}

/* None where the build has no OpenMP. More threads than cores are welcome here. */
extern void omp_set_num_threads(int n) __attribute__((weak));

/* Where a product that is not kept goes to: [M, N], and how many numbers have come. */
struct parts_of {
    float *out;
    size_t N;
    _Atomic size_t count;
};

static void then_keep(void *with, float *part, size_t stride, struct range rows,
                      struct range columns)
{
    struct parts_of *p = with;

    for (size_t i = rows.begin; i < rows.end; i++, part += stride)
        memcpy(p->out + i * p->N + columns.begin, part,
               (columns.end - columns.begin) * sizeof *part);
    p->count += (rows.end - rows.begin) * (columns.end - columns.begin);
}

/* By so many threads, in a room for such products or larger ones. */
static void multiply_by(struct fences *f, unsigned long long *x, struct matmul m, float *out,
                        int threads)
{
    struct parts_of p = {out, m.N, 0};
    struct room r = {.M = m.M, .N = m.N, .K = m.K};

    if (random_below(x, 2)) {
        r.M += random_below(x, 200);
        r.N += random_below(x, 20);
        r.K += random_below(x, 900);
    }
    if (random_below(x, 2)) {
        m.then = then_keep;
        m.with = &p;
    } else {
        m.out = out;
    }
    if (omp_set_num_threads)
        omp_set_num_threads(threads);
    r.at = fenced_room(f, room_size(&r));
    matmul(&m, &r);
    if (m.then && p.count != m.M * m.N)
        fail_msg("M=%zu N=%zu K=%zu: `then` got %zu numbers", m.M, m.N, m.K, p.count);
}

/* a * b, + also, + bias, each of these or NULL: by one thread, and to the bit the same by
 * several. */
static void check_product(struct fences *f, unsigned long long *x, size_t M, size_t N, size_t K)
{
    const struct view a = fenced_view(f, x, M, K), b = fenced_view(f, x, K, N);
    const float *also = random_below(x, 2) ? fenced_random(f, x, M * N, 1) : NULL;
    const float *bias = random_below(x, 2) ? fenced_random(f, x, N, 1) : NULL;
    float *packed = fenced(f, packed_size(K, N));
    float *out = fenced(f, M * N), *other = fenced(f, M * N);
    struct matmul m = {.M = M, .N = N, .K = K, .out_stride = N, .a = a, .b = b, .also = also,
                       .also_stride = N, .bias = bias};

    pack_weight(packed, b, K, N);
    if (random_below(x, 2))
        m.packed = packed;
    multiply_by(f, x, m, out, 1);
    for (int threads = 2; threads < 7; threads += 1 + (int)random_below(x, 2)) {
        multiply_by(f, x, m, other, threads);
        if (memcmp(out, other, M * N * sizeof *out) != 0)
            fail_msg("M=%zu N=%zu K=%zu depends on the number of threads, %d", M, N, K, threads);
    }
    for (size_t i = 0; i < M; i += 1 + M / 40)
        for (size_t j = 0; j < N; j++) {
            struct exact_sum sum = {0, 0};

            for (size_t k = 0; k < K; k++)
                add_term(&sum, (double)element(a, i, k) * (double)element(b, k, j));
            add_term(&sum, also ? (double)also[i * N + j] : 0);
            add_term(&sum, bias ? (double)bias[j] : 0);
            if (!is_close(out[i * N + j], &sum))
                fail_msg("%zu, %zu of M=%zu N=%zu K=%zu: %.9g, not %.9g", i, j, M, N, K,
                         (double)out[i * N + j], sum.sum);
        }
}

/* Many rows, which go to threads in bands, and few: with few columns and with many. */
static void products_do_not_depend_on_threads(void **state)
{
    unsigned long long x = random_seed();
    const size_t n = random_cases(60);
    struct fences f = {.count = 0};

    (void)state;
    skip_without_avx2();
    const int before = threads_limit(0);
    print_message("%zu products by 1 to 6 threads, seed %llu\n", 2 * n, random_seed());
    for (size_t i = 0; i < n; i++) {
        f.at_end = i % 2;
        check_product(&f, &x, 1 + random_below(&x, i % 3 ? 2300 : 200), 1 + random_below(&x, 300),
                      1 + random_below(&x, i % 4 ? 30 : 1000));
        take_down(&f);
    }
    for (size_t i = 0; i < n; i++) {
        f.at_end = i % 2;
        check_product(&f, &x, 1 + random_below(&x, 140), 500 + random_below(&x, 1600),
                      1 + random_below(&x, i % 8 ? 30 : 1000));
        take_down(&f);
    }
    threads_limit(before);
}

/* A vector times a packed matrix, + also, + bias, each of them or NULL, in two parts. What is
 * between the blocks of a packed weight stays NaN. */
static void check_gemv(struct fences *f, unsigned long long *x, size_t K, size_t N)
{
    const struct view b = fenced_view(f, x, K, N);
    const float *a = fenced_random(f, x, K, 1);
    const float *also = random_below(x, 2) ? fenced_random(f, x, N, 1) : NULL;
    const float *bias = random_below(x, 2) ? fenced_random(f, x, N, 1) : NULL;
    float *packed = fenced(f, packed_size(K, N)), *out = fenced(f, N);

    pack_weight(packed, b, K, N);
    const struct gemv g = {out, a, packed, also, bias, K, N};
    const size_t parts = gemv_parts(&g), middle = random_below(x, parts);
    const struct range right = gemv(&g, (struct range){middle, parts});
    const struct range left = gemv(&g, (struct range){0, middle});
    assert_true(left.begin == 0 && left.end == right.begin && right.end == N);
    for (size_t j = 0; j < N; j++) {
        struct exact_sum sum = {0, 0};

        for (size_t k = 0; k < K; k++)
            add_term(&sum, (double)a[k] * (double)element(b, k, j));
        add_term(&sum, also ? (double)also[j] : 0);
        add_term(&sum, bias ? (double)bias[j] : 0);
        if (!is_close(out[j], &sum))
            fail_msg("column %zu of K=%zu N=%zu: %.9g, not %.9g", j, K, N, (double)out[j],
                     sum.sum);
    }
}

/* A large product goes past the caches where its result is aligned. */
static void vectors_times_packed_weights_agree(void **state)
{
    unsigned long long x = random_seed();
    const size_t n = random_cases(300);
    struct fences f = {.count = 0};

    (void)state;
    skip_without_avx2();
    print_message("%zu vectors times packed weights, seed %llu\n", n, random_seed());
    for (size_t i = 0; i < n; i++) {
        const bool large = i % 32 < 2;

        f.at_end = i % 2;
        check_gemv(&f, &x, 1 + random_below(&x, large ? 800 : i % 5 ? 60 : 1700),
                   1 + random_below(&x, large ? 1500 : 70));
        take_down(&f);
    }
}

/* -------------------------------------------------------------------- exp and tanh */

/* A third is no float. Were it rounded, all results would be too large by 3e-8; of their own
 * roundings little is left in a sum of thousands. */
static void a_scale_is_not_rounded_for_a_whole_row(void **state)
{
    enum { MANY = 4099 };
    static float x[MANY], plain[MANY], third[MANY];
    double sum_plain = 0, sum_third = 0;
    unsigned long long random = random_seed();

    (void)state;
    skip_without_avx2();
    for (size_t i = 0; i < MANY; i++)
        x[i] = (float)(2 * small_random(&random));
    scaled_exp(plain, x, 1, 1, 0, MANY);
    scaled_exp(third, x, 1, 1.0 / 3, 0, MANY);
    for (size_t i = 0; i < MANY; i++) {
        sum_plain += (double)plain[i];
        sum_third += (double)third[i];
    }
    assert_true(fabs(3 * sum_third / sum_plain - 1) < 3e-9);
}

/* All floats take minutes (make test-all-floats); here every 1009th. */
static void exp_and_tanh_are_close(void **state)
{
    (void)state;
    skip_without_avx2();
    assert_says(shell("$BUILD/tests/all_floats 1009 2> /dev/null"), 0, "PASS exp, avx2",
                "PASS exp of shares, avx2", "PASS tanh, avx2", "3 passed, 0 failed, 0 skipped",
                NULL);
    assert_refused(shell("$BUILD/tests/all_floats 0"), "all_floats: ", "1 to 2^32", NULL);
    assert_refused(shell("$BUILD/tests/all_floats 3x"), "all_floats: ", "1 to 2^32", NULL);
    assert_refused(shell("$BUILD/tests/all_floats 3 4"), "all_floats: ", "1 to 2^32", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attention_agrees_with_the_steps),
        cmocka_unit_test(attention_sees_no_later_token),
        cmocka_unit_test(one_token_agrees_with_the_last_row),
        cmocka_unit_test(optimisers_equal_the_steps),
        cmocka_unit_test(layer_norm_of_many_rows_is_that_of_each),
        cmocka_unit_test(gelu_of_many_numbers_is_that_of_each),
        cmocka_unit_test(packed_factors_hold_every_number),
        cmocka_unit_test(products_do_not_depend_on_threads),
        cmocka_unit_test(vectors_times_packed_weights_agree),
        cmocka_unit_test(a_scale_is_not_rounded_for_a_whole_row),
        cmocka_unit_test(exp_and_tanh_are_close),
    };
    return cmocka_run_group_tests(tests, begin, finish);
}
