/* test_diagnosis.c: wrong tensors are recognised, known mistakes named, and what is merely
 * noise gets no name. */
#include "tool.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backprop.h"
#include "diagnosis/recognise.h"
#include "die.h"
#include "files/store.h"
#include "small_model.h"

/* ------------------------------------------------------------------------ recognisers */

/* The tensors of a small GPT-2, all right, and one of them changed. */
struct scene {
    struct runner run;
    double **tensor;
    const struct node *node;
    size_t i;
    const double *want;
    double *got;
};

static struct scene scene_of(const char *name)
{
    struct scene s = {.run = small_runner(GPT2, "f64")};

    s.tensor = run_chain(&s.run, small_tokens, small_targets);
    s.i = graph_find(s.run.graph, name);
    assert_true(s.i < s.run.graph->n_nodes);
    s.node = &s.run.graph->node[s.i];
    s.want = s.tensor[s.i];
    s.got = allocate(s.node->count, sizeof *s.got);
    memcpy(s.got, s.want, s.node->count * sizeof *s.got);
    return s;
}

static void scene_free(struct scene *s)
{
    free(s->got);
    free_all((void **)s->tensor, s->run.graph->n_nodes);
    small_runner_free(&s->run);
}

static const double *input(const struct scene *s, size_t k)
{
    return s->tensor[s->node->in[k]];
}

static const double *weight(const struct scene *s, size_t k)
{
    return s->run.weight[s->node->weight[k]];
}

static struct evidence evidence_of(const struct scene *s)
{
    struct evidence e = {.node = s->node, .got = s->got, .want = s->want, .noise = 1e-15,
                         .share = 1e-4, .limit = 1e-13, .graph = s->run.graph, .n_targets = 9};

    for (size_t k = 0; k < s->node->n_in; k++)
        e.in[k] = input(s, k);
    for (size_t k = 0; k < s->node->n_weight; k++)
        e.weight[k] = weight(s, k);
    for (size_t k = 0; k < 3 && s->node->op == OP_QKV; k++)
        e.output[k] = s->tensor[s->i - (size_t)s->node->out + k];
    return e;
}

enum { B = 2, T = 5, H = 2, D = 3, C = 6, V = 11 };  /* of the small model */

static void times_root_d(struct scene *s)
{
    for (size_t i = 0; i < s->node->count; i++)
        s->got[i] *= sqrt(D);
}

static void negated(struct scene *s)
{
    for (size_t i = 0; i < s->node->count; i++)
        s->got[i] = -s->got[i];
}

static void times_targets(struct scene *s)
{
    s->got[0] *= 9;
}

static void in_bits(struct scene *s)
{
    s->got[0] /= log(2);
}

static void without_bias(struct scene *s)
{
    for (size_t i = 0; i < s->node->count; i++)
        s->got[i] -= weight(s, 1)[i % s->node->dim[2]];
}

static void bias_of_q_twice(struct scene *s)
{
    for (size_t i = 0; i < s->node->count; i++)
        s->got[i] += weight(s, 1)[i / (T * D) % H * D + i % D];
}

static void other_bias(struct scene *s)
{
    for (size_t i = 0; i < s->node->count; i++)
        s->got[i] += 0.1 * (double)(i % s->node->dim[2] + 1);
}

static void next_output(struct scene *s)
{
    memcpy(s->got, s->tensor[s->i + 1], s->node->count * sizeof *s->got);
}

static void heads_exchanged(struct scene *s)
{
    for (size_t i = 0; i < s->node->count; i++)
        s->got[i] = s->want[i / (T * D) % H ? i - T * D : i + T * D];
}

/* Column h*D + d of q, read as d*H + h. */
static void split_interleaved(struct scene *s)
{
    for (size_t i = 0; i < s->node->count; i++) {
        const size_t b = i / (H * T * D), h = i / (T * D) % H, t = i / D % T, d = i % D;
        const size_t column = d * H + h;
        s->got[i] = s->want[((b * H + column / D) * T + t) * D + column % D];
    }
}

