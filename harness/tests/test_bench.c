/* test_bench.c: the command bench: what it counts, whom it refuses, what it writes. No
 * test depends on how long anything took. */
#include "tool.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/bench_model.h"
#include "bench/bench_verify.h"
#include "die.h"
#include "shapes.h"
#include "small_model.h"

static void assert_equal(double got, double want)
{
    if (!(fabs(got - want) <= 1e-12 * fabs(want)))
        fail_msg("%.17g instead of %.17g", got, want);
}

/* ------------------------------------------------------------------------- counting */

static struct work sum_of_ops(const struct graph *g, bool backward)
{
    struct work sum = {0};

    for (size_t i = 0; i < g->n_nodes; i++)
        if (g->node[i].out == 0)
            sum.products += op_work(g, i, backward, 4).products;
    return sum;
}

/* 2 (12 (3 768^2 + 768^2 + 2 768 3072) + 768 50257), and for each token and key that it
 * sees 12 4 768. */
static void a_token_of_gpt2_takes_247_million(void **state)
{
    struct graph *g = graph_make(shape_find("--like", "gpt2"), 1, 1);

    (void)state;
    assert_equal(whole_work(g, WHOLE_FORWARD, 0, 4).products, 247064064 + 36864);
    assert_equal(whole_work(g, WHOLE_DECODE, 1, 4).products, 247064064 + 36864);
    assert_equal(whole_work(g, WHOLE_DECODE, 256, 4).products, 247064064 + 256 * 36864);
    assert_equal(whole_work(g, WHOLE_PREFILL, 0, 4).products, 247064064 + 36864);
    graph_free(g);
    assert_says(shell("touchstone bench --like gpt2 --batch 1 --length 1 --counts"), 0,
                "linear maps, forward: 247064064 operations a token",
                "attention, forward: 36864 operations for each token and key that it sees", NULL);
}

/* T = 3 sees 1 + 2 + 3 keys. */
static void attention_counts_the_visible_half(void **state)
{
    struct graph *g = graph_make(shape_find("--like", "gpt2"), 2, 3);
    const size_t scores = graph_find(g, "h.5/scores"), mix = graph_find(g, "h.5/z");

    (void)state;
    assert_equal(op_work(g, scores, false, 4).products, 2 * 2 * 768 * 6);
    assert_equal(op_work(g, mix, false, 4).products, 2 * 2 * 768 * 6);
    assert_equal(op_work(g, mix, true, 4).products, 2 * 2 * 2 * 768 * 6);
    assert_equal(whole_work(g, WHOLE_FORWARD, 0, 4).products, 6.0 * 247064064 + 2 * 6 * 36864);
    assert_equal(whole_work(g, WHOLE_PREFILL, 0, 4).products,
                 3.0 * 247064064 - 2 * 2 * 768 * 50257 + 6 * 36864);
    graph_free(g);
}

static void a_whole_is_the_sum_of_its_ops(void **state)
{
    (void)state;
    for (const struct shape *s = shapes; s->name; s++) {
        struct graph *g = graph_make(&s->cfg, 3, 7);

        assert_equal(sum_of_ops(g, false).products, whole_work(g, WHOLE_FORWARD, 0, 4).products);
        assert_equal(sum_of_ops(g, true).products, whole_work(g, WHOLE_BACKWARD, 0, 4).products);
        assert_equal(whole_work(g, WHOLE_BOTH, 0, 4).products,
                     3 * whole_work(g, WHOLE_FORWARD, 0, 4).products);
        assert_equal(whole_work(g, WHOLE_TRAIN_STEP, 0, 4).products,
                     whole_work(g, WHOLE_BOTH, 0, 4).products);
        graph_free(g);
    }
}

