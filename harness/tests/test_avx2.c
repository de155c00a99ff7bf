/* test_avx2.c: the fast subjects on random sizes, against f64.
 *
 * Every op, forward and backward, and every use of an engine, for models whose sizes are
 * drawn at random. What a subject may err is measured: twice as much as the scalar subject
 * errs on the same numbers, and a few times as much as the exact result moves when the last
 * bits of all inputs do. Every array that
 * a fast subject is given lies between pages that must not be touched, flush with the one
 * behind it or with the one before it. Numbers that it writes begin as NaN.
 *
 * TOUCHSTONE_CASES=N draws N models instead of 120, TOUCHSTONE_SEED=N others. */
#include "tool.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "die.h"
#include "execute.h"
#include "fast.h"
#include "small_model.h"

static const char *const fast[] = {"avx2", "avx512"};
enum { FAST = sizeof fast / sizeof fast[0], TARGETS_OFF = 7 };

/* What computes the same: exactly, from inputs whose last bits were moved, and twice in
 * float. */
enum { F64, SHAKEN, SCALAR, FAST_ONE, SUBJECTS };

static const char *path_of(const char *name)
{
    static char path[256];
    const char *build = getenv("BUILD");

    snprintf(path, sizeof path, "./%s/subjects/%s.so", build ? build : "build", name);
    return path;
}

/* A fast subject, or NULL where it was not built or cannot run here. */
static const struct subject *fast_subject(size_t i)
{
    return cpu_runs(fast[i]) && access(path_of(fast[i]), R_OK) == 0
               ? subject_load(path_of(fast[i])) : NULL;
}

/* Those that it is compared with. path_of has room for one path at a time. */
static void find_subjects(const struct subject *s[SUBJECTS], const struct subject *fast_one)
{
    s[F64] = s[SHAKEN] = subject_load(path_of("f64"));
    s[SCALAR] = subject_load(path_of("scalar"));
    s[FAST_ONE] = fast_one;
}

/* ----------------------------------------------------------------- fenced arrays */

struct arrays {
    struct fences fences;
    bool shaken;   /* whether what they are filled with, as double, is moved by 2^-24 of it */
};

/* An array of a subject's width with these numbers, or with NaN. */
static void *array_of(struct arrays *a, const double *from, size_t width, size_t count)
{
    void *array = fenced(&a->fences, count * width);
    unsigned long long x = count + 1;

    if (from)
        narrow(array, from, width, count);
    for (size_t i = 0; from && a->shaken && i < count; i++)
        ((double *)array)[i] *= 1 + 0x1p-23 * small_random(&x);
    return array;
}

/* ------------------------------------------------------------------ random models */

/* Mostly small, sometimes past a block or two of what is inside a fast subject. */
static size_t random_size(unsigned long long *x, size_t usual, size_t rare)
{
    return 1 + random_below(x, random_below(x, 16) == 0 ? rare : usual);
}

/* Not fewer than `least` columns: a layer norm of two numbers leaves nearly nothing but
 * signs, and the gradient before it is what roundings leave. */
static struct graph *random_graph(unsigned long long *x, size_t layers, size_t scale,
                                  size_t least)
{
    struct config cfg = {.family = random_below(x, 2) ? GPT1 : GPT2, .ln_eps = 1e-5,
                         .n_layer = 1 + random_below(x, layers)};
    const size_t T = random_size(x, 40, 80 * scale), B = random_size(x, 3, 5);

    cfg.n_head = random_size(x, 4, 8);
    cfg.d_model = cfg.n_head * random_size(x, 20, 70 * scale);
    while (cfg.d_model < least)
        cfg.d_model += cfg.n_head;
    cfg.d_ff = random_size(x, 100, 450 * scale);
    cfg.n_vocab = 2 + random_below(x, random_below(x, 8) ? 150 : 600 * scale);
    cfg.n_ctx = T + random_below(x, 3);
    return graph_make(&cfg, B, T);
}

/* Sizes at which something begins or ends in a fast subject: one of everything, more terms
 * than a sum takes in one block, more rows and more logits than a block has. */
