/* test_sample.c: 06_sample and 05_unembed --score. Single draws, the generator and the cache
 * against goldens are checked by cases (harness/cases/cases_sample.c, cases_decode.c). */
#include "tool.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "05_unembed/score.h"
#include "06_sample/kv_cache.h"
#include "06_sample/random.h"
#include "06_sample/sample.h"
#include "06_sample/stream.h"
#include "die.h"
#include "files/model.h"
#include "files/store.h"
#include "graph.h"

/* ----------------------------------------------------------------- the draws */

/* 10^5 draws: each token about as often as its probability says. */
static void draws_are_fair(void **state)
{
    enum { V = 5, DRAWS = 100000 };
    static const double logits[V] = {0.5, -1, 2, 0.5, (double)-INFINITY};
    const struct sampling how = {.temperature = 1.5, .top_p = 1};
    struct generator g = generator_begin(7);
    struct candidate room[V];
    size_t count[V] = {0};
    double sum = 0, square = 0;

    (void)state;
    for (size_t i = 0; i < DRAWS; i++)
        count[sample(logits, V, &how, generator_uniform(&g), room)]++;
    for (size_t v = 0; v < V; v++)
        sum += exp(logits[v] / 1.5);
    for (size_t v = 0; v + 1 < V; v++) {
        const double want = DRAWS * exp(logits[v] / 1.5) / sum;
        square += ((double)count[v] - want) * ((double)count[v] - want) / want;
    }
    assert_int_equal(count[V - 1], 0);
    assert_true(square < 20);  /* 3 degrees of freedom: beyond by chance once in 5000 */
}

static void uniform_is_uniform(void **state)
{
    enum { BINS = 100, DRAWS = 100000 };
    const double want = (double)DRAWS / BINS;

    (void)state;
    for (uint64_t seed = 0; seed < 3; seed++) {
        struct generator g = generator_begin(seed);
        size_t count[BINS] = {0};
        double square = 0;
        for (size_t i = 0; i < DRAWS; i++) {
            const double u = generator_uniform(&g);
            assert_true(u >= 0 && u < 1);
            count[(size_t)(u * BINS)]++;
        }
        for (size_t i = 0; i < BINS; i++)
            square += ((double)count[i] - want) * ((double)count[i] - want) / want;
        assert_true(square > 50 && square < 170);  /* 99 degrees of freedom */
    }
}

/* ----------------------------------------------------------------- the cache */

static double *random_numbers(struct generator *g, size_t n, double low, double high)
{
    double *x = allocate(n, sizeof *x);

    for (size_t i = 0; i < n; i++)
        x[i] = low + (high - low) * generator_uniform(g);
    return x;
}

/* Whether the logits of every position are the same with and without the cache, to
 * the bit; the last half of the text is taken back once and computed again. */
static void compare_cache(const struct config *cfg, size_t T)
{
    struct graph *g = graph_make(cfg, 1, T);
    struct generator numbers = generator_begin(cfg->family);
    double **weight = allocate(g->n_weights, sizeof *weight);
    double **tensor = allocate(g->n_nodes, sizeof *tensor);
    double *memory = allocate(kv_cache_size(cfg), sizeof *memory);
    double *logits = allocate(cfg->n_vocab, sizeof *logits);
    int *tokens = allocate(2 * T, sizeof *tokens);
    struct weights w = {.h = allocate(cfg->n_layer, sizeof *w.h)};
    struct acts a = {.B = 1, .T = T, .tokens = tokens, .targets = tokens + T,
                     .h = allocate(cfg->n_layer, sizeof *a.h),
                     .qkv = allocate(T * 3 * cfg->d_model, sizeof *a.qkv)};

    for (size_t i = 0; i < g->n_weights; i++)
        weight[i] = random_numbers(&numbers, g->weight[i].count, -1, 1);
    for (size_t i = 0; i < g->n_nodes; i++)
        tensor[i] = allocate(g->node[i].count, sizeof *tensor[i]);
    for (size_t t = 0; t < 2 * T; t++)
        tokens[t] = (int)(generator_uniform(&numbers) * (double)cfg->n_vocab);
    graph_bind_weights(&w, g, weight);
    graph_bind_acts(&a, g, tensor);
    forward(cfg, &w, &a);
    struct kv_cache c = kv_cache_begin(cfg, memory);
    for (size_t round = 0; round < 2; round++) {
        for (c.t = round * T / 2; c.t < T;) {
            const size_t t = c.t;
            kv_cache_forward(logits, &c, cfg, &w, tokens[t]);
            assert_memory_equal(logits, a.logits + t * cfg->n_vocab,
                                cfg->n_vocab * sizeof *logits);
        }
    }
    free_all((void **)weight, g->n_weights);
    free_all((void **)tensor, g->n_nodes);
    free(memory);
    free(logits);
    free(tokens);
    free(w.h);
    free(a.h);
    free(a.qkv);
    graph_free(g);
}

