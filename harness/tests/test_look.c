/* test_look.c: the programs that look inside a model, and the command count. What they
 * print is compared with what the test works out from the same files by itself. */
#include "tool.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "files/model.h"
#include "files/store.h"
#include "graph.h"
#include "shapes.h"

/* ------------------------------------------------------------------ reading */

/* A whole tensor of a file; free it. */
static double *tensor(const char *path, const char *name)
{
    struct store *s = store_open(path);
    struct stored what;

    if (!store_find(s, name, &what))
        fail_msg("%s has no %s", path, name);
    double *x = allocate(what.count, sizeof *x);
    store_read(s, name, 8, x);
    store_close(s);
    return x;
}

/* The start of the line that holds `word`, at or after `text`. */
static const char *line_of(const char *text, const char *word)
{
    const char *at = strstr(text, word);

    if (!at)
        fail_msg("`%s` is not in: %s", word, text);
    while (at > text && at[-1] != '\n')
        at--;
    return at;
}

static double number_before(const char *text, const char *word)
{
    return strtod(line_of(text, word), NULL);
}

/* Prepares $T/NAME.h5, the whole walk through a fixture's layers. */
static void walk(const char *name, int layers)
{
    const struct outcome *o = shell(
        "M=$F/%s.model.h5; X=$T/%s.h5; 02_embed --model $M --trace $X --input $F/%s.golden.h5 && "
        "for l in $(seq 0 %d); do 03_attention --model $M --trace $X --layer $l && "
        "04_mlp --model $M --trace $X --layer $l || exit 1; done && 05_unembed --model $M "
        "--trace $X", name, name, name, layers - 1);

    assert_int_equal(o->code, 0);
}

static const struct {
    const char *name;
    int layers, heads, texts, T;
    size_t C, V;
} models[] = {
    {"gpt2-pocket", 1, 2, 1, 4, 8, 12},
    {"gpt1-b", 3, 5, 3, 13, 30, 101},
    {"gpt2-b", 3, 5, 3, 13, 30, 101},
};

enum { N_MODELS = sizeof models / sizeof models[0] };

/* ----------------------------------------------------------------- 02: vectors */

static double cosine(const double *x, const double *y, size_t C)
{
    double xy = 0, xx = 0, yy = 0;

    for (size_t c = 0; c < C; c++) {
        xy += x[c] * y[c];
        xx += x[c] * x[c];
        yy += y[c] * y[c];
    }
    return xy / sqrt(xx * yy);
}

static void nearest_are_ordered_and_leave_the_token_out(void **state)
{
    double *wte = tensor("fixtures/gpt2-b.model.h5", "weights/wte");

    (void)state;
    const struct outcome *o = shell("02_embed --model $F/gpt2-b.model.h5 --nearest 17 --top 999");
    assert_says(o, 0, "nearest to 17\n", "cosine", NULL);
    const char *at = strstr(o->out, "token\n") + strlen("token\n");
    double before = 1;
    char seen[101] = {0};
    for (int i = 0; i < 100; i++) {
        double is;
        size_t token;
        int used;

        assert_int_equal(sscanf(at, "%lf %zu\n%n", &is, &token, &used), 2);
        at += used;
        assert_true(token < 101 && token != 17 && !seen[token]);
        assert_true(is <= before);
        assert_true(fabs(is - cosine(wte + 17 * 30, wte + token * 30, 30)) < 6e-5);
        seen[token] = 1;
        before = is;
    }
    assert_int_equal(*at, '\0');
    free(wte);
}

static void an_analogy_from_a_token_to_itself_finds_neighbours(void **state)
{
    char first[64];

    (void)state;
    const struct outcome *o = shell("02_embed --model $F/gpt1-b.model.h5 --nearest 9 --top 3 | "
                                    "tail -n 3");
    snprintf(first, sizeof first, "%.20s", o->out);
    assert_says(shell("02_embed --model $F/gpt1-b.model.h5 --analogy 3 3 9 --top 3"), 0,
                "3 is to 3 as 9 is to ?\nnearest to 3 - 3 + 9", first, NULL);
    assert_says(shell("02_embed --model $F/gpt2-pocket.model.h5 --analogy He llo Wo"), 0,
                "He is to llo as \304\240Wo is to ?\nnearest to llo - He + \304\240Wo",
                "0.2297       1  ,\n", NULL);
    assert_null(strstr(shell("02_embed --model $F/gpt2-pocket.model.h5 --analogy He llo Wo "
                             "--top 12 | tail -n +4")->out, "llo"));
}