static const struct {
    enum family family;
    size_t H, C, F, V, B, T;
} special[] = {
    {GPT2, 1, 1, 1, 2, 1, 1},        {GPT1, 2, 780, 1601, 131, 1, 9},
    {GPT2, 2, 26, 40, 3200, 1, 270}, {GPT1, 3, 48, 1030, 130, 5, 210},
};
enum { SPECIAL = sizeof special / sizeof special[0] };

/* Case n: the special ones first. */
static struct graph *graph_of_case(unsigned long long *x, size_t n, size_t layers, size_t least)
{
    if (n >= SPECIAL || special[n].C < least)
        return random_graph(x, layers, 1 + (n % 16 == 0), least);
    return graph_make(&(struct config){.family = special[n].family, .n_layer = 1,
                                       .n_head = special[n].H, .d_model = special[n].C,
                                       .d_ff = special[n].F, .n_ctx = special[n].T,
                                       .n_vocab = special[n].V, .ln_eps = 1e-5},
                      special[n].B, special[n].T);
}

/* A model with an input: its numbers as double, exact as floats. */
struct model_case {
    struct graph *g;
    double **weight;
    int *tokens, *targets;
};

static double *random_array(unsigned long long *x, size_t count, double scale)
{
    double *a = allocate(count, sizeof *a);

    for (size_t i = 0; i < count; i++)
        a[i] = (float)(2 * scale * small_random(x));
    return a;
}

static struct model_case random_case(unsigned long long *x, struct graph *g)
{
    struct model_case c = {.g = g};
    const size_t N = c.g->B * c.g->T, V = c.g->cfg.n_vocab;

    c.weight = allocate(c.g->n_weights, sizeof *c.weight);
    for (size_t i = 0; i < c.g->n_weights; i++) {
        const struct weight *w = &c.g->weight[i];
        const double fan = w->rank == 2 ? 1.5 / sqrt((double)w->dim[0]) : 0.7;
        c.weight[i] = random_array(x, w->count, fan);
    }
    c.tokens = allocate(N, sizeof *c.tokens);
    c.targets = allocate(N, sizeof *c.targets);
    for (size_t n = 0; n < N; n++) {
        c.tokens[n] = (int)random_below(x, V);
        c.targets[n] = n && random_below(x, TARGETS_OFF) == 0 ? -1 : (int)random_below(x, V);
    }
    return c;
}

static void free_case(struct model_case *c)
{
    free_all((void **)c->weight, c->g->n_weights);
    graph_free(c->g);
    free(c->tokens);
    free(c->targets);
}

static const char *case_name(const struct graph *g)
{
    static char text[200];
    const struct config *f = &g->cfg;

    snprintf(text, sizeof text, "gpt%d L=%zu H=%zu C=%zu F=%zu V=%zu P=%zu, input [%zu, %zu]",
             f->family == GPT1 ? 1 : 2, f->n_layer, f->n_head, f->d_model, f->d_ff, f->n_vocab,
             f->n_ctx, g->B, g->T);
    return text;
}

/* ---------------------------------------------------------------------- comparison */

static double rms_of(const double *x, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    return sqrt(sum / (double)n);
}

static double rms_difference(const float *got, const double *want, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        const double d = (double)got[i] - want[i];
        sum += d * d;
    }
    return sqrt(sum / (double)n);
}

/* x: each subject's numbers, in its own width. `depth`: how many terms are summed up for
 * a number. */
static void assert_close(void *const x[SUBJECTS], size_t n, size_t depth, const char *what,
                         const struct graph *g)
{
    const double *want = x[F64], *shaken = x[SHAKEN];
    const double error = rms_difference(x[FAST_ONE], want, n), size = rms_of(want, n);
    const double scalar = rms_difference(x[SCALAR], want, n);
    double moved = 0;

    for (size_t i = 0; i < n; i++)
        moved += (shaken[i] - want[i]) * (shaken[i] - want[i]);
    moved = fmax(sqrt(moved / (double)n), 0x1p-24 * size);

    const double bound = 2 * scalar + (4 + sqrt((double)depth) / 4) * moved;
    if (!(error <= bound))
        fail_msg("%s, %s: rms error %.3g, bound %.3g, scalar's %.3g, moved %.3g", what,
                 case_name(g), error / size, bound / size, scalar / size, moved / size);
}