static void the_cache_changes_no_bit(void **state)
{
    struct config cfg = {.n_layer = 3, .n_head = 3, .d_model = 15, .d_ff = 22, .n_ctx = 11,
                         .n_vocab = 23, .ln_eps = 1e-5};

    (void)state;
    for (int family = GPT1; family <= GPT2; family++) {
        cfg.family = (enum family)family;
        compare_cache(&cfg, 11);
        compare_cache(&cfg, 7);
        compare_cache(&cfg, 1);
    }
}

/* 200 greedy tokens, and 200 drawn ones: the logits that --verbose prints with 9
 * digits, enough to tell any two floats apart, are the same. */
static void the_program_needs_no_cache(void **state)
{
    static const char *const models[] = {"gpt1-a", "gpt2-a", "gpt1-odd", "gpt2-odd",
                                         "gpt1-one-head", "gpt2-loud", "gpt2-one-token"};

    (void)state;
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++)
        for (int t = 0; t < 2; t++)
            assert_says(shell("go() { 06_sample --model $F/%s.model.h5 --prompt-ids '3 1' "
                              "--slide --tokens 200 --verbose --temperature %d --seed 5 $1; }; "
                              "go >$T/with; go --no-cache >$T/without; cmp $T/with $T/without "
                              "&& wc -l <$T/with", models[i], t), 0, "200\n", NULL);
}

static void greedy_goes_on_as_the_reference(void **state)
{
    FILE *f = fopen("fixtures/sampling/greedy.txt", "r");
    char line[1024];
    size_t lines = 0;

    (void)state;
    assert_non_null(f);
    for (; fgets(line, sizeof line, f); lines++) {
        char *prompt = strstr(line, " : "), *want = prompt ? strstr(prompt + 3, " : ") : NULL;
        assert_non_null(want);
        *prompt = *want = '\0';
        for (int cached = 0; cached < 2; cached++) {
            const struct outcome *o = shell(
                "06_sample --model $F/%s.model.h5 --prompt-ids '%s' --ids --temperature 0 "
                "--tokens 99 %s", line, prompt + 3, cached ? "" : "--no-cache");
            assert_int_equal(o->code, 0);
            assert_string_equal(o->out, want + 3);
        }
    }
    assert_true(lines > 60);
    fclose(f);
}

/* ---------------------------------------------------------------- the program */

static void what_stops_it(void **state)
{
    (void)state;
    const struct outcome *o = shell("06_sample --model $F/gpt2-pocket.model.h5 --prompt 'Hello "
                                    "World' --temperature 0");
    assert_string_equal(o->out, "!!,rd\n");
    assert_int_equal(o->code, 0);
    assert_non_null(strstr(o->err, "stopped after 4 tokens: the text fills the model's n_ctx of "
                           "8; --slide"));
    o = shell("06_sample --model $F/gpt2-pocket.model.h5 --prompt 'Hello World' --tokens 2 "
              "--temperature 0");
    assert_string_equal(o->out, "!!\n");
    assert_string_equal(o->err, "");
    o = shell("06_sample --model $F/gpt2-pocket.model.h5 --prompt-ids '0 0 0 0 0 0 0 0' "
              "--temperature 0");
    assert_string_equal(o->out, "\n");
    assert_non_null(strstr(o->err, "stopped after 0 tokens"));
    o = shell("06_sample --model $F/gpt2-pocket.model.h5 --prompt-ids '0 0 0 0 0 0 0 0 0 3' "
              "--temperature 0 --slide --tokens 20 --ids | wc -w");
    assert_string_equal(o->out, "20\n");
}