static void merged_interleaved(struct scene *s)
{
    for (size_t i = 0; i < s->node->count; i++)
        s->got[i] = s->want[i - i % C + i % C % H * D + i % C / H];
}

static void merged_as_it_lies(struct scene *s)
{
    for (size_t i = 0; i < s->node->count; i++) {
        const size_t b = i / (H * T * D), h = i / (T * D) % H, t = i / D % T, d = i % D;
        s->got[i] = s->want[(b * T + t) * C + h * D + d];
    }
}

static void last_token_everywhere(struct scene *s)
{
    for (size_t i = 0; i < s->node->count; i++)
        s->got[i] = s->want[i / (T * V) * T * V + (T - 1) * V + i % V];
}

/* Layer norm of each row with another divisor, mean, gain and bias. */
static void norm(struct scene *s, double eps, double terms, bool mean, bool gain)
{
    for (size_t row = 0; row < B * T; row++) {
        const double *x = input(s, 0) + row * C;
        double m = 0, v = 0;
        for (size_t c = 0; c < C; c++)
            m += x[c] / C;
        m = mean ? m : 0;
        for (size_t c = 0; c < C; c++)
            v += (x[c] - m) * (x[c] - m) / terms;
        for (size_t c = 0; c < C; c++)
            s->got[row * C + c] = (x[c] - m) / sqrt(v + eps) * (gain ? weight(s, 0)[c] : 1) +
                                  weight(s, 1)[c];
    }
}

static void norm_unbiased(struct scene *s) { norm(s, 1e-5, C - 1, true, true); }
static void norm_rms(struct scene *s) { norm(s, 1e-5, C, false, true); }
static void norm_no_gain(struct scene *s) { norm(s, 1e-5, C, true, false); }
static void norm_other_eps(struct scene *s) { norm(s, 1e-3, C, true, true); }

static void norm_left_out(struct scene *s)
{
    memcpy(s->got, input(s, 0), s->node->count * sizeof *s->got);
}

static void gelu_with_erf(struct scene *s)
{
    for (size_t i = 0; i < s->node->count; i++)
        s->got[i] = input(s, 0)[i] / 2 * (1 + erf(input(s, 0)[i] / sqrt(2)));
}

static void gelu_with_sigmoid(struct scene *s)
{
    for (size_t i = 0; i < s->node->count; i++)
        s->got[i] = input(s, 0)[i] / (1 + exp(-1.702 * input(s, 0)[i]));
}

static void second_only(struct scene *s)
{
    memcpy(s->got, input(s, 1), s->node->count * sizeof *s->got);
}

static void second_twice(struct scene *s)
{
    for (size_t i = 0; i < s->node->count; i++)
        s->got[i] += input(s, 1)[i];
}

static void first_times_root_c(struct scene *s)
{
    for (size_t i = 0; i < s->node->count; i++)
        s->got[i] += (sqrt(C) - 1) * input(s, 0)[i];
}

/* Softmax of factor times the scores, each query over `extra` keys beyond its own. */
static void softmax_of(struct scene *s, double factor, size_t extra, bool divided)
{
    for (size_t row = 0; row < B * H * T; row++) {
        const double *x = input(s, 0) + row * T;
        const size_t n = row % T + 1 + extra < T ? row % T + 1 + extra : T;
        double sum = 0;
        for (size_t k = 0; k < T; k++)
            sum += k < n ? exp(factor * x[k]) : 0;
        for (size_t k = 0; k < T; k++)
            s->got[row * T + k] = k < n ? exp(factor * x[k]) / (divided ? sum : 2) : 0;
    }
}

static void softmax_halved(struct scene *s) { softmax_of(s, 0.5, 0, true); }
static void sees_next(struct scene *s) { softmax_of(s, 1, 1, true); }
static void sees_all(struct scene *s) { softmax_of(s, 1, T, true); }
static void not_divided(struct scene *s) { softmax_of(s, 1, 0, false); }