static void projections_lie_on_the_line(void **state)
{
    double *wte = tensor("fixtures/gpt2-pocket.model.h5", "weights/wte");
    double along = 0, squares = 0;

    (void)state;
    for (int c = 0; c < 8; c++) {
        const double step = wte[5 * 8 + c] - wte[3 * 8 + c];
        along += wte[9 * 8 + c] * step;
        squares += step * step;
    }
    const struct outcome *o = shell("02_embed --model $F/gpt2-pocket.model.h5 "
                                    "--direction He llo --of 'rld 5 He'");
    assert_int_equal(o->code, 0);
    assert_true(fabs(number_before(o->out, "  rld\n") - along / sqrt(squares)) < 6e-5);
    assert_true(fabs(number_before(o->out, "  llo\n") - number_before(o->out, "  He\n") -
                     sqrt(squares)) < 2e-4);
    o = shell("02_embed --model $F/gpt2-pocket.model.h5 --direction He llo --top 2");
    assert_says(o, 0, "the 2 furthest towards llo\n    1.4698       5  llo\n", NULL);
    assert_says(o, 0, "the 2 furthest towards He\n   -1.2505       3  He\n", NULL);
    free(wte);
}

static void a_zero_vector_is_said(void **state)
{
    double wte[12 * 8] = {0};
    const size_t shape[] = {12, 8};

    (void)state;
    struct store *s = store_update(borrow("gpt2-pocket.model.h5"));
    for (int c = 0; c < 8; c++)
        wte[3 * 8 + c] = wte[7 * 8 + c] = 1 + c;
    store_write(s, "weights/wte", 8, wte, 2, shape);
    store_commit(s);
    assert_refused(shell("02_embed --model $T/gpt2-pocket.model.h5 --nearest 4"), "--nearest 4",
                   "vector is zero", NULL);
    assert_refused(shell("02_embed --model $T/gpt2-pocket.model.h5 --analogy 3 7 1"),
                   "--analogy 3 7 1", "is zero", NULL);
    assert_says(shell("02_embed --model $T/gpt2-pocket.model.h5 --nearest 3"), 0,
                "  1.0000       7  ", "left out: 10 tokens whose vector is zero", NULL);
}

/* With a trace the step is done as well, and the trace is whole. */
static void a_look_with_a_trace_does_the_step_too(void **state)
{
    (void)state;
    assert_says(shell("02_embed --model $F/gpt2-pocket.model.h5 --trace $T/both.h5 --tokens "
                      "'He llo' --nearest He && touchstone inspect $T/both.h5"), 0,
                "nearest to He\n", "forward/h.0/resid_pre", NULL);
}

/* ---------------------------------------------------------------- 03: circuits */

/* Where positions are 0 the first layer reads embeddings alone, so that the scores of
 * a real run are those of the QK circuit. */
static void qk_is_what_attention_computes(void **state)
{
    static const char *const names[] = {"gpt1-b", "gpt2-b"};
    char model[32];

    (void)state;
    for (int i = 0; i < 2; i++) {
        snprintf(model, sizeof model, "%s.model.h5", names[i]);
        damage_file(borrow(model), "weights/wpe", "zeros");
        assert_int_equal(shell("02_embed --model $T/%s --trace $T/qk.h5 --tokens '7 90 33' && "
                               "03_attention --model $T/%s --trace $T/qk.h5", model,
                               model)->code, 0);
        double *scores = tensor(file("qk.h5"), "forward/h.0/scores");  /* [1, 5, 3, 3] */
        const struct outcome *o = shell("03_attention --model $T/%s --circuits --of '7 90 33' "
                                        "--head 4", model);
        assert_int_equal(o->code, 0);
        const char *row = strstr(o->out, "(column)\n") + strlen("(column)\n");
        for (int t = 0; t < 3; t++) {
            double is[3];

            row = strchr(row, '\n') + 1;
            assert_int_equal(sscanf(row, "%*d %lf %lf %lf", &is[0], &is[1], &is[2]), 3);
            for (int s = 0; s <= t; s++)
                assert_true(fabs(is[s] - scores[(4 * 3 + t) * 3 + s]) < 6e-4);
        }
        free(scores);
    }
}

