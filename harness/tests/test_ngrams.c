/* test_ngrams.c: 08_train --ngrams: n-grams and their smoothing. */
#include "tool.h"

#include <math.h>
#include <string.h>

#include "06_sample/random.h"
#include "08_train/ngram.h"

static void assert_near(double got, double want, double within)
{
    if (!(fabs(got - want) <= within))
        fail_msg("%.17g instead of %.17g", got, want);
}

/* ----------------------------------------------------------------- worked by hand */

enum { A, B, R, C, D, N_LETTERS };

static const int abracadabra[] = {A, B, R, A, C, A, D, A, B, R, A};

enum { LENGTH = sizeof abracadabra / sizeof abracadabra[0] };

/* Pairs: ab 2, br 2, ra 2, ac 1, ca 1, ad 1, da 1. So n1 = 4, n2 = 3, n3 = 0, and the
 * discounts are those of a small text: 0.5, 1, 1.5.
 *
 * Different letters before a: r, c, d and the beginning, 4; before b: a; before r: b; before
 * c: a; before d: a: 1 each. All: 8. Here n2 = 0, so 0.5, 1, 1.5 again. They lose
 * 1.5 + 4 * 0.5 = 3.5 of 8, a fifth of which goes to each letter: 0.0875.
 *     p(a) = 2.5 / 8 + 0.0875 = 0.4,  p(b) = p(r) = p(c) = p(d) = 0.5 / 8 + 0.0875 = 0.15
 *
 * After a: b 2, c 1, d 1, all 4; they lose 1 + 0.5 + 0.5 = 2, half. So
 *     p(a|a) = 0.5 p(a) = 0.2             p(b|a) = 1 / 4 + 0.5 p(b) = 0.325
 *     p(c|a) = 0.5 / 4 + 0.5 p(c) = 0.2   p(d|a) the same
 *     p(r|a) = 0.5 p(r) = 0.075
 * After b: r 2, which loses 1 of 2: p(r|b) = 0.5 + 0.5 p(r) = 0.575, p(a|b) = 0.2. */
static void a_small_text_by_hand(void **state)
{
    static const double after_a[N_LETTERS] = {0.2, 0.325, 0.075, 0.2, 0.2};
    struct ngrams *m = ngrams_make(abracadabra, LENGTH, 2, N_LETTERS);

    (void)state;
    assert_non_null(m);
    assert_int_equal(ngrams_distinct(m, 1), 5);
    assert_int_equal(ngrams_distinct(m, 2), 7);
    for (int w = A; w <= D; w++) {
        assert_near(ngrams_probability(m, NULL, 0, w), w == A ? 0.4 : 0.15, 1e-15);
        assert_near(ngrams_probability(m, (int[]){A}, 1, w), after_a[w], 1e-15);
    }
    assert_near(ngrams_probability(m, (int[]){A, B}, 2, R), 0.575, 1e-15);
    assert_near(ngrams_probability(m, (int[]){A, B}, 2, A), 0.2, 1e-15);
    assert_near(ngrams_bits(m, (int[]){A, B, R}, 1, 3), -log2(0.325) - log2(0.575),
                        1e-14);
    ngrams_free(m);
}

/* Single tokens are counted as they are. Counts 1 1 2 3 4 of 11: n1 = 2, the others 1.
 *     Y = 2 / (2 + 2) = 0.5,  D = 1 - 2 * 0.5 * 1/2 = 0.5,  2 - 3 * 0.5 = 0.5,  3 - 4 * 0.5 = 1
 * They lose 0.5 + 0.5 + 0.5 + 1 + 1 = 3.5 of 11, a seventh of which goes to each of the 7
 * tokens, the two that do not occur, too: 0.5 / 11. */
static void order_1_is_the_formula(void **state)
{
    enum { V = 7 };
    static const int text[] = {4, 3, 4, 2, 3, 4, 0, 2, 3, 4, 1};
    static const double share[V] = {1, 1, 2, 2.5, 3.5, 0.5, 0.5};
    struct ngrams *m = ngrams_make(text, sizeof text / sizeof text[0], 1, V);

    (void)state;
    assert_non_null(m);
    assert_int_equal(ngrams_distinct(m, 1), 5);
    for (int w = 0; w < V; w++) {
        assert_near(ngrams_probability(m, NULL, 0, w), share[w] / 11, 1e-15);
        assert_near(ngrams_probability(m, (int[]){3, 4}, 2, w), share[w] / 11, 1e-15);
    }
    ngrams_free(m);
}