/* 124,439,808 parameters, of which 1024 768 are positions. */
static void bytes_are_those_of_the_weights(void **state)
{
    struct graph *g = graph_make(shape_find("--like", "gpt2"), 1, 1);
    const struct work decode = whole_work(g, WHOLE_DECODE, 1, 4);
    const struct work adamw = whole_work(g, WHOLE_ADAMW, 0, 4);
    const size_t fc = graph_find(g, "h.0/mlp_pre"), gelu = graph_find(g, "h.0/mlp_post");

    (void)state;
    assert_equal(decode.read + decode.written, 4.0 * (124439808 - 1024 * 768));
    assert_equal(adamw.read, 4.0 * 4 * 124439808);
    assert_equal(adamw.written, 3.0 * 4 * 124439808);
    assert_equal(op_work(g, fc, false, 4).read, 4.0 * (768 + 768 * 3072 + 3072));
    assert_equal(op_work(g, fc, false, 4).written, 4.0 * 3072);
    assert_equal(op_work(g, gelu, false, 8).read, 8.0 * 3072);
    assert_equal(op_work(g, gelu, true, 4).read, 3 * 4.0 * 3072);
    graph_free(g);
}

/* --------------------------------------------------------------------------- timing */

static void times_have_a_median_and_quartiles(void **state)
{
    double odd[] = {5, 1, 3, 2, 4}, even[] = {4, 1, 3, 2}, one[] = {7};
    const struct timing a = timing_of(odd, 5), b = timing_of(even, 4), c = timing_of(one, 1);

    (void)state;
    assert_equal(a.median, 3);
    assert_equal(a.min, 1);
    assert_equal(a.low, 2);
    assert_equal(a.high, 4);
    assert_equal(b.median, 2.5);
    assert_int_equal(b.samples, 4);
    assert_equal(c.median, 7);
    assert_equal(c.high, 7);
}

static void limits_agree_within_a_tenth(void **state)
{
    const struct limits a = {.operations = 100}, b = {.operations = 91}, c = {.operations = 89};
    const struct limits d = {.operations = 100, .bytes = 50}, e = {.operations = 100, .bytes = 40};

    (void)state;
    assert_true(limits_agree(&a, &b));
    assert_false(limits_agree(&a, &c));
    assert_false(limits_agree(&c, &a));
    assert_false(limits_agree(&d, &e));
}

/* Later, as far as looks can tell. */
static void wait_for_looks(struct looks *l, double seconds)
{
    l->last -= seconds;
    l->start -= seconds;
}

/* On the way a look is taken when the last was long ago; what they take is not the work's time. */
static void limits_are_looked_at_on_the_way(void **state)
{
    struct machine machine = machine_open();
    const struct pace pace = {&machine, LIMIT_OPERATIONS, VECTORS_PLAIN, 1, 0};
    struct looks looks = looks_begin(&pace);

    (void)state;
    wait_for_looks(&looks, -1000);
    looks_go_on(&looks);
    assert_int_equal(looks.n, 1);
    wait_for_looks(&looks, 1000);
    for (size_t n = 2; n < 4; n++) {
        wait_for_looks(&looks, 1000);
        looks_go_on(&looks);
        assert_int_equal(looks.n, n);
    }
    looks.seconds += 500;
    assert_true(looks_seconds(&looks) >= 1500 && looks_seconds(&looks) < 1600);
    looks.sum.operations += 4e15;
    const struct timed t = looks_end(&looks);
    assert_int_equal(looks.n, 4);
    assert_true(t.before.operations > 0 && t.after.operations > 0);
    assert_true(t.mean.operations > 1e15 && t.mean.operations < 2e15);
    assert_true(t.mean.fed > 0 && t.mean.fed < 1e15);
    assert_equal(t.mean.bytes, 0);
    machine_close(&machine);
}

/* What a bare loop reads on the average is some of what it reads at best, and not more. */
static void reading_has_an_average(void **state)
{
    struct machine machine = machine_open();

    (void)state;
    for (int slices = 1; slices < 5; slices++) {
        const struct limits l = machine_limits(&machine, LIMIT_BYTES, VECTORS_PLAIN, 1, slices);
        assert_true(slices == 1 ? l.reading == l.bytes : l.reading <= l.bytes);
        assert_true(l.reading > 0.05 * l.bytes);
        assert_equal(l.fed, 0);
    }
    machine_close(&machine);
}