static void words_are_joined_as_their_marks_say(void **state)
{
    (void)state;
    assert_string_equal(shell("06_sample --model $F/gpt1-pocket.model.h5 --prompt Hello "
                              "--temperature 0")->out, " world ! ! word\n");
    assert_string_equal(shell("06_sample --model $F/gpt1-pocket.model.h5 --prompt-ids 4 "
                              "--temperature 0 --tokens 3")->out, "llo world\n");
}

/* Texts of seeds, which no change may change. */
static void a_seed_is_a_text(void **state)
{
    const char *go = "06_sample --model $F/gpt2-pocket.model.h5 --prompt Hello --slide --tokens "
                     "30";

    (void)state;
    for (int i = 0; i < 2; i++)
        assert_string_equal(shell("%s --seed 1", go)->out,
                            " World!! Word!!!,llollo World Word!!!!lp!!! Word!!! Wo\n");
    assert_string_equal(shell("06_sample --model $F/gpt1-a.model.h5 --prompt-ids '1 2' --tokens 9 "
                              "--seed 9223372036854775807 --top-k 20 --top-p 0.9")->out,
                        "77 67 49 19 19 67 36 67 49\n");
    assert_string_equal(shell("%s --seed 1", go)->err, "");
    /* The seed that it chose itself is said, and makes the same text again. */
    assert_int_equal(shell("%s >$T/one 2>$T/seed && %s $(cut -d: -f2 $T/seed) >$T/two && "
                           "cmp $T/one $T/two", go, go)->code, 0);
}

static void one_candidate_is_greedy(void **state)
{
    static const char *const options[] = {"--top-k 1 --temperature 9", "--top-p 0",
                                          "--top-p 1e-300", "--temperature 1e-300",
                                          "--temperature 1e-9 --top-k 5 --top-p 0.5"};

    (void)state;
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        assert_int_equal(shell("go() { 06_sample --model $F/gpt2-odd.model.h5 --prompt-ids 7 "
                               "--slide --tokens 50 \"$@\"; }; go --temperature 0 >$T/greedy; "
                               "go --seed 3 %s >$T/other && cmp $T/greedy $T/other",
                               options[i])->code, 0);
}

/* A pocket with other tokens: their spellings, and the merges, a line each. */
static const char *other_words(const char *pocket, const char *name, const char *const token[],
                               size_t V, const char *const merge[], size_t M)
{
    const char *path = file(name);
    static int bytes[4096], offsets[512];
    const struct { const char *const *text; size_t n; const char *table; } tables[] = {
        {token, V, "vocab"}, {merge, M, "merges"}};
    char at[64];

    assert_int_equal(shell("cp $F/%s.model.h5 %s && chmod u+w %s", pocket, path, path)->code, 0);
    struct store *s = store_update(path);
    for (size_t k = 0; k < 2; k++) {
        size_t length = 0;
        for (size_t i = 0; i < tables[k].n; i++) {
            offsets[i] = (int)length;
            for (const char *c = tables[k].text[i]; *c; c++)
                bytes[length++] = (unsigned char)*c;
        }
        offsets[tables[k].n] = (int)length;
        snprintf(at, sizeof at, "tokenizer/%s", tables[k].table);
        store_write_ints(s, at, bytes, 1, &length);
        snprintf(at, sizeof at, "tokenizer/%s_offsets", tables[k].table);
        store_write_ints(s, at, offsets, 1, (const size_t[]){tables[k].n + 1});
    }
    store_commit(s);
    return path;
}

/* The pocket whose token 11 ends a text; greedily it comes after `He`, as above. */
static const char *with_an_end(void)
{
    static const char *const token[] = {"!", ",", ".", "He", "ll", "llo", "\304\240W",
                                        "\304\240Wo", "rl", "rld", "lp", "<|endoftext|>"};
    static const char *const merge[] = {"H e", "l l", "ll o", "\304\240 W", "\304\240W o", "r l",
                                        "rl d", "l p"};

    return other_words("gpt2-pocket", "end.h5", token, 12, merge, 8);
}