/* --------------------------------------------- the same without any cleverness */

struct text {
    const int *tokens;
    size_t n, order, V;
};

static bool is_at(const struct text *t, size_t place, const int *gram, size_t k)
{
    return place + k <= t->n && (k == 0 || memcmp(t->tokens + place, gram, k * sizeof *gram) == 0);
}

/* c of an n-gram of k tokens: as it occurs where k is the order, else by what is before. */
static double count(const struct text *t, const int *gram, size_t k)
{
    double sum = 0;

    if (k < t->order) {
        for (int before = 0; before < (int)t->V; before++) {
            bool found = false;
            for (size_t i = 1; i < t->n; i++)
                found |= t->tokens[i - 1] == before && is_at(t, i, gram, k);
            sum += found;
        }
        return sum + is_at(t, 0, gram, k);
    }
    for (size_t i = 0; i < t->n; i++)
        sum += is_at(t, i, gram, k);
    return sum;
}

/* D of counts 1, 2, 3 and more, by what all different n-grams of k tokens count. */
static void discounts(double discount[4], const struct text *t, size_t k)
{
    double n[5] = {0};

    for (size_t i = 0; i + k <= t->n; i++) {
        bool first = true;
        for (size_t before = 0; before < i; before++)
            first &= !is_at(t, before, t->tokens + i, k);
        const double c = count(t, t->tokens + i, k);
        if (first && c < 5)
            n[(int)c]++;
    }
    const double Y = n[1] / (n[1] + 2 * n[2]);
    discount[0] = 0;
    discount[1] = 1 - 2 * Y * n[2] / n[1];
    discount[2] = 2 - 3 * Y * n[3] / n[2];
    discount[3] = 3 - 4 * Y * n[4] / n[3];
    if (!(n[1] > 0 && n[2] > 0 && n[3] > 0 && discount[2] >= 0 && discount[3] >= 0))
        memcpy(discount, (const double[]){0, 0.5, 1, 1.5}, 4 * sizeof *discount);
}

/* gram: a context, and room for the token after it, at gram[k-1]. */
static double probability(const struct text *t, double discount[][4], int *gram, size_t k)
{
    const int token = gram[k - 1];
    double total = 0, lost = 0, own = 0;
    const double shorter = k == 1 ? 1 / (double)t->V : probability(t, discount, gram + 1, k - 1);

    for (int w = 0; w < (int)t->V; w++) {
        gram[k - 1] = w;
        const double c = count(t, gram, k);
        const double d = discount[k][c < 3 ? (int)c : 3];
        total += c;
        lost += d;
        own = w == token ? c - d : own;
    }
    gram[k - 1] = token;
    return total > 0 ? own / total + lost / total * shorter : shorter;
}

/* Random texts in which low tokens are frequent, so that discounts of all kinds occur. */
static void agrees_with_slow_counting(void **state)
{
    enum { MOST = 160, V = 6, ORDERS = 5 };
    struct generator random = generator_begin(4);
    int tokens[MOST + ORDERS];

    (void)state;
    for (size_t order = 1; order <= ORDERS; order++)
        for (size_t n = 1; n <= MOST; n += n < 8 ? 1 : 38) {
            double discount[ORDERS + 1][4];
            const struct text t = {tokens, n, order, V};
            for (size_t i = 0; i < MOST; i++) {
                const double u = generator_uniform(&random);
                tokens[i] = (int)(u * u * (V - 1));
            }
            struct ngrams *m = ngrams_make(tokens, n, order, V);
            assert_non_null(m);
            for (size_t k = 1; k <= order; k++)
                discounts(discount[k], &t, k);
            for (int trial = 0; trial < 40; trial++) {
                int gram[ORDERS];
                for (size_t i = 0; i < order; i++)
                    gram[i] = (int)(generator_uniform(&random) * V);
                if (trial % 2 && n > order)  /* one that occurs, with the end of the text */
                    memcpy(gram, tokens + n - order - (size_t)trial % (n - order),
                           order * sizeof *gram);
                const double want = probability(&t, discount, gram, order);
                const double got = ngrams_probability(m, gram, order - 1, gram[order - 1]);
                if (!(fabs(got - want) <= 1e-14))
                    fail_msg("order %zu, %zu tokens: %.17g instead of %.17g", order, n, got, want);
            }
            ngrams_free(m);
        }
}