/* GPT-1's first layer reads the embedding as it is: OV is wte W_V W_O wte^T. */
static void ov_is_the_product_of_its_matrices(void **state)
{
    enum { C = 30, D = 6, V = 101, HEAD = 2, TOKEN = 55 };
    double *wte = tensor("fixtures/gpt1-b.model.h5", "weights/wte");
    double *c_attn = tensor("fixtures/gpt1-b.model.h5", "weights/h.0.attn.c_attn.weight");
    double *c_proj = tensor("fixtures/gpt1-b.model.h5", "weights/h.0.attn.c_proj.weight");
    double map[C][C] = {{0}}, squares = 0, trace = 0, best = -1e9;
    int best_token = 0, copies = 0;

    (void)state;
    for (int i = 0; i < C; i++)
        for (int o = 0; o < C; o++) {
            for (int d = HEAD * D; d < (HEAD + 1) * D; d++)
                map[i][o] += c_attn[i * 3 * C + 2 * C + d] * c_proj[d * C + o];
            squares += map[i][o] * map[i][o];
        }
    for (int t = 0; t < V; t++) {
        double push[V], most = -1e9;
        for (int v = 0; v < V; v++) {
            push[v] = 0;
            for (int i = 0; i < C; i++)
                for (int o = 0; o < C; o++)
                    push[v] += wte[t * C + i] * map[i][o] * wte[v * C + o];
            most = fmax(most, push[v]);
            if (t == TOKEN && push[v] > best)
                best = push[best_token = v];
        }
        copies += push[t] >= most;
        trace += push[t];
    }
    char words[4][64];
    snprintf(words[0], sizeof words[0], "W_V W_O %.4f", sqrt(squares));
    snprintf(words[1], sizeof words[1], "OV: %d of 101 tokens push themselves most", copies);
    snprintf(words[2], sizeof words[2], "eigenvalues sum to %.4g", trace);
    snprintf(words[3], sizeof words[3], "pushes most\n        55  %.3f %d\n", best, best_token);
    assert_says(shell("03_attention --model $F/gpt1-b.model.h5 --circuits --head 2 --of 55 "
                      "--top 1"), 0, words[0], words[1], words[2], words[3], NULL);
    free(wte);
    free(c_attn);
    free(c_proj);
}

static void circuits_show_the_tokens_asked_for(void **state)
{
    (void)state;
    assert_says(shell("03_attention --model $F/gpt2-b.model.h5 --circuits"), 0,
                "name tokens with --of", NULL);
    assert_says(shell("03_attention --model $F/gpt2-pocket.model.h5 --circuits"), 0,
                "two maps from the 12 tokens to themselves, each of rank 4", "\304\240Wo", NULL);
    walk("gpt2-b", 3);
    assert_int_equal(shell("cp $T/gpt2-b.h5 $T/before.h5")->code, 0);
    assert_says(shell("03_attention --model $F/gpt2-b.model.h5 --circuits --layer 2 --trace "
                      "$T/gpt2-b.h5"), 0, "layer 2, head 0", NULL);
    assert_int_equal(shell("cmp $T/gpt2-b.h5 $T/before.h5")->code, 0);
    assert_says(shell("03_attention --model $F/gpt2-b.model.h5 --circuits --of "
                      "'1 2 3 4 5 6 7 8 9 10 11 12 13 14 1'"), 0, "the first 12 of", NULL);
}

/* ----------------------------------------------------- 05: lens and attribution */