/* --------------------------------------------------------------------------- ops */

/* An op of one case on one subject. */
struct op_run {
    struct call call;
    void *made[MAX_OUTPUTS], *din[MAX_INPUTS], *dweight[MAX_WEIGHTS];
};

static const char *op_name(const struct graph *g, size_t first, const char *which)
{
    static char text[MAX_NAME + 32];

    snprintf(text, sizeof text, "%s of %s", which, g->node[first].name);
    return text;
}

/* Gives the call its arrays, in the subject's width. tensor: what f64 made of the case;
 * dtensor: random gradients. */
static void begin_op(struct op_run *r, struct arrays *a, const struct model_case *c,
                     size_t first, double *const tensor[], double *const dtensor[], size_t width)
{
    const struct node *node = &c->g->node[first];

    r->call = (struct call){.graph = c->g, .first = node, .tokens = c->tokens,
                            .targets = c->targets};
    for (size_t i = 0; i < node->n_in; i++) {
        const size_t count = c->g->node[node->in[i]].count;
        r->call.in[i] = array_of(a, tensor[node->in[i]], width, count);
        r->call.din[i] = r->din[i] = array_of(a, dtensor[node->in[i]], width, count);
    }
    for (size_t i = 0; i < node->n_weight; i++) {
        const size_t count = c->g->weight[node->weight[i]].count;
        r->call.weight[i] = array_of(a, c->weight[node->weight[i]], width, count);
        r->call.dweight[i] = r->dweight[i] = array_of(a, c->weight[node->weight[i]], width, count);
    }
    for (size_t i = 0; i < outputs_of(c->g, first); i++) {
        const size_t count = c->g->node[first + i].count;
        r->call.out[i] = r->made[i] = array_of(a, NULL, width, count);
        r->call.made[i] = array_of(a, tensor[first + i], width, count);
        r->call.dout[i] = array_of(a, dtensor[first + i], width, count);
    }
}

static void compare_op(const struct model_case *c, size_t first, const struct op_run r[SUBJECTS])
{
    const struct graph *g = c->g;
    const struct node *node = &g->node[first];
    const size_t N = g->B * g->T, down = N + g->T + node->depth;  /* a gradient's terms */
    void *x[SUBJECTS];

    for (size_t i = 0; i < outputs_of(g, first); i++) {
        for (size_t s = 0; s < SUBJECTS; s++)
            x[s] = r[s].made[i];
        assert_close(x, g->node[first + i].count, node->depth, op_name(g, first, "forward"), g);
    }
    for (size_t i = 0; i < node->n_in; i++) {
        for (size_t s = 0; s < SUBJECTS; s++)
            x[s] = r[s].din[i];
        assert_close(x, g->node[node->in[i]].count, down + node->count / N,
                     op_name(g, first, i ? "second gradient" : "gradient"), g);
    }
    for (size_t i = 0; i < node->n_weight; i++) {
        for (size_t s = 0; s < SUBJECTS; s++)
            x[s] = r[s].dweight[i];
        assert_close(x, g->weight[node->weight[i]].count, down,
                     op_name(g, first, i ? "second weight" : "weight"), g);
    }
}

/* Three sets of arrays are the same numbers; those of SHAKEN are moved by their last bits. */
static void run_one_op(const struct subject *const s[SUBJECTS], const struct model_case *c,
                       size_t first, double *const tensor[], double *const dtensor[],
                       bool at_end)
{
    struct arrays a = {.fences.at_end = at_end};
    struct op_run r[SUBJECTS];

    for (size_t i = 0; i < SUBJECTS; i++) {
        a.shaken = i == SHAKEN;
        begin_op(&r[i], &a, c, first, tensor, dtensor, s[i]->width);
        assert_true(s[i]->op(s[i], &r[i].call));
        assert_true(s[i]->op_backward(s[i], &r[i].call));
    }
    compare_op(c, first, r);
    take_down(&a.fences);
}

