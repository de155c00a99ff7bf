/* test_gradients.c: backpropagation against its own ops and against differences of the
 * loss, and the verdicts on gradients that are wrong. */
#include "tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backprop.h"
#include "die.h"
#include "differences.h"
#include "small_model.h"

/* backward() gives bit for bit what the ops' gradients give, walked by the table. */
static void table_and_wiring_agree(enum family family, const char *subject)
{
    struct runner r = small_runner(family, subject);
    const struct graph *g = r.graph;
    double **made = run_chain(&r, small_tokens, small_targets);
    struct gradients wiring = gradients_chain(&r, small_tokens, small_targets);
    struct gradients table = gradients_by_op(&r, made, NULL, small_tokens, small_targets,
                                               false);

    for (size_t i = 0; i < g->n_nodes; i++)
        if (g->node[i].op != OP_LOSS &&
            memcmp(wiring.tensor[i], table.tensor[i], g->node[i].count * sizeof(double)) != 0)
            fail_msg("gpt%d, %s: they differ at %s", (int)family, subject, g->node[i].name);
    for (size_t i = 0; i < g->n_weights; i++)
        if (memcmp(wiring.weight[i], table.weight[i], g->weight[i].count * sizeof(double)) != 0)
            fail_msg("gpt%d, %s: they differ at %s", (int)family, subject, g->weight[i].name);
    gradients_free(&wiring, g);
    gradients_free(&table, g);
    free_all((void **)made, g->n_nodes);
    small_runner_free(&r);
}

static void the_table_agrees_with_the_wiring(void **state)
{
    (void)state;
    table_and_wiring_agree(GPT1, "f64");
    table_and_wiring_agree(GPT2, "f64");
    table_and_wiring_agree(GPT1, "scalar");
    table_and_wiring_agree(GPT2, "scalar");
}

/* The slope of the loss along a random direction of each weight tensor. */
static void differences_agree(enum family family)
{
    struct runner r = small_runner(family, "f64");
    const struct graph *g = r.graph;
    struct gradients d = gradients_chain(&r, small_tokens, small_targets);
    struct probe p = probe_begin(&r, small_tokens, small_targets);
    unsigned long long x = 1234567;

    for (size_t i = 0; i < g->n_weights; i++) {
        const size_t count = g->weight[i].count;
        double *direction = allocate(count, sizeof *direction);

        for (size_t k = 0; k < count; k++)
            direction[k] = small_random(&x);
        const struct expected e = expect_slope(d.weight[i], direction, count);
        const struct slopes s = measure_slopes(&p, i, direction);
        if (!(slope_error(&e, s.best) <= 1e-8))
            fail_msg("gpt%d: d loss / d %s is %.12g along a direction, differences say %.12g",
                     (int)family, g->weight[i].name, e.slope, s.best);
        free(direction);
    }
    probe_end(&p);
    gradients_free(&d, g);
    small_runner_free(&r);
}

static void the_loss_has_these_slopes(void **state)
{
    (void)state;
    differences_agree(GPT1);
    differences_agree(GPT2);
}