static void columns_sum_to_one(struct scene *s)
{
    for (size_t at = 0; at < s->node->count; at += T * T)
        for (size_t k = 0; k < T; k++) {
            double sum = 0;
            for (size_t q = k; q < T; q++)
                sum += exp(input(s, 0)[at + q * T + k]);
            for (size_t q = k; q < T; q++)
                s->got[at + q * T + k] = exp(input(s, 0)[at + q * T + k]) / sum;
        }
}

static void exchanged(struct scene *s)
{
    for (size_t i = 0; i < s->node->count; i++) {
        const size_t key = i % T, query = i / T % T, head = i / (T * T);
        s->got[i] = 0;
        for (size_t d = 0; d < D && key <= query; d++)
            s->got[i] += input(s, 1)[(head * T + query) * D + d] *
                         input(s, 0)[(head * T + key) * D + d] / sqrt(D);
    }
}

static void filled_above(struct scene *s)
{
    for (size_t i = 0; i < s->node->count; i++)
        s->got[i] = i % T > i / T % T ? -INFINITY : s->got[i];
}

static const struct {
    const char *tensor;
    void (*change)(struct scene *s);
    const char *text;
} cases[] = {
    {"h.1/scores", times_root_d, "1.73205 times what it should be, that is sqrt(D) (D is 3)"},
    {"h.1/ln_1", negated, "-1 times what it should be, that is the other sign"},
    {"loss", times_targets, "9 times what it should be, that is targets"},
    {"loss", in_bits, "1/ln(2)"},
    {"h.1/mlp_pre", without_bias, "the bias h.1.mlp.c_fc.bias is missing"},
    {"h.2/ln_2", without_bias, "the bias h.2.ln_2.bias is missing"},
    {"h.1/q", bias_of_q_twice, "the bias h.1.attn.c_attn.bias is added twice"},
    {"h.0/attn_out", other_bias, "off by the same vector"},
    {"h.1/q", next_output, "q holds what belongs to k"},
    {"h.1/k", next_output, "k holds what belongs to v"},
    {"h.1/v", heads_exchanged, "in their places are heads 1 0"},
    {"h.1/q", split_interleaved, "read as [3, D, H]"},
    {"h.1/z", merged_interleaved, "heads interleaved"},
    {"h.1/z", merged_as_it_lies, "[H, T, D] is taken for [T, C] as it lies"},
    {"logits", last_token_everywhere, "every token holds what belongs to token 4 (the last)"},
    {"h.1/ln_1", norm_unbiased, "the variance is divided by C - 1"},
    {"h.1/ln_1", norm_rms, "as RMS norm does"},
    {"h.1/ln_2", norm_no_gain, "the gain (weight) is left out"},
    {"ln_f", norm_other_eps, "as if eps were 0.001 and not 1e-05"},
    {"ln_f", norm_left_out, "it is the input: the layer norm is left out"},
    {"h.2/mlp_post", gelu_with_erf, "the exact GELU, with erf"},
    {"h.2/mlp_post", gelu_with_sigmoid, "x * sigmoid(1.702 x)"},
    {"h.0/resid_mid", second_only, "h.0/resid_pre is not added"},
    {"h.0/resid_mid", second_twice, "h.0/attn_out is added 2 times"},
    {"h.0/resid_pre", first_times_root_c, "tok_embed is added 2.44949 times, that is sqrt(C)"},
    {"h.1/pattern", softmax_halved, "the softmax of 0.5 times the scores, that is 1/2"},
    {"h.1/pattern", sees_next, "each query also sees the key after its own"},
    {"h.1/pattern", sees_all, "queries see later keys: no mask"},
    {"h.1/pattern", not_divided, "rows do not sum to 1"},
    {"h.1/pattern", columns_sum_to_one, "the columns sum to 1, not the rows"},
    {"h.1/scores", exchanged, "query and key are exchanged"},
    {"h.1/scores", filled_above, "-inf, with which masked scores are filled"},
};

enum { N_CASES = sizeof cases / sizeof cases[0] };