/* Where both limits around a timing are far below the best one, it is marked. */
static void low_limits_are_marked(void **state)
{
    const struct subject subject = {.width = 4};
    const struct contender c = {.subject = &subject, .name = "one", .threads = 1};
    const struct work w = {.read = 1e9};
    struct bench b = {.one = {.bytes = 20e9}};
    struct timed t = {.before = {.bytes = 14e9}, .after = {.bytes = 14.5e9}};

    (void)state;
    assert_true(add_entry(&b, &c, "decode", -1, "forward", &w, true, &t, 0)->unsteady);
    assert_true(b.entry[0].low_limit);
    t.after.bytes = 15.5e9;
    assert_false(add_entry(&b, &c, "decode", -1, "forward", &w, true, &t, 0)->unsteady);
    t.before.bytes = t.after.bytes = 30e9;
    assert_false(add_entry(&b, &c, "decode", -1, "forward", &w, true, &t, 0)->unsteady);
    t.before.bytes = t.after.bytes = 22e9;
    assert_true(add_entry(&b, &c, "decode", -1, "forward", &w, true, &t, 0)->unsteady);
    free(b.entry);
}

/* Bursts are sums of known length: of twelve sums of `lanes` numbers each. Where they are fed, by
 * 4096 / (2 lanes) k again and again: the first number of the right factor meets 6 rows, the last
 * one of the left 2 registers. */
static void every_kind_of_vectors_computes(void **state)
{
    static unsigned char memory[1024] __attribute__((aligned(64)));
    static float operands[OPERANDS] __attribute__((aligned(64)));
    static const float lanes[] = {4, 8, 16};

    (void)state;
    for (enum vectors v = VECTORS_PLAIN; v <= widest_vectors(); v++) {
        assert_equal((double)fma_burst(v), 24);  /* x / 2 + 1 comes to 2 */
        assert_equal(burst_operations(v), 2.0 * 4096 * 12 * (double)lanes[v]);
        memory[0] = 5;
        assert_int_equal(read_burst(v, memory, sizeof memory), 5);

        const size_t depth = 4096 / (2 * (size_t)lanes[v]), last = 4096 + 6 * depth - 1;
        for (size_t i = 0; i < OPERANDS; i++)
            operands[i] = 0.5f;
        const double all = 12 * 4096 * 0.25, times = 4096 / (double)depth;
        assert_equal((double)fed_burst(v, operands), all);
        operands[0] += 1;
        assert_equal((double)fed_burst(v, operands), all + 6 * 0.5 * times);
        operands[0] -= 1;
        operands[last] += 1;
        assert_equal((double)fed_burst(v, operands), all + 2 * 0.5 * times);
    }
}

/* ------------------------------------------------------------------- who is refused */

static const struct subject *honest;  /* the scalar subject, inside the dishonest one */
static struct engine_ops engine;      /* its engine, but for what a test replaces */

static double forward_scaled(struct engine *e, const int *tokens, const int *targets,
                             void *logits, bool keep)
{
    const double loss = honest->engine->forward(e, tokens, targets, logits, keep);

    if (logits)
        ((float *)logits)[3] *= 1.01f;
    return loss;
}

static double forward_other_loss(struct engine *e, const int *tokens, const int *targets,
                                 void *logits, bool keep)
{
    return 1.001 * honest->engine->forward(e, tokens, targets, logits, keep);
}

static void backward_forgets(struct engine *e, const int *tokens, const int *targets,
                             void *const dweight[])
{
    honest->engine->backward(e, tokens, targets, dweight);
    ((float *)dweight[1])[0] = NAN;
}

static void adamw_idles(struct engine *e, void *weight, void *mean, void *square,
                        const void *dweight, const struct adam *o, size_t n)
{
    (void)e, (void)weight, (void)mean, (void)square, (void)dweight, (void)o, (void)n;
}

static void decode_without_a_past(struct engine *e, void *logits, size_t position, int token)
{
    if (position > 0 && logits)
        honest->engine->decode(e, logits, 0, token);
}

static void linear_scaled(struct engine *e, size_t node, const void *in, void *out)
{
    honest->engine->linear(e, node, in, out);
    ((float *)out)[3] *= 1.01f;
}

static bool op_idles(const struct subject *self, const struct call *c)
{
    (void)self;
    (void)c;
    return true;
}