static void the_end_of_a_text(void **state)
{
    const char *model = with_an_end();

    (void)state;
    const struct outcome *o = shell("06_sample --model %s --prompt Hello --temperature 0", model);
    assert_string_equal(o->out, " World!!,\n");
    assert_string_equal(o->err, "");
    /* An empty prompt begins with it. */
    assert_int_equal(shell("06_sample --model %s --prompt '' --temperature 0 >$T/a; 06_sample "
                           "--model %s --prompt-ids 11 --temperature 0 >$T/b; cmp $T/a $T/b",
                           model, model)->code, 0);
    /* And a text that is scored: its first token has one before it. */
    o = shell("printf 'Hello World!' | 05_unembed --model %s --score -", model);
    assert_says(o, 0, "tokens scored   5\n", NULL);
    assert_null(strstr(o->out, "first"));
}

static void a_chat_stops_at_the_users_turn(void **state)
{
    /* What the pocket says after two others, tokens 7 and 11, is the user's turn here. */
    static const char *const token[] = {"<unk>", "!</w>", ",</w>", ".</w>", "he</w>", "ll",
                                        "llo</w>", "user</w>", "rl", "rld</w>", "lp</w>",
                                        ":</w>"};
    static const char *const merge[] = {"h e</w>"};
    const char *model = other_words("gpt1-pocket", "chat.h5", token, 12, merge, 1);

    (void)state;
    const struct outcome *o = shell(
        "06_sample --model %s --chat --slide --prompt He --temperature 0 --system ''", model);
    assert_int_equal(o->code, 0);
    assert_string_equal(o->out, " . !\n");
    o = shell("06_sample --model %s --chat --slide --prompt He --temperature 0 --system '' "
              "--verbose | awk '{ print $2 }' | tr '\n' ' '", model);
    assert_string_equal(o->out, ".</w> !</w> user</w> :</w> ");
    /* A line for each turn, the same without the cache, and empty lines are no turns. */
    o = shell("go() { printf 'he\\n\\nhe he\\r\\nhe' | 06_sample --model %s --chat --slide "
              "--prompt He --seed 11 --tokens 30 $1; }; go >$T/with; go --no-cache >$T/without; "
              "cmp $T/with $T/without && wc -l <$T/with", model);
    assert_string_equal(o->out, "4\n");
    /* Without a prompt the first turn is the first line. */
    o = shell("go() { 06_sample --model %s --chat --slide --seed 11 --tokens 30 \"$@\"; }; "
              "echo He | go >$T/line; go --prompt He >$T/prompt; cmp $T/line $T/prompt", model);
    assert_int_equal(o->code, 0);
    assert_refused(shell("06_sample --model %s --chat --prompt He --seed 1", model), "--chat: ",
                   "more than the model's n_ctx of 8", "--slide", NULL);
}

static void characters_are_never_cut(void **state)
{
    static const char text[] = "a\303\244\342\202\254\360\237\230\200\377\342\202z\303";
    static const size_t length[] = {1, 2, 3, 4, 1, 3};  /* what comes out at a time */
    size_t seen[16] = {0}, n_seen = 0;
    char *out;
    size_t size, before = 0;
    FILE *f = open_memstream(&out, &size);
    struct stream s = {.out = f};

    (void)state;
    for (size_t i = 0; i < sizeof text - 1; i++) {
        assert_false(stream_put(&s, text + i, 1));
        fflush(f);
        if (size > before)
            seen[n_seen++] = size - before;
        before = size;
    }
    stream_end(&s);
    fclose(f);
    assert_string_equal(out, text);
    assert_int_equal(n_seen, 6);
    assert_memory_equal(seen, length, sizeof length);
    free(out);
}

