/* test_graph.c: the table of tensors agrees with the wiring in forward.c, and the
 * fixtures leave no tensor untrusted. */
#include "tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "execute.h"
#include "small_model.h"

/* The ops, called one after the other as the table says, give bit for bit what
 * forward() gives. */
static void table_and_wiring_agree(enum family family, const char *subject)
{
    struct runner r = small_runner(family, subject);
    const struct graph *g = r.graph;
    double **wiring = run_chain(&r, small_tokens, small_targets);
    double **table = allocate(g->n_nodes, sizeof *table);
    size_t n_out;

    for (size_t i = 0; i < g->n_nodes; i++)
        table[i] = allocate(g->node[i].count, sizeof(double));
    for (size_t i = 0; i < g->n_nodes; i += n_out) {
        const double *in[MAX_INPUTS] = {NULL};
        for (size_t k = 0; k < g->node[i].n_in; k++)
            in[k] = table[g->node[i].in[k]];
        n_out = outputs_of(g, i);
        run_local(&r, i, n_out, in, small_tokens, small_targets, table + i);
    }
    for (size_t i = 0; i < g->n_nodes; i++)
        if (memcmp(table[i], wiring[i], g->node[i].count * sizeof(double)) != 0)
            fail_msg("gpt%d, %s: the table and forward.c differ at %s", (int)family, subject,
                     g->node[i].name);
    free_all((void **)table, g->n_nodes);
    free_all((void **)wiring, g->n_nodes);
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

static void inputs_come_before_use(void **state)
{
    (void)state;
    for (int family = GPT1; family <= GPT2; family++) {
        const struct config cfg = {(enum family)family, 2, 3, 15, 7, 5, 11, 1e-5};
        struct graph *g = graph_make(&cfg, 1, 4);

        for (size_t i = 0; i < g->n_nodes; i++) {
            assert_int_equal(graph_find(g, g->node[i].name), i);
            for (size_t k = 0; k < g->node[i].n_in; k++)
                assert_true(g->node[i].in[k] < i);
            for (size_t k = 0; k < g->node[i].n_weight; k++)
                assert_true(g->node[i].weight[k] < g->n_weights);
        }
        graph_free(g);
    }
}

/* 15 tensors a block, 4 outside, ln_f in GPT-2; 12 weights a block, 2 or 4 outside. */
static void the_formats_tensors_are_all_there(void **state)
{
    (void)state;
    for (int family = GPT1; family <= GPT2; family++) {
        const struct config cfg = {(enum family)family, 12, 12, 768, 3072, 1024, 50257, 1e-5};
        struct graph *g = graph_make(&cfg, 1, 1024);
        size_t parameters = 0;

        for (size_t i = 0; i < g->n_weights; i++)
            parameters += g->weight[i].count;
        assert_int_equal(g->n_nodes, 12 * 15 + (family == GPT2 ? 5 : 4));
        assert_int_equal(g->n_weights, 12 * 12 + (family == GPT2 ? 4 : 2));
        if (family == GPT2)
            assert_int_equal(parameters, 124439808);  /* gpt2, as published */
        graph_free(g);
    }
}

/* Every tensor of both families is passed, and so trusted, in some fixture, by
 * each of these subjects in each mode. */
static void every_tensor_is_trusted_somewhere(void **state)
{
    (void)state;
    assert_int_equal(shell("touchstone check --fixtures $F --subject f64,scalar --quiet "
                           "--tsv $T/all.tsv")->code, 0);
    const struct outcome *o = shell(
        "awk -F '\\t' 'NR > 1 && $6 !~ /^[168]$/ { t = $5; gsub(/h\\.[0-9]+/, \"h\", t); "
        "k = substr($1, 1, 4) \" \" $2 \" \" $3 \" \" t; seen[k] = 1; "
        "if ($8 == \"PASS\") pass[k] = 1 }"
        " END { for (k in seen) { n++; if (!(k in pass)) print k } print n }' $T/all.tsv");
    /* gpt1: 19 tensors, 18 gradients at them, 14 of weights; gpt2: 20, 19, 16; by 2
     * subjects in 2 modes */
    assert_string_equal(o->out, "424\n");
}

/* Where a golden has no f32_ attributes, what is worked out instead is near what
 * the reference measured: in the middle within a factor of 3. */
static void worked_out_yardsticks_are_near(void **state)
{
    (void)state;
    borrow("gpt2-odd.model.h5");
    borrow("gpt2-odd.golden.h5");
    shell("touchstone check --model $T/gpt2-odd.model.h5 --golden $T/gpt2-odd.golden.h5 --quiet "
          "--direction forward --subject scalar --tsv $T/with.tsv && "
          "cut -f5 $T/with.tsv | tail -n +2 > $T/names");
    FILE *names = fopen(file("names"), "r");
    char name[64], path[80];
    while (fscanf(names, "%63s", name) == 1 && strcmp(name, "loss") != 0) {
        snprintf(path, sizeof path, "forward/%s", name);
        damage_file(file("gpt2-odd.golden.h5"), path, "none");  /* drops the attributes */
    }
    fclose(names);
    const struct outcome *o = shell(
        "touchstone check --model $T/gpt2-odd.model.h5 --golden $T/gpt2-odd.golden.h5 --quiet "
        "--direction forward --subject scalar --tsv $T/without.tsv >/dev/null; "
        "paste $T/with.tsv $T/without.tsv | "
        "awk -F '\\t' 'NR > 1 && $13 > 0 && $15 > 1 { print $30 / $13 }' | sort -g > $T/r && "
        "awk '{ r[NR] = $1 } END { m = r[int(NR / 2)]; print NR, (m > 1 / 3 && m < 3), "
        "(r[1] > 1 / 8 && r[NR] < 8) }' $T/r");
    assert_string_equal(o->out, "94 1 1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_agrees_with_the_wiring),
        cmocka_unit_test(inputs_come_before_use),
        cmocka_unit_test(the_formats_tensors_are_all_there),
        cmocka_unit_test(every_tensor_is_trusted_somewhere),
        cmocka_unit_test(worked_out_yardsticks_are_near),
    };

    return cmocka_run_group_tests_name("graph", tests, begin, finish);
}