/* ---------------------------------------------------------------- what must hold */

enum { V_LARGE = 300, N_LARGE = 20000 };

static void make_text(int *tokens, size_t n, int V)
{
    struct generator random = generator_begin(5);
    int before = 0;

    for (size_t i = 0; i < n; i++) {
        const double u = generator_uniform(&random);
        before = (int)(u * u * u * (V - 1) + before * 7) % (V - 1);
        tokens[i] = before;
    }
}

static void probabilities_add_up_to_1(void **state)
{
    static int text[N_LARGE];
    struct generator random = generator_begin(6);

    (void)state;
    make_text(text, N_LARGE, V_LARGE);
    for (size_t order = 1; order <= 5; order++) {
        struct ngrams *m = ngrams_make(text, N_LARGE, order, V_LARGE);
        assert_non_null(m);
        for (size_t trial = 0; trial < 200; trial++) {
            /* Of the text, its very end among them, and any tokens at all. */
            int any[4];
            for (size_t i = 0; i < 4; i++)
                any[i] = (int)(generator_uniform(&random) * V_LARGE);
            const int *context = trial % 2 ? any : text + N_LARGE - 4 - trial * 90;
            double sum = 0, least = 1;
            for (int w = 0; w < V_LARGE; w++) {
                const double p = ngrams_probability(m, context, trial % 5, w);
                sum += p;
                least = fmin(least, p);
            }
            assert_near(sum, 1, 1e-12);
            assert_true(least > 0);
        }
        ngrams_free(m);
    }
}

/* Tokens that the text does not have, before and after; contexts longer than any. */
static void what_was_never_seen_has_a_score(void **state)
{
    static int text[N_LARGE];
    static const int held_out[] = {V_LARGE - 1, 3, V_LARGE - 1, V_LARGE - 1, 0};

    (void)state;
    make_text(text, N_LARGE, V_LARGE);
    for (size_t order = 1; order <= 5; order++) {
        struct ngrams *m = ngrams_make(text, N_LARGE, order, V_LARGE);
        assert_non_null(m);
        const double bits = ngrams_bits(m, held_out, 0, 5);
        assert_true(isfinite(bits) && bits > 5 * log2(V_LARGE) / 2);
        const double by_heart = ngrams_bits(m, text, 0, N_LARGE) / N_LARGE;
        assert_true(by_heart > 0 && by_heart < log2(V_LARGE));
        ngrams_free(m);
    }
}

/* No token, one, and fewer than the order. */
static void texts_that_are_hardly_any(void **state)
{
    (void)state;
    for (size_t order = 1; order <= 5; order++)
        for (size_t n = 0; n <= 3; n++) {
            struct ngrams *m = ngrams_make((int[]){1, 1, 1}, n, order, 3);
            double sum = 0;
            assert_non_null(m);
            for (int w = 0; w < 3; w++)
                sum += ngrams_probability(m, (int[]){1, 1, 1, 1}, 4, w);
            assert_near(sum, 1, 1e-15);
            assert_int_equal(ngrams_distinct(m, 1), n > 0);
            assert_int_equal(ngrams_distinct(m, order), n >= order);
            ngrams_free(m);
        }
}

/* A text that goes in a circle of 4: from the third token on, 2 before tell the next. */
static void a_circle_is_learnt(void **state)
{
    enum { N = 4000 };
    static const int circle[4] = {0, 1, 0, 2};
    static int text[N];

    (void)state;
    for (size_t i = 0; i < N; i++)
        text[i] = circle[i % 4];
    for (size_t order = 1; order <= 5; order++) {
        struct ngrams *m = ngrams_make(text, N / 2, order, 3);
        assert_non_null(m);
        const double bits = ngrams_bits(m, text, N / 2, N) / (N / 2);
        /* 1: half are 0 and a quarter each 1 and 2. 2: after 0 come 1 or 2. 3: all is known. */
        assert_near(bits, order == 1 ? 1.5 : order == 2 ? 0.5 : 0, 0.01);
        ngrams_free(m);
    }
}