static void an_answer_ends_before_its_mark(void **state)
{
    static const struct {
        const char *text, *want;
        int ended;
    } cases[] = {
        {"yes\nUser: no", "yes", 1}, {"\nUser:", "", 1},       {"a\n\nUser:b", "a\n", 1},
        {"a\nUse", "a\nUse", 0},     {"User:", "User:", 0},    {"\nUs\nUser:", "\nUs", 1},
        {"\303\nUser:", "\303", 1},  {"\nUser\303", "\nUser\303", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t piece = 1; piece < 9; piece++) {
            char *out, *copy;
            size_t size, copied, n = strlen(cases[i].text);
            struct stream s = {.out = open_memstream(&out, &size),
                               .copy = open_memstream(&copy, &copied), .stop = "\nUser:"};
            int ended = 0;
            for (size_t at = 0; at < n && !ended; at += piece)
                ended = stream_put(&s, cases[i].text + at, n - at < piece ? n - at : piece);
            if (!ended)
                stream_end(&s);
            fclose(s.out);
            fclose(s.copy);
            assert_int_equal(ended, cases[i].ended);
            assert_string_equal(out, cases[i].want);
            assert_string_equal(copy, cases[i].want);
            free(out);
            free(copy);
        }
}

/* ------------------------------------------------------------------- --score */

static void windows_score_every_token_once(void **state)
{
    (void)state;
    for (size_t P = 1; P < 12; P++)
        for (size_t n = 2; n < 60; n++)
            for (size_t first = 1; first < n;) {
                const struct window w = score_window(first, n, P);
                const size_t context = first - w.begin;
                assert_int_equal(w.first, first);
                assert_true(w.end > first && w.end <= n);
                assert_true(w.end - 1 - w.begin <= P);
                assert_true(context >= 1 && (context >= P / 2 || w.begin == 0));
                first = w.end;
            }
}

static double number_after(const char *text, const char *label)
{
    const char *at = strstr(text, label);

    assert_non_null(at);
    return strtod(at + strlen(label), NULL);
}

/* Perplexity is exp of the loss, the golden's or a trace's, of the same tokens. */
static void perplexity_is_exp_of_the_loss(void **state)
{
    static const char *const models[] = {"gpt1-odd", "gpt2-odd", "gpt1-full", "gpt2-full"};
    double loss;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(shell("touchstone run --subject f64 --model $F/%s.model.h5 -o $T/s.h5 "
                               "--tokens '4 0 9 9 30 2 17 5'", models[i])->code, 0);
        struct store *s = store_open(file("s.h5"));
        store_read(s, "forward/loss", 8, &loss);
        store_close(s);
        const struct outcome *o = shell("echo 4 0 9 9 30 2 17 5 | 05_unembed --model "
                                        "$F/%s.model.h5 --score - --ids", models[i]);
        assert_true(fabs(log(number_after(o->out, "perplexity")) - loss) < 2e-5);
        assert_true(fabs(number_after(o->out, "bits per token") * log(2) - loss) < 2e-5);
        assert_null(strstr(o->out, "per byte"));
    }
    struct store *s = store_open("fixtures/gpt2-pocket.golden.h5");
    store_read(s, "forward/loss", 8, &loss);
    store_close(s);
    const struct outcome *o = shell("printf 'Hello World!' >$T/h; 05_unembed --model "
                                    "$F/gpt2-pocket.model.h5 --score $T/h --verbose");
    assert_true(fabs(log(number_after(o->out, "perplexity")) - loss) < 2e-5);
    /* By hand: 4 tokens cost 4 loss / log 2 bits, and the text has 12 bytes. */
    assert_true(fabs(number_after(o->out, "bits per byte") - 4 * loss / log(2) / 12) < 1e-5);
    assert_says(o, 0, "the first token has none before it and is not scored",
                "     0              !    59.516", NULL);
}

static void long_texts_are_scored_in_windows(void **state)
{
    (void)state;
    /* 42 tokens in 8 positions; the first 9 as if no others followed. */
    assert_says(shell("begin='Hello World! World! World'; printf \"$begin\" >$T/s; "
                      "{ printf \"$begin\"; for i in 1 2 3 4; do printf ' World! World, World'; "
                      "done; } >$T/t; score() { 05_unembed --model $F/gpt2-pocket.model.h5 "
                      "--score $1 --verbose; }; score $T/t >$T/long; "
                      "score $T/s | head -9 >$T/short; head -9 $T/long | cmp - $T/short && "
                      "tail -6 $T/long"), 0, "tokens scored   41\n", NULL);
    /* One position: each token by the one before it alone. */
    assert_says(shell("echo '1 2 3 1 2 3' | 05_unembed --model $F/gpt2-one-token.model.h5 "
                      "--score - --ids"), 0, "tokens scored   5\n", NULL);
}