static void a_wrong_gradient_is_found(void **state)
{
    static const char *const wrong[][3] = {
        {"backward/h.1/q", "scaled", "every element is 1.0001 times"},
        {"backward/h.0/scores", "above", "only above the diagonal"},
        {"backward/ln_f", "nan", "1 NaN"},
        {"backward/tok_embed", "zeros", "every element is 0"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_says(shell("export BREAK_TENSOR=%s BREAK=%s BREAK_INNER=$BUILD/subjects/f64.so; "
                          "touchstone check --model $F/gpt2-a.model.h5 --golden "
                          "$F/gpt2-a.golden.h5 --mode chain --subject ./$BUILD/tests/broken.so",
                          wrong[i][0], wrong[i][1]),
                    1, "FAIL", wrong[i][0], wrong[i][2], "96 passed, 1 failed, 0 skipped\n",
                    NULL);
}

/* What is wrong before the loss is what is wrong with all gradients. */
static void gradients_follow_from_the_forward_pass(void **state)
{
    (void)state;
    assert_int_equal(shell("cp $F/gpt2-a.model.h5 $T/m.h5 && chmod u+w $T/m.h5")->code, 0);
    damage_file(file("m.h5"), "weights/h.1.ln_2.weight", "scaled");
    assert_says(shell("touchstone check --model $T/m.h5 --golden $F/gpt2-a.golden.h5 --verbose "
                      "--mode chain --subject f64"), 1, "consequence of h.1/ln_2",
                "first wrong tensor in graph order: h.1/ln_2", "27 passed, 1 failed, 69 skipped\n",
                NULL);
}

static void walk(const char *name, int layers)
{
    char o[200];

    snprintf(o, sizeof o, "--model $F/%s.model.h5 --trace $T/t.h5", name);
    shell("02_embed %s --input $F/%s.golden.h5", o, name);
    for (int l = 0; l < layers; l++)
        shell("03_attention %s --layer %d && 04_mlp %s --layer %d", o, l, o, l);
    assert_int_equal(shell("05_unembed %s", o)->code, 0);
    assert_says(shell("07_backprop %s", o), 0, "of the stream", "layer 0", "wte", "all", NULL);
    assert_says(shell("touchstone compare --golden $F/%s.golden.h5 --model $F/%s.model.h5 "
                      "--strict $T/t.h5", name, name), 0, " 0 failed, 0 skipped\n", NULL);
}

static void the_walk_by_hand_passes(void **state)
{
    (void)state;
    walk("gpt1-pocket", 1);
    walk("gpt2-pocket", 1);
    walk("gpt1-b", 3);
    walk("gpt2-b", 3);
}

static void gradients_of_a_trace_are_compared(void **state)
{
    struct store *s;

    (void)state;
    walk("gpt2-pocket", 1);
    damage_file(file("t.h5"), "grad/wte", "scaled");
    assert_says(shell("touchstone compare --golden $F/gpt2-pocket.golden.h5 --precision f32 "
                      "$T/t.h5"), 1, "FAIL grad/wte", "every element is 1.0001 times",
                "54 passed, 1 failed, 0 skipped\n", NULL);
    s = store_update(file("t.h5"));
    store_remove(s, "grad/wte");
    store_commit(s);
    assert_says(shell("touchstone compare --golden $F/gpt2-pocket.golden.h5 $T/t.h5"), 0,
                "skipped: not in the trace: grad/wte", "54 passed, 0 failed, 1 skipped\n", NULL);
    assert_says(shell("touchstone compare --golden $F/gpt2-pocket.golden.h5 --strict $T/t.h5"), 1,
                "FAIL grad/wte", "54 passed, 1 failed, 0 skipped\n", NULL);
}

/* What a trace shows of one layer it must show of all, gradients as well; and a name
 * that the graph does not know is said. */
static void a_gap_in_the_gradients_fails(void **state)
{
    static const size_t one = 1;
    static const double zero = 0;

    (void)state;
    walk("gpt1-b", 3);
    struct store *s = store_update(file("t.h5"));
    store_remove(s, "backward/h.1/q");
    store_remove(s, "grad/h.0.ln_1.bias");
    store_remove(s, "backward/tok_embed");
    store_write(s, "backward/h.0/surprise", 8, &zero, 1, &one);
    store_write(s, "grad/surprise", 8, &zero, 1, &one);
    store_commit(s);
    const struct outcome *o = shell("touchstone compare --golden $F/gpt1-b.golden.h5 $T/t.h5");
    assert_says(o, 1, "FAIL backward/h.1/q", "FAIL grad/h.0.ln_1.bias", "missing in the trace",
                "skipped: not in the trace: backward/tok_embed",
                "132 passed, 2 failed, 1 skipped\n", NULL);
    assert_non_null(strstr(o->err, "/backward/h.0/surprise is no tensor of the graph"));
    assert_non_null(strstr(o->err, "/grad/surprise is no tensor of the graph"));
}

static void misuse_is_one_line(void **state)
{
    (void)state;
    assert_refused(shell("07_backprop --model $F/gpt2-pocket.model.h5"), "needs --trace T", NULL);
    shell("02_embed --model $F/gpt2-pocket.model.h5 --trace $T/u.h5 --tokens 3");
    assert_refused(shell("07_backprop --model $F/gpt2-pocket.model.h5 --trace $T/u.h5"),
                   "has no targets", NULL);
    shell("02_embed --model $F/gpt2-pocket.model.h5 --trace $T/u.h5 --tokens '3 5'");
    assert_refused(shell("07_backprop --model $F/gpt2-pocket.model.h5 --trace $T/u.h5"),
                   "has no /forward/h.0/ln_1: run build/03_attention before", NULL);
    assert_refused(shell("touchstone check --model $F/foreign/gpt2-narrow-ints.model.h5 --golden "
                         "$F/foreign/gpt2-narrow-ints.golden.h5 --direction backward"),
                   "holds no gradients", NULL);
    shell("touchstone run --model $F/gpt2-pocket.model.h5 --input $F/gpt2-pocket.golden.h5 "
          "-o $T/u.h5");
    assert_refused(shell("touchstone compare --golden $F/gpt2-pocket.golden.h5 --direction "
                         "backward $T/u.h5"), "u.h5 holds no gradients", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_agrees_with_the_wiring),
        cmocka_unit_test(the_loss_has_these_slopes),
        cmocka_unit_test(a_wrong_gradient_is_found),
        cmocka_unit_test(gradients_follow_from_the_forward_pass),
        cmocka_unit_test(the_walk_by_hand_passes),
        cmocka_unit_test(gradients_of_a_trace_are_compared),
        cmocka_unit_test(a_gap_in_the_gradients_fails),
        cmocka_unit_test(misuse_is_one_line),
    };

    return cmocka_run_group_tests_name("gradients", tests, begin, finish);
}