static void attributions_sum_to_the_logit(void **state)
{
    (void)state;
    for (size_t m = 0; m < N_MODELS; m++) {
        walk(models[m].name, models[m].layers);
        for (int text = 0; text < models[m].texts; text++)
            for (int t = 0; t < models[m].T; t += 3) {
                const struct outcome *o = shell("05_unembed --model $F/%s.model.h5 --trace "
                                                "$T/%s.h5 --text %d --position %d --attribute "
                                                "%d --top 2", models[m].name, models[m].name,
                                                text, t, 5 + t % 2);
                assert_int_equal(o->code, 0);
                const double sum = number_before(o->out, "  sum\n");
                const double logit = number_before(o->out, "  logit\n");

                assert_true(fabs(sum - logit) <= 1e-5 * fmax(1, fabs(logit)));
            }
    }
}

/* x [C] as a layer norm that read `in` lets it pass, but for the bias. */
static void pass(double *x, const double *in, const double *gain, size_t C)
{
    double mean = 0, var = 0, own = 0;

    for (size_t c = 0; c < C; c++) {
        mean += in[c] / (double)C;
        own += x[c] / (double)C;
    }
    for (size_t c = 0; c < C; c++)
        var += (in[c] - mean) * (in[c] - mean) / (double)C;
    for (size_t c = 0; c < C; c++)
        x[c] = (x[c] - own) / sqrt(var + 1e-5) * gain[c];
}

/* The last row of a tensor of three texts of 13 tokens, of model `m` or its trace. */
static const double *last_row(const double *x, size_t C)
{
    return x + (3 * 13 - 1) * C;
}

/* Head 3 of the last layer, for token 40: the sum alone would not show that two heads
 * are mixed up. */
static void a_head_pushes_what_it_writes(void **state)
{
    enum { C = 30, D = 6 };

    (void)state;
    for (size_t m = 1; m < N_MODELS; m++) {
        const bool gpt1 = m == 1;
        const char *trace = file(gpt1 ? "gpt1-b.h5" : "gpt2-b.h5");
        const char *model = gpt1 ? "fixtures/gpt1-b.model.h5" : "fixtures/gpt2-b.model.h5";
        double *z = tensor(trace, "forward/h.2/z"), *mid = tensor(trace, "forward/h.2/resid_mid");
        double *post = tensor(trace, "forward/h.2/resid_post");
        double *c_proj = tensor(model, "weights/h.2.attn.c_proj.weight");
        double *gain_1 = tensor(model, "weights/h.2.ln_1.weight");
        double *gain = tensor(model, gpt1 ? "weights/h.2.ln_2.weight" : "weights/ln_f.weight");
        double *wte = tensor(model, "weights/wte"), x[C] = {0}, push = 0;

        for (size_t i = 3 * D; i < 4 * D; i++)
            for (size_t c = 0; c < C; c++)
                x[c] += last_row(z, C)[i] * c_proj[i * C + c];
        if (gpt1)
            pass(x, last_row(mid, C), gain_1, C);
        pass(x, last_row(post, C), gain, C);
        for (size_t c = 0; c < C; c++)
            push += x[c] * wte[40 * C + c];
        const struct outcome *o = shell("05_unembed --model %s --trace %s --text 2 --attribute 40 "
                                        "--top 99", model, trace);
        assert_int_equal(o->code, 0);
        assert_true(fabs(number_before(o->out, "layer 2, head 3\n") - push) < 2e-6);
        double *const all[] = {z, mid, post, c_proj, gain_1, gain, wte};
        for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
            free(all[i]);
    }
}

static void the_lens_ends_at_the_answer(void **state)
{
    char answer[64];

    (void)state;
    for (size_t m = 0; m < N_MODELS; m++)
        for (int text = 0; text < models[m].texts; text++) {
            const char *name = models[m].name;
            const struct outcome *o = shell("05_unembed --model $F/%s.model.h5 --trace $T/%s.h5 "
                                            "--text %d --top 1 | sed -n '2s/^ *//p'", name, name,
                                            text);
            char share[16], token[16];

            assert_int_equal(sscanf(o->out, "%15s %% %15s", share, token), 2);
            o = shell("05_unembed --model $F/%s.model.h5 --trace $T/%s.h5 --text %d --top 1 "
                      "--lens", name, name, text);
            snprintf(answer, sizeof answer, "the share of %s, then", token);
            assert_says(o, 0, answer, "\nembedding ", "\nlayer 0    attention", NULL);
            snprintf(answer, sizeof answer, "layer %-4d mlp", models[m].layers - 1);
            const char *last = line_of(o->out, answer);
            snprintf(answer, sizeof answer, " %s %%  ", share);
            assert_non_null(strstr(last, answer));
            snprintf(answer, sizeof answer, " %s %% %s\n", share, token);
            assert_non_null(strstr(last, answer));
        }
}