/* What f64 computes for a case, rounded to float: inputs that a model can have. */
static double **tensors_of(const struct subject *f64, const struct model_case *c)
{
    double **tensor = allocate(c->g->n_nodes, sizeof *tensor);

    for (size_t i = 0; i < c->g->n_nodes; i++)
        tensor[i] = allocate(c->g->node[i].count, sizeof **tensor);
    assert_true(f64->forward(f64, c->g, (void *const *)c->weight, c->tokens, c->targets,
                             (void *const *)tensor));
    for (size_t i = 0; i < c->g->n_nodes; i++)
        for (size_t k = 0; k < c->g->node[i].count; k++)
            tensor[i][k] = (float)tensor[i][k];
    return tensor;
}

/* Random gradients; 0 above the diagonal, as a model has them. */
static double **gradients_of(const struct model_case *c, unsigned long long *x)
{
    double **d = allocate(c->g->n_nodes, sizeof *d);

    for (size_t i = 0; i < c->g->n_nodes; i++) {
        const struct node *n = &c->g->node[i];
        const size_t T = c->g->T;

        d[i] = random_array(x, n->count, 1);
        if (n->op == OP_SCORES || n->op == OP_PATTERN)
            for (size_t k = 0; k < n->count; k++)
                if (k % T > k / T % T)
                    d[i][k] = 0;
    }
    return d;
}

static void check_ops(const struct subject *fast_one, size_t count)
{
    const struct subject *s[SUBJECTS];
    unsigned long long x = random_seed();

    find_subjects(s, fast_one);
    for (size_t n = 0; n < count; n++) {
        struct model_case c = random_case(&x, graph_of_case(&x, n, 1, 1));
        double **tensor = tensors_of(s[F64], &c), **dtensor = gradients_of(&c, &x);

        for (size_t i = 0; i < c.g->n_nodes; i += outputs_of(c.g, i))
            run_one_op(s, &c, i, tensor, dtensor, (n + i) % 2);
        free_all((void **)tensor, c.g->n_nodes);
        free_all((void **)dtensor, c.g->n_nodes);
        free_case(&c);
    }
}

/* ----------------------------------------------------------------------- engines */

/* What an engine made of a case. */
struct engine_run {
    double loss, lean_loss;       /* of a pass that was kept, and of one that was not */
    void *logits, *lean_logits;   /* [B, T, V] */
    void *decoded;                /* [T, V] the first text, token by token */
    void **dweight;
};

static struct engine_run run_engine(const struct subject *s, struct arrays *a,
                                    const struct model_case *c, int threads)
{
    const struct graph *g = c->g;
    const size_t N = g->B * g->T, V = g->cfg.n_vocab, width = s->width;
    struct engine_run r = {.dweight = allocate(g->n_weights, sizeof *r.dweight)};
    void **weight = allocate(g->n_weights, sizeof *weight);
    int *tokens = fenced(&a->fences, N * sizeof *tokens);
    int *targets = fenced(&a->fences, N * sizeof *targets);

    memcpy(tokens, c->tokens, N * sizeof *tokens);
    memcpy(targets, c->targets, N * sizeof *targets);
    for (size_t i = 0; i < g->n_weights; i++) {
        weight[i] = array_of(a, c->weight[i], width, g->weight[i].count);
        r.dweight[i] = array_of(a, NULL, width, g->weight[i].count);
    }
    r.logits = array_of(a, NULL, width, N * V);
    r.lean_logits = array_of(a, NULL, width, N * V);
    r.decoded = array_of(a, NULL, width, g->T * V);

    struct engine *e = s->engine->open(g, weight, threads);
    assert_non_null(e);
    assert_true(s->engine->threads(e) >= 1);
    r.loss = s->engine->forward(e, tokens, targets, r.logits, true);
    s->engine->backward(e, tokens, targets, r.dweight);
    r.lean_loss = s->engine->forward(e, tokens, targets, NULL, false);
    assert_true(s->engine->forward(e, tokens, NULL, r.lean_logits, false) == 0);
    for (size_t t = 0; t < g->T; t++)
        s->engine->decode(e, (char *)r.decoded + t * V * width, t, tokens[t]);
    s->engine->close(e);
    free(weight);
    return r;
}