/* ------------------------------------------------------------------- misuse */

static const struct {
    const char *command, *words;
} misuses[] = {
    {"06_sample", "needs --model M"},
    {"06_sample --model $F/gpt2-a.model.h5", "needs --prompt TEXT, or --prompt-ids"},
    {"06_sample --modle x", "unknown option --modle"},
    {"06_sample --model $P stray", "unknown option stray"},
    {"06_sample --model $P --prompt", "--prompt needs a value"},
    {"06_sample --model '' --prompt x", "--model needs a value"},
    {"06_sample --model /nowhere --prompt x", "/nowhere"},
    {"06_sample --model README.md --prompt x", "README.md"},
    {"06_sample --model $F --prompt x", "fixtures"},
    {"06_sample --model $F/gpt2-a.golden.h5 --prompt x", "a touchstone-model file is needed"},
    {"06_sample --model $P --prompt x --prompt-ids 1", "give one of them"},
    {"06_sample --model $P --chat --prompt-ids 1", "--chat is about text"},
    {"06_sample --model $P --chat --ids", "--chat is about text"},
    {"06_sample --model $P --prompt x --system y", "--system belongs to --chat"},
    {"06_sample --model $P --prompt x --tokens x", "--tokens: `x` is not a whole number"},
    {"06_sample --model $P --prompt x --tokens -1", "--tokens: `-1`"},
    {"06_sample --model $P --prompt x --temperature -1", "--temperature: `-1` is not a number of "
     "at least 0"},
    {"06_sample --model $P --prompt x --temperature nan", "--temperature: `nan`"},
    {"06_sample --model $P --prompt x --temperature inf", "--temperature: `inf`"},
    {"06_sample --model $P --prompt x --temperature 1x", "--temperature: `1x`"},
    {"06_sample --model $P --prompt x --top-p 1.5", "--top-p: `1.5` is not a number from 0 to 1"},
    {"06_sample --model $P --prompt x --top-k -2", "--top-k: `-2`"},
    {"06_sample --model $P --prompt x --seed -1", "--seed: `-1`"},
    {"06_sample --model $P --prompt x --seed 99999999999999999999", "--seed: "},
    {"06_sample --model $P --prompt-ids '1 12'", "--prompt-ids: `12` is no id of this model"},
    {"06_sample --model $P --prompt-ids '1 -2'", "`-2` is no id"},
    {"06_sample --model $P --prompt-ids '1 +2'", "`+2` is no id"},
    {"06_sample --model $P --prompt-ids '1 two'", "`two` is no id"},
    {"06_sample --model $P --prompt-ids 99999999999999999999", "is no id"},
    {"06_sample --model $P --prompt-ids ' '", "--prompt-ids: there are no ids"},
    {"06_sample --model $P --prompt ''", "--prompt: gives no tokens"},
    {"06_sample --model $F/gpt1-pocket.model.h5 --prompt ' '", "--prompt: gives no tokens"},
    {"06_sample --model $P --prompt \"$(printf 'a\\377')\"", "no token for"},
    {"06_sample --model $P --prompt 'Hello World! World! World!'",
     "--prompt: 11 tokens are more than the model's n_ctx of 8"},
    {"06_sample --model $P --prompt-ids '0 0 0 0 0 0 0 0 0'",
     "--prompt-ids: 9 tokens are more than"},
    {"06_sample --model $F/gpt2-a.model.h5 --prompt x", "has no tokenizer: give ids"},
    {"06_sample --model $F/gpt2-a.model.h5 --chat --prompt x", "has no tokenizer: give ids"},
    {"06_sample --model $P --prompt He --tokens 1 --temperature 0 >/dev/full",
     "standard output cannot be written"},
    {"05_unembed --score $T/text", "--score needs --model M"},
    {"05_unembed --model $P --score", "--score needs a value"},
    {"05_unembed --model --score", "--score: cannot be read"},
    {"05_unembed --model $P --score $T/text --top 3", "unknown option --top"},
    {"05_unembed --model $P --score /nowhere", "--score: /nowhere cannot be read"},
    {"05_unembed --model $P --score $T", "cannot be read"},
    {"05_unembed --model $P --score /dev/null", "/dev/null has no tokens"},
    {"05_unembed --model $F/gpt1-pocket.model.h5 --score - <harness/tests/../../fixtures/"
     "gpt1-a.model.h5 --ids", "is no id"},
    {"printf He | 05_unembed --model $P --score -", "one token, and none before it"},
    {"05_unembed --model $P --score $P", "no token for"},
    {"05_unembed --model $F/gpt2-a.model.h5 --score README.md", "has no tokenizer"},
    {"echo 1 97 | 05_unembed --model $F/gpt2-a.model.h5 --score - --ids", "`97` is no id"},
    {"printf 'Hello World' | 05_unembed --model $P --score - >/dev/full",
     "standard output cannot be written"},
};