/* -------------------------------------------------------------------- the program */

static void the_table_is_printed(void **state)
{
    (void)state;
    assert_says(shell("for i in 1 2 3 4 5 6 7 8; do echo Hello, World; echo Hello; echo World; "
                      "done >$T/text; 01_tokenize --train --kind gpt2 --vocab-size 262 --out $T/v "
                      "$T/text >/dev/null && 08_train --ngrams --text $T/text --kind gpt2 "
                      "--merges $T/v/merges.txt --held-out 0.2 | tee $T/table"), 0,
                "held out, which are", "order  bits per token  bits per byte  different n-grams",
                NULL);
    assert_says(shell("08_train --ngrams --text - --kind gpt2 --vocab $T/v/vocab.json --merges "
                      "$T/v/merges.txt --held-out 0.2 <$T/text | cmp - $T/table && "
                      "wc -l <$T/table"),
                0, "7\n", NULL);
}

static const struct {
    const char *command, *words;
} misuses[] = {
    {"08_train --ngrams", "--ngrams needs --text FILE and a vocabulary"},
    {"08_train --ngrams --text $T/x", "--ngrams needs --text FILE and a vocabulary"},
    {"08_train --ngrams --model $P", "--ngrams needs --text FILE and a vocabulary"},
    {"08_train --ngrams --text $T/x --kind gpt1 --merges m", "--ngrams needs"},
    {"08_train --ngrams --text $T/x --model $P --kind gpt2", "--ngrams needs"},
    {"08_train --ngrams --text $T/x --kind gpt3 --vocab v --merges m",
     "--kind gpt3: gpt2 or gpt1"},
    {"08_train --ngrams --text $T/x --model", "--model needs a value"},
    {"08_train --ngrams --text '' --model $P", "--text needs a value"},
    {"08_train --ngrams --order 5", "unknown option --order: --ngrams needs"},
    {"08_train --text $T/x --model $P --ngrams --held-out 1", "`1` is not a number from 0 to 0.9"},
    {"08_train --ngrams --text $T/x --model $P --held-out 0", "--held-out 0: leaves nothing to "
     "measure by: the text has 1 tokens"},
    {"08_train --ngrams --text $T/x --model $P --held-out 0.9", "leaves nothing to"},
    {"08_train --ngrams --text /nowhere --model $P", "--text: /nowhere cannot be read"},
    {"08_train --ngrams --text /dev/null --model $P", "/dev/null is empty"},
    {"08_train --ngrams --text $T/x --model /nowhere", "/nowhere"},
    {"08_train --ngrams --text $T/x --model $F/gpt2-a.model.h5",
     "gpt2-a.model.h5: has no tokenizer"},
    {"08_train --ngrams --text README.md --model $P", "no token for"},
    {"08_train --ngrams --text $T/lines --model $P --held-out 0.4 >/dev/full",
     "standard output cannot be written"},
};

static void misuse_is_one_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof misuses / sizeof misuses[0]; i++)
        assert_refused(shell("P=$F/gpt2-pocket.model.h5; printf He >$T/x; "
                             "printf 'Hello World!Hello World!' >$T/lines; %s",
                             misuses[i].command), misuses[i].words, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_text_by_hand),
        cmocka_unit_test(order_1_is_the_formula),
        cmocka_unit_test(agrees_with_slow_counting),
        cmocka_unit_test(probabilities_add_up_to_1),
        cmocka_unit_test(what_was_never_seen_has_a_score),
        cmocka_unit_test(texts_that_are_hardly_any),
        cmocka_unit_test(a_circle_is_learnt),
        cmocka_unit_test(the_table_is_printed),
        cmocka_unit_test(misuse_is_one_line),
    };

    return cmocka_run_group_tests(tests, begin, finish);
}