static void compare_engines(const struct model_case *c, struct engine_run r[SUBJECTS])
{
    const struct graph *g = c->g;
    const size_t N = g->B * g->T, V = g->cfg.n_vocab;
    const size_t depth = 16 * g->cfg.n_layer * (g->cfg.d_model + g->cfg.d_ff);
    float one = (float)r[FAST_ONE].loss, scalar = (float)r[SCALAR].loss;
    void *x[SUBJECTS] = {&r[F64].loss, &r[SHAKEN].loss, &scalar, &one};

    assert_close(x, 1, depth, "loss", g);
    assert_true(r[FAST_ONE].loss == r[FAST_ONE].lean_loss);
    for (size_t s = 0; s < SUBJECTS; s++)
        x[s] = r[s].logits;
    assert_close(x, N * V, depth, "logits", g);
    assert_memory_equal(r[FAST_ONE].logits, r[FAST_ONE].lean_logits, N * V * sizeof(float));
    for (size_t s = 0; s < SUBJECTS; s++)
        x[s] = r[s].decoded;
    assert_close(x, g->T * V, depth, "decoded logits", g);
    for (size_t i = 0; i < g->n_weights; i++) {
        for (size_t s = 0; s < SUBJECTS; s++)
            x[s] = r[s].dweight[i];
        assert_close(x, g->weight[i].count, depth + N, g->weight[i].name, g);
    }
}

/* To the bit, whatever the number of threads. */
static void assert_same(const struct graph *g, const struct engine_run *a,
                        const struct engine_run *b)
{
    const size_t N = g->B * g->T, V = g->cfg.n_vocab;

    assert_true(a->loss == b->loss && a->lean_loss == b->lean_loss);
    assert_memory_equal(a->logits, b->logits, N * V * sizeof(float));
    assert_memory_equal(a->decoded, b->decoded, g->T * V * sizeof(float));
    for (size_t i = 0; i < g->n_weights; i++)
        if (memcmp(a->dweight[i], b->dweight[i], g->weight[i].count * sizeof(float)) != 0)
            fail_msg("%s of %s depends on the number of threads", g->weight[i].name,
                     case_name(g));
}

static void check_engines(const struct subject *fast_one, size_t count)
{
    const struct subject *s[SUBJECTS];
    unsigned long long x = random_seed() + 1;

    find_subjects(s, fast_one);
    for (size_t n = 0; n < count; n++) {
        struct model_case c = random_case(&x, graph_of_case(&x, n, 3, 5));
        struct arrays a = {.fences.at_end = n % 2};
        struct engine_run r[SUBJECTS], other;

        for (size_t i = 0; i < SUBJECTS; i++) {
            a.shaken = i == SHAKEN;
            r[i] = run_engine(s[i], &a, &c, 1);
        }
        other = run_engine(fast_one, &a, &c, 2);
        compare_engines(&c, r);
        assert_same(c.g, &r[FAST_ONE], &other);
        take_down(&a.fences);
        for (size_t i = 0; i < SUBJECTS; i++)
            free(r[i].dweight);
        free(other.dweight);
        free_case(&c);
    }
}

/* Weights that have changed: an engine that is told so answers as a new one does. */
static void check_refresh(const struct subject *s)
{
    unsigned long long x = random_seed() + 2;
    struct model_case c = random_case(&x, random_graph(&x, 2, 1, 5));
    struct arrays a = {.fences.at_end = true};
    const struct engine_run want = run_engine(s, &a, &c, 2);
    const size_t N = c.g->B * c.g->T, V = c.g->cfg.n_vocab;
    void **weight = allocate(c.g->n_weights, sizeof *weight);
    float *logits = fenced(&a.fences, N * V * sizeof *logits);

    for (size_t i = 0; i < c.g->n_weights; i++) {
        weight[i] = fenced(&a.fences, c.g->weight[i].count * sizeof(float));
        memset(weight[i], 0, c.g->weight[i].count * sizeof(float));
    }
    struct engine *e = s->engine->open(c.g, weight, 2);
    assert_non_null(e);
    for (int keep = 0; keep < 2; keep++) {
        for (size_t i = 0; i < c.g->n_weights; i++)
            memset(weight[i], 0, c.g->weight[i].count * sizeof(float));
        s->engine->refresh(e);
        s->engine->forward(e, c.tokens, c.targets, logits, false);
        for (size_t i = 0; i < c.g->n_weights; i++)
            narrow(weight[i], c.weight[i], sizeof(float), c.g->weight[i].count);
        s->engine->refresh(e);
        assert_true(s->engine->forward(e, c.tokens, c.targets, logits, keep) == want.loss);
        assert_memory_equal(logits, want.logits, N * V * sizeof *logits);
    }
    s->engine->close(e);
    free(weight);
    free(want.dweight);
    take_down(&a.fences);
    free_case(&c);
}