/* ----------------------------------------------------------------------- count */

static void published_shapes_count_as_published(void **state)
{
    static const struct {
        const char *name, *words[4];
    } cases[] = {
        {"gpt1", {" 116,534,784 ", "of [40478, 768]", "147,621,888"}},
        {"gpt2", {" 124,439,808 ", "497,759,232", "248,879,616", " 6,703 tokens are seen"}},
        {"gpt2-medium", {" 354,823,168 ", "of [1024, 64]"}},
        {"gpt2-large", {" 774,030,080 ", "of [5120, 1280]"}},
        {"gpt2-xl", {" 1,557,611,200 ", "of [1600, 6400]"}},
        {"gpt3", {"174,604,259,328", "27,938                       175,181,291,520  untied",
                  "an output matrix for each head there are 37,058", "617,558,016"}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_says(shell("touchstone count --like %s", cases[i].name), 0, cases[i].words[0],
                    cases[i].words[1], cases[i].words[2], cases[i].words[3], NULL);
    assert_says(shell("touchstone count --like gpt2"), 0,
                "tied,   output maps beside the embedding     37.0 %     45.8 %     17.2 %\n",
                "untied, output maps in attention             47.6 %     34.9 %     17.5 %\n",
                "18,432  in attention for each token seen: 2 L C",
                "18,874,368  in attention for the last of T = 1024 tokens", NULL);
    assert_says(shell("touchstone count --like gpt3"), 0,
                "untied, output maps in attention              0.7 %     66.2 %     33.1 %\n",
                "untied, output maps beside the embedding      9.0 %     66.2 %     24.8 %\n",
                NULL);
}

/* Every element of every weight in the file is counted, once. */
static void a_file_counts_what_it_holds(void **state)
{
    static const char *const names[] = {"gpt1-b", "gpt2-wide", "gpt2-odd"};
    char path[64], word[64];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "fixtures/%s.model.h5", names[i]);
        struct model *m = model_open(path);
        struct graph *g = graph_make(&m->cfg, 1, 1);
        size_t n = 0;

        for (size_t k = 0; k < g->n_weights; k++) {
            char name[MAX_NAME + 16];
            struct stored what;

            snprintf(name, sizeof name, "weights/%s", g->weight[k].name);
            assert_true(store_find(m->file, name, &what));
            n += what.count;
        }
        assert_true(n > 1000 && n < 1000000);
        snprintf(word, sizeof word, " %zu,%03zu ", n / 1000, n % 1000);
        const struct outcome *o = shell("touchstone count --model=%s", path);
        assert_int_equal(o->code, 0);
        assert_non_null(strstr(line_of(o->out, "everything, tied"), word));
        graph_free(g);
        model_close(m);
    }
}

/* ----------------------------------------------------------------------- misuse */

/* The pocket model's trace without one tensor. */
static void without(const char *name, const char *copy)
{
    assert_int_equal(shell("cp $T/gpt2-pocket.h5 $T/%s", copy)->code, 0);
    struct store *s = store_update(file(copy));
    store_remove(s, name);
    store_commit(s);
}