/* Verifies `s` on a small random model. */
static struct verdict verdict_on(const struct subject *s, const struct subject *f64)
{
    static const struct options all = {.quiet = true, .forward = true, .backward = true,
                                       .step = -1, .layer = -1};
    struct runner r = small_runner(GPT2, "scalar");
    const struct bench b = {.options = &all, .name = "small", .threads = 1,
                            .graph = (struct graph *)(size_t)r.graph,
                            .weight = (float **)r.weight, .tokens = (int *)(size_t)small_tokens,
                            .targets = (int *)(size_t)small_targets};
    const struct contender c = {.subject = s, .name = "dishonest", .threads = 1,
                                .weight = r.weight};
    struct truth *t = truth_make(&b, f64);
    const struct verdict v = verify(t, &c);

    truth_free(t);
    small_runner_free(&r);
    return v;
}

static void the_wrong_are_found(void **state)
{
    struct runner scalar = small_runner(GPT2, "scalar"), f64 = small_runner(GPT2, "f64");
    struct runner fast = small_runner(GPT2, "avx2");  /* or scalar, where the CPU lacks it */
    struct subject s = *scalar.subject;
    struct verdict v;

    (void)state;
    honest = scalar.subject;
    s.engine = &engine;
    engine = *honest->engine;
    v = verdict_on(&s, f64.subject);
    assert_true(v.worst <= 1 && v.compared > 100);

#define REPLACED(what, by, says)                     \
    engine = *honest->engine;                        \
    engine.what = by;                                \
    v = verdict_on(&s, f64.subject);                 \
    assert_false(v.worst <= 1);                      \
    if (!strstr(v.where, says))                      \
        fail_msg("`%s` is not in: %s", says, v.where)

    REPLACED(forward, forward_scaled, "logits");
    REPLACED(forward, forward_other_loss, "loss");
    REPLACED(backward, backward_forgets, "grad/wpe");
    REPLACED(adamw, adamw_idles, "adamw");
    REPLACED(decode, decode_without_a_past, "decode");
    if (fast.subject->engine->linear) {
        const struct verdict right = verdict_on(fast.subject, f64.subject);
        assert_true(right.worst <= 1 && right.compared > v.compared);
        honest = fast.subject;
        REPLACED(linear, linear_scaled, "ready ");
        honest = scalar.subject;
    }
#undef REPLACED
    engine = *honest->engine;
    s.op = op_idles;
    assert_false(verdict_on(&s, f64.subject).worst <= 1);
    s = *honest;
    s.op_backward = op_idles;
    assert_false(verdict_on(&s, f64.subject).worst <= 1);
    small_runner_free(&scalar);
    small_runner_free(&f64);
    small_runner_free(&fast);
}

static void the_wrong_are_not_timed(void **state)
{
    (void)state;
    assert_says(shell("BREAK_INNER=./$BUILD/subjects/f64.so BREAK=scaled "
                      "BREAK_TENSOR=h.0/mlp_pre touchstone bench --model $F/gpt2-pocket.model.h5 "
                      "--op mlp_pre,mlp_post --time 1 --subject ./$BUILD/tests/broken.so,"
                      "scalar --tsv $T/wrong.tsv"), 1,
                "broken: WRONG, not timed: op h.0/mlp_pre, rms error",
                "4 timings of 1 subjects", "1 subjects wrong", NULL);
    assert_int_equal(shell("grep -c broken $T/wrong.tsv")->code, 1);
}

/* ----------------------------------------------------------------------- the options */

static const struct {
    const char *options, *words;
} misuses[] = {
    {"", "bench needs --model M or --like NAME"},
    {"--like gpt2 --model x", "bench needs --model M or --like NAME"},
    {"--like gpt5", "--like gpt5: no published shape has that name"},
    {"--like gpt2 --batch 0", "--batch: `0` is not a whole number"},
    {"--like gpt2 --length 1025", "--length: `1025` is not a whole number from 1 to 1024"},
    {"--like gpt2 --threads none", "--threads: `none`"},
    {"--like gpt2 --time 0", "--time: `0`"},
    {"--like gpt2 --op fly", "--op fly: is not known; there are forward backward"},
    {"--like gpt2 --layer 12", "--layer 12: there is no such layer"},
    {"--like gpt2 --step 01", "--step 01: no tensor is made by that step"},
    {"--like gpt2 --step 06 --direction backward", "together select nothing"},
    {"--like gpt2 --layer 1 --op forward", "together select nothing"},
    {"--like gpt2 --tensor x", "--tensor x: there is no such tensor"},
    {"--like gpt2 --subject fast", "--subject fast: there is none of that name"},
    {"--like gpt2 --golden x", "unknown option --golden"},
    {"--model /nowhere/x --counts", "/nowhere/x"},
    {"--like gpt3", "--like gpt3: this needs about"},
};