/* ------------------------------------------------------------------ no memory left */

#ifdef __has_feature
#define SANITIZED_THREADS __has_feature(thread_sanitizer)  /* clang's way to say so */
#else
#define SANITIZED_THREADS 0
#endif

/* Lowers the limit of the process to what it has, or takes that back. */
static void allow_more_memory(bool more)
{
    static struct rlimit before;
    struct rlimit now;
    size_t pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");

    assert_non_null(f);
    assert_int_equal(fscanf(f, "%zu", &pages), 1);
    fclose(f);
    if (!more)
        assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    now = before;
    if (!more)
        now.rlim_cur = pages * (size_t)sysconf(_SC_PAGESIZE);
    assert_int_equal(setrlimit(RLIMIT_AS, &now), 0);
}

/* The linear map of a model with 5 MB to pack: an op that finds no memory for it goes on
 * without, so its result is right and differs in the last bits. */
static void check_without_memory(const struct subject *s, size_t count)
{
    const struct config cfg = {GPT2, 1, 1, 1250, 16, 1000, 8, 1e-5};
    unsigned long long x = random_seed() + 3;
    struct model_case c = random_case(&x, graph_make(&cfg, 1, 1000));
    double **tensor = gradients_of(&c, &x);
    const size_t first = graph_find(c.g, "h.0/mlp_pre"), n = c.g->node[first].count;
    struct arrays arrays = {.fences.at_end = true};
    struct op_run packed, plain;
    double size = 0, apart = 0;

    (void)count;
    begin_op(&packed, &arrays, &c, first, tensor, tensor, sizeof(float));
    begin_op(&plain, &arrays, &c, first, tensor, tensor, sizeof(float));
    assert_true(s->op(s, &packed.call));
    allow_more_memory(false);
    const bool ok = s->op(s, &plain.call);
    allow_more_memory(true);
    assert_true(ok);
    for (size_t i = 0; i < n; i++) {
        const double a = ((float *)packed.made[0])[i], b = ((float *)plain.made[0])[i];
        size += a * a;
        apart += (a - b) * (a - b);
    }
    assert_true(apart > 0 && apart < 1e-12 * size);
    take_down(&arrays.fences);
    free_all((void **)tensor, c.g->n_nodes);
    free_case(&c);
}

/* ------------------------------------------------------------------------- tests */

/* Runs a check on every fast subject that is there; without one the test is skipped. */
static void on_each(void check(const struct subject *, size_t), size_t usual)
{
    const size_t count = usual == 1 ? 1 : random_cases(usual);
    size_t ran = 0;

    for (size_t i = 0; i < FAST; i++) {
        const struct subject *s = fast_subject(i);
        if (s) {
            print_message("%s: %zu models, TOUCHSTONE_SEED=%llu\n", fast[i], count, random_seed());
            check(s, count);
            ran++;
        }
    }
    if (!ran)
        skip();
}

static void refresh_once(const struct subject *s, size_t count)
{
    (void)count;
    check_refresh(s);
}

static void a_product_needs_no_memory(void **state)
{
    (void)state;
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__ || SANITIZED_THREADS
    skip();  /* its malloc gives up instead of returning NULL */
#endif
    on_each(check_without_memory, 1);
}

static void ops_agree_with_f64(void **state)
{
    (void)state;
    on_each(check_ops, 120);
}

static void engines_agree_with_f64(void **state)
{
    (void)state;
    on_each(check_engines, 60);
}

static void an_engine_takes_new_weights(void **state)
{
    (void)state;
    on_each(refresh_once, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_product_needs_no_memory),  /* first: nothing has been freed yet */
        cmocka_unit_test(ops_agree_with_f64),
        cmocka_unit_test(engines_agree_with_f64),
        cmocka_unit_test(an_engine_takes_new_weights),
    };
    return cmocka_run_group_tests(tests, begin, finish);
}