static void wrong_tensors_are_recognised(void **state)
{
    char text[240];

    (void)state;
    for (size_t i = 0; i < N_CASES; i++) {
        struct scene s = scene_of(cases[i].tensor);
        cases[i].change(&s);
        const struct evidence e = evidence_of(&s);
        if (!recognise(text, sizeof text, &e))
            fail_msg("%s: nothing was recognised instead of: %s", s.node->name, cases[i].text);
        if (!strstr(text, cases[i].text))
            fail_msg("%s: `%s` is not in: %s", s.node->name, cases[i].text, text);
        scene_free(&s);
    }
}

/* The same with noise of a tenth of the difference: then it is not that, or not that alone.
 * What is read off the tensor itself, of masks and sums, still holds. */
static void nearly_is_not_enough(void **state)
{
    char text[240];

    (void)state;
    for (size_t i = 0; i < N_CASES; i++) {
        struct scene s = scene_of(cases[i].tensor);
        unsigned long long x = 7;
        cases[i].change(&s);
        for (size_t k = 0; k < s.node->count; k++)
            s.got[k] += 0.3 * small_random(&x) * fabs(s.got[k] - s.want[k]);
        const struct evidence e = evidence_of(&s);
        if (strcmp(s.node->letters, "BHTT") != 0 && recognise(text, sizeof text, &e))
            fail_msg("%s: noise was recognised as: %s", s.node->name, text);
        scene_free(&s);
    }
}

static void noise_is_not_recognised(void **state)
{
    struct scene all = scene_of("loss");
    char text[240] = "";

    (void)state;
    for (size_t i = 0; i < all.run.graph->n_nodes; i++) {
        struct scene s = scene_of(all.run.graph->node[i].name);
        unsigned long long x = 11 + i;
        for (size_t k = 0; k < s.node->count; k++)
            s.got[k] += 1e-5 * small_random(&x) * s.got[k];
        const struct evidence e = evidence_of(&s);
        if (recognise(text, sizeof text, &e))
            fail_msg("%s: noise was recognised as: %s", s.node->name, text);
        add_lanes(text, sizeof text, &e);
        assert_string_equal(text, "");
        scene_free(&s);
    }
    scene_free(&all);
}

static void last_lanes_are_seen(void **state)
{
    struct scene s = scene_of("logits");
    char text[240] = "only here";

    (void)state;
    for (size_t i = 0; i < s.node->count; i++)
        s.got[i] += i % V >= 8 ? 0.01 * (double)i : 0;
    const struct evidence e = evidence_of(&s);
    add_lanes(text, sizeof text, &e);
    assert_string_equal(text, "only here; the last 3 of 11 columns: what vectors of 8 leave over");
    scene_free(&s);
}

/* --------------------------------------------------------------------- known mistakes */

#define ODD "--model $F/gpt2-odd.model.h5 --golden $F/gpt2-odd.golden.h5"

static const struct outcome *check(const char *mistake, const char *more)
{
    return shell("touchstone check " ODD " --subject ./$BUILD/mutants/%s.so %s", mistake, more);
}

static void known_mistakes_are_named(void **state)
{
    static const struct {
        const char *id, *tensor, *more;
    } known[] = {
        {"gelu-erf", "FAIL h.0/mlp_post", ""},
        {"ln-unbiased", "FAIL h.0/ln_1", "--mode local"},
        {"attn-scale-c", "FAIL h.0/scores", "--mode chain"},
        {"res-doubled", "FAIL h.0/resid_mid", ""},          /* by wiring alone */
        {"block-order", "FAIL h.0/ln_1", "--mode chain"},   /* by a whole forward pass */
        {"bwd-softmax", "FAIL backward/h.2/scores", "--mode local"},
        {"bwd-residual", "FAIL backward/h.2/resid_pre", "--mode chain"},
        {"loss-sum", "FAIL loss", ""},
    };
    char id[64], json[64];

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        snprintf(id, sizeof id, "(%s)\n", known[i].id);
        assert_says(check(known[i].id, known[i].more), 1, known[i].tensor, "  likely: ", id, NULL);
        snprintf(json, sizeof json, "\"diagnosis\": \"%s\"", known[i].id);
        assert_says(check(known[i].id, "--json -"), 1, json, NULL);
    }
}