static void usage_errors_are_one_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof misuses / sizeof misuses[0]; i++)
        assert_refused(shell("touchstone bench %s", misuses[i].options), misuses[i].words, NULL);
}

/* ----------------------------------------------------------------------- the results */

/* A quick bench of the pocket model. */
#define POCKET "touchstone bench --model $F/gpt2-pocket.model.h5 --batch 1 --time 1 " \
               "--subject scalar "

static bool has_entry(const json_t *entries, const char *op, int layer, const char *direction)
{
    size_t i;
    json_t *e;

    json_array_foreach(entries, i, e)
        if (strcmp(json_string_value(json_object_get(e, "op")), op) == 0 &&
            json_integer_value(json_object_get(e, "layer")) == layer &&
            strcmp(json_string_value(json_object_get(e, "direction")), direction) == 0)
            return true;
    return false;
}

static void check_entry(const json_t *e)
{
    static const char *const numbers[] = {"seconds_median", "seconds_min", "gflops",
                                          "gbytes_per_s", "share_of_peak"};

    assert_string_equal(json_string_value(json_object_get(e, "subject")), "scalar");
    assert_int_equal(json_integer_value(json_object_get(e, "threads")), 1);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        const json_t *x = json_object_get(e, numbers[i]);
        if (!json_is_real(x) || !(json_real_value(x) >= 0))
            fail_msg("%s of %s is no number", numbers[i],
                     json_string_value(json_object_get(e, "op")));
    }
    assert_true(json_real_value(json_object_get(e, "seconds_min")) <=
                json_real_value(json_object_get(e, "seconds_median")));
    const bool reads = strcmp(json_string_value(json_object_get(e, "limit")), "read") == 0;
    const double rate = json_real_value(json_object_get(e, reads ? "gbytes_per_s" : "gflops"));
    const double share = json_real_value(json_object_get(e, "share_of_peak"));
    const double limit = json_real_value(json_object_get(e, "limit_mean"));
    assert_true(fabs(share * limit - rate) <= 1e-6 * rate);
}