static void misuse_is_one_line(void **state)
{
    static const struct {
        const char *command, *words;
    } cases[] = {
        {"02_embed --model $M --nearest goes", "`goes` is no token"},
        {"02_embed --model $M --nearest 12", "`12` is no token of this model, which has 12"},
        {"02_embed --model $M --nearest", "--nearest needs 1 value"},
        {"02_embed --model $M --nearest ''", "--nearest needs 1 value"},
        {"02_embed --model $M --nearest 1 --nearest 2", "--nearest: give it once"},
        {"02_embed --model $M --nearest 1 --direction 1 2", "give one of them"},
        {"02_embed --model $M --nearest 1 --layer 2", "unknown option --layer"},
        {"02_embed --model $M --analogy 1 2", "--analogy needs 3 values"},
        {"02_embed --model $M --direction 1", "--direction needs 2 values"},
        {"02_embed --model $M --direction 1 1", "the same vector"},
        {"02_embed --model $M --direction 1 2 --of ' '", "--of: names no token"},
        {"02_embed --model $M --direction 1 2 --of 'He goes'", "`goes` is no token"},
        {"02_embed --model $M --of 2", "--direction A B too"},
        {"02_embed --model $M", "needs --trace T"},
        {"02_embed --model $M --tokens He --nearest 1", "needs --trace T"},
        {"03_attention --model $M --circuits --layer 1", "--layer 1: the model has the layers"},
        {"03_attention --model $M --circuits --head 2", "--head 2: the model has the heads"},
        {"03_attention --model $M --circuits --of goes", "`goes` is no token"},
        {"03_attention --model $M --circuits --of ' '", "--of: names no token"},
        {"03_attention --model $M --circuits --of", "--of needs a value"},
        {"03_attention --model $M --of 1", "give --circuits too"},
        {"03_attention --model $M --circuits --trace $T/none.h5", "none.h5"},
        {"03_attention --model $M", "needs --trace T"},
        {"05_unembed --model $M --lens", "needs --trace T"},
        {"05_unembed --model $M --trace $X --position 1", "give one of them too"},
        {"05_unembed --model $M --trace $X --lens --position 4", "--position"},
        {"05_unembed --model $M --trace $X --lens --position", "--position needs a value"},
        {"05_unembed --model $M --trace $X --attribute goes", "`goes` is no token"},
        {"05_unembed --model $M --trace $T/no-mid.h5 --lens",
         "h.0/resid_mid: run build/03_attention"},
        {"05_unembed --model $M --trace $T/no-token.h5 --attribute",
         "tok_embed: run build/02_embed"},
        {"touchstone count", "needs --model M or --like NAME"},
        {"touchstone count --model $M --like gpt2", "and one of them"},
        {"touchstone count --like", "--like needs a value"},
        {"touchstone count --like=", "--like needs a value"},
        {"touchstone count --like gpt4", "there are gpt1 gpt2 gpt2-medium gpt2-large gpt2-xl"},
        {"touchstone count --liking gpt2", "`--liking` is not expected here"},
        {"touchstone count --model /nowhere", "/nowhere"},
        {"touchstone count --model $X", "touchstone-model"},
    };

    (void)state;
    walk("gpt2-pocket", 1);
    without("forward/h.0/resid_mid", "no-mid.h5");
    without("forward/tok_embed", "no-token.h5");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_refused(shell("M=$F/gpt2-pocket.model.h5; X=$T/gpt2-pocket.h5; %s",
                             cases[i].command), cases[i].words, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nearest_are_ordered_and_leave_the_token_out),
        cmocka_unit_test(an_analogy_from_a_token_to_itself_finds_neighbours),
        cmocka_unit_test(projections_lie_on_the_line),
        cmocka_unit_test(a_zero_vector_is_said),
        cmocka_unit_test(a_look_with_a_trace_does_the_step_too),
        cmocka_unit_test(qk_is_what_attention_computes),
        cmocka_unit_test(ov_is_the_product_of_its_matrices),
        cmocka_unit_test(circuits_show_the_tokens_asked_for),
        cmocka_unit_test(attributions_sum_to_the_logit),
        cmocka_unit_test(a_head_pushes_what_it_writes),
        cmocka_unit_test(the_lens_ends_at_the_answer),
        cmocka_unit_test(published_shapes_count_as_published),
        cmocka_unit_test(a_file_counts_what_it_holds),
        cmocka_unit_test(misuse_is_one_line),
    };

    return cmocka_run_group_tests(tests, begin, finish);
}