/* In an implementation that one does not have, too, and where most of its tensors are not in
 * the trace. */
static void a_trace_is_enough(void **state)
{
    static const char *const left_out[] = {"ln_1", "q", "k", "v", "scores", "pattern", "z",
                                           "attn_out", "resid_mid", "ln_2", "mlp_pre",
                                           "mlp_post", "mlp_out"};
    const char *compare = "touchstone compare " ODD " $T/x.h5";
    char name[64];

    (void)state;
    assert_int_equal(shell("touchstone run --model $F/gpt2-odd.model.h5 --input "
                           "$F/gpt2-odd.golden.h5 -o $T/x.h5 --subject ./$BUILD/mutants/"
                           "gelu-erf.so")->code, 0);
    assert_says(shell("%s", compare), 1, "FAIL h.0/mlp_post", "(gelu-erf)", NULL);
    struct store *s = store_update(file("x.h5"));
    for (int layer = 0; layer < 3; layer++)
        for (size_t i = 0; i < sizeof left_out / sizeof left_out[0]; i++) {
            snprintf(name, sizeof name, "forward/h.%d/%s", layer, left_out[i]);
            store_remove(s, name);
        }
    store_commit(s);
    assert_says(shell("%s", compare), 1, "FAIL h.0/resid_post", "(gelu-erf)", NULL);
}

/* The loss of 11 tokens, 9 of which count, and another GELU. */
static void two_mistakes_are_both_named(void **state)
{
    double loss;

    (void)state;
    assert_int_equal(shell("touchstone run --model $F/gpt2-odd.model.h5 --input "
                           "$F/gpt2-odd.golden.h5 -o $T/two.h5 --subject ./$BUILD/mutants/"
                           "gelu-erf.so")->code, 0);
    struct store *s = store_update(file("two.h5"));
    store_read(s, "forward/loss", 8, &loss);
    loss *= 9;
    store_write(s, "forward/loss", 8, &loss, 0, NULL);
    store_commit(s);
    assert_says(shell("touchstone compare " ODD " $T/two.h5"), 1,
                "first wrong tensor in graph order: h.0/mlp_post", "(gelu-erf)", "FAIL loss",
                "(loss-sum)", NULL);
}

static struct runner mistaken(const char *id, struct model *m, const struct graph *g)
{
    char path[256];

    snprintf(path, sizeof path, "./%s/mutants/%s.so", getenv("BUILD"), id);
    return runner_make(subject_load(path), m, g);
}

/* A trace of a forward pass with one mistake and a backward pass with another. */
static void write_trace(const char *path, const char *forward, const char *backward)
{
    struct model *m = model_open("fixtures/gpt2-odd.model.h5");
    struct trace *t = trace_open("fixtures/gpt2-odd.golden.h5");
    struct graph *g = graph_make(&m->cfg, t->B, t->T);
    struct runner there = mistaken(forward, m, g), back = mistaken(backward, m, g);
    double **made = run_chain(&there, t->tokens, t->targets);
    struct gradients d = gradients_after(&back, made, t->tokens, t->targets);
    struct store *s = store_create(path);
    char name[128];

    trace_begin(s, m->cfg.family, m->name, "a test", t->B, t->T, t->tokens, t->targets);
    for (size_t i = 0; i < g->n_nodes; i++) {
        const struct node *n = &g->node[i];
        snprintf(name, sizeof name, "forward/%s", n->name);
        store_write(s, name, 8, made[i], n->rank, n->dim);
        snprintf(name, sizeof name, "backward/%s", n->name);
        if (d.tensor[i])
            store_write(s, name, 8, d.tensor[i], n->rank, n->dim);
    }
    for (size_t i = 0; i < g->n_weights; i++) {
        snprintf(name, sizeof name, "grad/%s", g->weight[i].name);
        store_write(s, name, 8, d.weight[i], g->weight[i].rank, g->weight[i].dim);
    }
    store_commit(s);
    gradients_free(&d, g);
    free_all((void **)made, g->n_nodes);
    runner_free(&there);
    runner_free(&back);
    graph_free(g);
    trace_close(t);
    model_close(m);
}