static void misuse_is_one_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof misuses / sizeof misuses[0]; i++)
        assert_refused(shell("P=$F/gpt2-pocket.model.h5; printf 'Hello World!' >$T/text; %s",
                             misuses[i].command), misuses[i].words, NULL);
}

/* Weights that are finite, and logits that are not. */
static void logits_that_are_no_numbers(void **state)
{
    (void)state;
    borrow("gpt2-pocket.model.h5");
    struct store *s = store_update(file("gpt2-pocket.model.h5"));
    float huge[8];
    for (size_t i = 0; i < 8; i++)
        huge[i] = 3e38F;
    store_write(s, "weights/ln_f.weight", 4, huge, 1, (const size_t[]){8});
    store_commit(s);
    assert_refused(shell("06_sample --model $T/gpt2-pocket.model.h5 --prompt Hello --seed 1"),
                   "the logits after 2 tokens are not finite", NULL);
    assert_refused(shell("echo 3 5 7 | 05_unembed --model $T/gpt2-pocket.model.h5 --score - "
                         "--ids"), "the logits of token 1 are not finite", NULL);
}

/* Another subject computes the same text; one that cannot is refused. */
static void subjects_agree(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++)
        assert_says(shell("06_sample --model $F/gpt2-pocket.model.h5 --prompt Hello "
                          "--temperature 0 --tokens 2 --subject %s", i ? "avx2" : "scalar"), 0,
                    " World\n", NULL);
    assert_refused(shell("06_sample --model $F/gpt2-pocket.model.h5 --prompt a --subject f64"),
                   "--subject f64", "double", NULL);
    assert_refused(shell("06_sample --model $F/gpt2-pocket.model.h5 --prompt a --subject fast"),
                   "--subject fast", NULL);
    assert_refused(shell("06_sample --model $F/gpt2-pocket.model.h5 --prompt a --no-cache "
                         "--subject avx2"), "--no-cache", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_are_fair),
        cmocka_unit_test(uniform_is_uniform),
        cmocka_unit_test(the_cache_changes_no_bit),
        cmocka_unit_test(the_program_needs_no_cache),
        cmocka_unit_test(greedy_goes_on_as_the_reference),
        cmocka_unit_test(what_stops_it),
        cmocka_unit_test(words_are_joined_as_their_marks_say),
        cmocka_unit_test(a_seed_is_a_text),
        cmocka_unit_test(one_candidate_is_greedy),
        cmocka_unit_test(the_end_of_a_text),
        cmocka_unit_test(a_chat_stops_at_the_users_turn),
        cmocka_unit_test(characters_are_never_cut),
        cmocka_unit_test(an_answer_ends_before_its_mark),
        cmocka_unit_test(windows_score_every_token_once),
        cmocka_unit_test(perplexity_is_exp_of_the_loss),
        cmocka_unit_test(long_texts_are_scored_in_windows),
        cmocka_unit_test(misuse_is_one_line),
        cmocka_unit_test(logits_that_are_no_numbers),
        cmocka_unit_test(subjects_agree),
    };

    return cmocka_run_group_tests(tests, begin, finish);
}