static void the_json_has_every_op_and_whole(void **state)
{
    static const char *const blocks[] = {"resid_pre", "ln_1", "qkv", "scores", "pattern", "z",
                                         "attn_out", "resid_mid", "ln_2", "mlp_pre", "mlp_post",
                                         "mlp_out", "resid_post"};
    static const char *const outside[] = {"tok_embed", "pos_embed", "ln_f", "logits", "loss"};
    static const char *const wholes[][2] = {
        {"forward", "forward"}, {"backward", "backward"}, {"forward_backward", "both"},
        {"train_step", "both"}, {"adamw", "both"}, {"prefill", "forward"}, {"decode", "forward"}};
    static const char *const machine[] = {"peak_gflops", "read_gbytes_per_s"};
    json_t *e;
    size_t i;

    (void)state;
    assert_says(shell(POCKET "--json $T/bench.json --seed 3 --quiet"), 0,
                "subjects wrong", NULL);
    json_t *root = json_load_file(file("bench.json"), 0, NULL);
    assert_non_null(root);
    const json_t *entries = json_object_get(root, "entries");
    for (i = 0; i < sizeof machine / sizeof machine[0]; i++) {
        const json_t *limit = json_object_get(root, machine[i]);
        assert_true(json_real_value(json_object_get(limit, "one_core")) > 0);
        assert_true(json_real_value(json_object_get(limit, "all_cores")) > 0);
    }
    assert_int_equal(json_integer_value(json_object_get(root, "seed")), 3);
    json_array_foreach(entries, i, e)
        check_entry(e);
    for (int back = 0; back < 2; back++) {
        const char *direction = back ? "backward" : "forward";
        for (i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
            assert_true(has_entry(entries, blocks[i], 0, direction));
        for (i = 0; i < sizeof outside / sizeof outside[0]; i++)
            assert_true(has_entry(entries, outside[i], -1, direction));
    }
    for (i = 0; i < sizeof wholes / sizeof wholes[0]; i++)
        assert_true(has_entry(entries, wholes[i][0], -1, wholes[i][1]));
    assert_int_equal(json_array_size(entries), 2 * 18 + 7);
    json_decref(root);
}

/* The second subject is verified on the weights that the first has trained on. */
static void training_leaves_the_weights_alone(void **state)
{
    (void)state;
    assert_says(shell("touchstone bench --model $F/gpt1-pocket.model.h5 --time 100 --op train_step "
                      "--subject scalar,f64"), 0, "2 timings of 2 subjects", NULL);
}

static void only_what_is_asked_for_is_timed(void **state)
{
    (void)state;
    assert_says(shell("touchstone bench --model $F/gpt1-odd.model.h5 --batch 2 --length 3 "
                      "--time 1 --subject f64 --every-layer --op qkv --direction forward "
                      "--tsv - | cut -f 4-7 | sort -u"), 0,
                "f64\tqkv\t0\tforward\n", "f64\tqkv\t1\tforward\n", NULL);
    assert_says(shell(POCKET "--step 06 | tail -n 1"), 0, "timings of 1 subjects", NULL);
    assert_says(shell(POCKET "--step 06 --tsv - 2>/dev/null | cut -f 5 | sort -u | xargs"), 0,
                "decode op prefill\n", NULL);
}

static void without_a_place_to_write_it_says_so(void **state)
{
    (void)state;
    assert_refused(shell(POCKET "--op qkv --quiet --json - 2>$T/said > /dev/full; code=$?; "
                         "tail -n 1 $T/said >&2; exit $code"),
                   "--json: standard output cannot be written", NULL);
    assert_refused(shell("ulimit -f 1; " POCKET "--layer 0 --quiet --tsv $T/none.tsv"),
                   "none.tsv cannot be written", NULL);
    assert_refused(shell(POCKET "--op qkv --quiet > /dev/full"),
                   "standard output cannot be written", NULL);
    assert_int_equal(shell("ls $T/none*")->code, 2);
}

/* --------------------------------------------------------------------- an older CPU */

static void without_avx2_scalar_goes_on(void **state)
{
    (void)state;
    if (getenv("SANITIZED") || shell("command -v qemu-x86_64")->code != 0) {
        print_message("skipped: needs qemu-x86_64 (make setup-dev), and no sanitizer\n");
        skip();
    }
    assert_says(shell("qemu-x86_64 -cpu Nehalem $BUILD/touchstone check --subject avx2 --quiet "
                      "--model $F/gpt2-a.model.h5 --golden $F/gpt2-a.golden.h5 2>&1"), 0,
                "avx2: this CPU has no AVX2: going on with scalar", " passed, 0 failed", NULL);
    assert_says(shell("qemu-x86_64 -cpu Nehalem $BUILD/touchstone bench --subject scalar,avx2 "
                      "--model $F/gpt2-pocket.model.h5 --time 1 --op qkv,forward 2>&1"), 0,
                "avx2: this CPU has no AVX2: going on with scalar", "multiply-adds",
                "3 timings of 1 subjects", NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_of_gpt2_takes_247_million),
        cmocka_unit_test(attention_counts_the_visible_half),
        cmocka_unit_test(a_whole_is_the_sum_of_its_ops),
        cmocka_unit_test(bytes_are_those_of_the_weights),
        cmocka_unit_test(times_have_a_median_and_quartiles),
        cmocka_unit_test(limits_agree_within_a_tenth),
        cmocka_unit_test(limits_are_looked_at_on_the_way),
        cmocka_unit_test(reading_has_an_average),
        cmocka_unit_test(low_limits_are_marked),
        cmocka_unit_test(every_kind_of_vectors_computes),
        cmocka_unit_test(the_wrong_are_found),
        cmocka_unit_test(the_wrong_are_not_timed),
        cmocka_unit_test(usage_errors_are_one_line),
        cmocka_unit_test(the_json_has_every_op_and_whole),
        cmocka_unit_test(training_leaves_the_weights_alone),
        cmocka_unit_test(only_what_is_asked_for_is_timed),
        cmocka_unit_test(without_a_place_to_write_it_says_so),
        cmocka_unit_test(without_avx2_scalar_goes_on),
    };

    return cmocka_run_group_tests(tests, begin, finish);
}