/* What backpropagates through a mistake is right for it, as automatic differentiation is: no
 * second mistake. Where the two do not belong together there are two. */
static void a_gradient_may_follow(void **state)
{
    const char *compare = "touchstone compare " ODD " $T/g.h5";

    (void)state;
    write_trace(file("g.h5"), "attn-no-scale", "bwd-scale");
    const struct outcome *o = shell("%s", compare);
    assert_says(o, 1, "divided by sqrt(D)", "(attn-no-scale)\n",
                "likely: It goes with the mistake of the forward pass (attn-no-scale)", NULL);
    if (strstr(o->out, "(bwd-scale)"))
        fail_msg("a second mistake is named: %s", o->out);
    write_trace(file("g.h5"), "attn-no-scale", "bwd-softmax");
    assert_says(shell("%s", compare), 1, "(attn-no-scale)\n", "(bwd-softmax)\n", NULL);
}

/* No known mistake makes such tensors. */
static void other_damage_has_no_name(void **state)
{
    static const char *const kinds[] = {"column", "head", "shifted", "last", "scaled", "offset",
                                        "infinite"};
    static const char *const tensors[] = {"h.1/v", "h.0/q", "h.2/k"};

    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        const struct outcome *o = shell(
            "export BREAK=%s BREAK_TENSOR=%s BREAK_INNER=$BUILD/subjects/f64.so; touchstone check "
            ODD " --subject ./$BUILD/tests/broken.so", kinds[k], tensors[k % 3]);
        assert_says(o, 1, "first wrong tensor in graph order", NULL);
        if (strstr(o->out, "likely: "))
            fail_msg("%s has got a name: %s", kinds[k], o->out);
    }
}

/* Other weights than the golden's are no mistake of the op that reads them. */
static void another_model_is_no_mistake(void **state)
{
    (void)state;
    shell("cp $F/gpt2-a.model.h5 $T/m.h5; chmod u+w $T/m.h5");
    damage_file(file("m.h5"), "weights/ln_f.bias", "offset");
    const struct outcome *o = shell("touchstone check --model $T/m.h5 --golden "
                                    "$F/gpt2-a.golden.h5 --subject f64,scalar");
    assert_says(o, 1, "likely: The right op makes the same of these inputs and this model file",
                NULL);
    assert_null(strstr(o->out, "epsilon"));
}

/* Beside a program without known mistakes a line says how to get them. */
static void without_them_a_line_says_so(void **state)
{
    (void)state;
    assert_int_equal(shell("mkdir $T/bin && cp $BUILD/touchstone $T/bin && ln -s "
                           "\"$PWD/$BUILD/subjects\" $T/bin/subjects")->code, 0);
    const struct outcome *o = shell("$T/bin/touchstone check " ODD " --subject "
                                    "./$BUILD/mutants/gelu-erf.so");
    assert_says(o, 1, "pattern: the exact GELU, with erf",
                "`make mutants` builds the known mistakes", NULL);
    if (strstr(o->out, "likely: "))
        fail_msg("named without the catalogue: %s", o->out);
    assert_says(shell("$T/bin/touchstone check --fixtures $F --step 06 --subject "
                      "./$BUILD/mutants/smp-topk-ties.so"), 1,
                "`make mutants` builds the known mistakes", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_tensors_are_recognised),
        cmocka_unit_test(nearly_is_not_enough),
        cmocka_unit_test(noise_is_not_recognised),
        cmocka_unit_test(last_lanes_are_seen),
        cmocka_unit_test(known_mistakes_are_named),
        cmocka_unit_test(a_trace_is_enough),
        cmocka_unit_test(two_mistakes_are_both_named),
        cmocka_unit_test(a_gradient_may_follow),
        cmocka_unit_test(other_damage_has_no_name),
        cmocka_unit_test(another_model_is_no_mistake),
        cmocka_unit_test(without_them_a_line_says_so),
    };
    return cmocka_run_group_tests(tests, begin, finish);
}
