/* test_avx2_attention.c: attention without the T x T matrix, its gradient, and attention of one
 * token, of harness/avx2, against the steps' attention in double, on random sizes. */
#undef REAL
#define REAL float       /* what is linked here works on floats */
#include "tool.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "avx2/attention_fused.h"
#include "die.h"
#include "fast.h"
#include "small_model.h"

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
    const struct written w = {fenced_floats(f, N * C), fenced_floats(f, N * s.H),
                              fenced_floats(f, N * 3 * C)};

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
    z = fenced_floats(&f, s.T * C);
    before = fenced_floats(&f, s.T * C);
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
        float *q = fenced_floats(&f, C), *z = fenced_floats(&f, C);
        float *keys = fenced_floats(&f, s.T * C), *values = fenced_floats(&f, s.T * C);
        float *scores = fenced_floats(&f, s.H * P);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attention_agrees_with_the_steps),
        cmocka_unit_test(attention_sees_no_later_token),
        cmocka_unit_test(one_token_agrees_with_the_last_row),
    };
    return cmocka_run_group_tests(tests, begin, finish);
}
