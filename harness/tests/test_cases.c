/* test_cases.c: steps 01, 06 and 08 checked by cases. Each function of a subject is put out
 * of order in turn: the groups that are about it, and no others, have to fail. */
#include "tool.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "cases/cases_run.h"
#include "die.h"

static const struct case_ops *right;      /* the subject's own */
static const struct engine_ops *engine;

/* ------------------------------------------------------- functions out of order */

static uint32_t wrong_character(unsigned char byte)
{
    return byte == 173 ? 173 : right->alphabet_character(byte);
}

static int wrong_byte(uint32_t character)
{
    return character >= 256 ? (int)character - 256 : right->alphabet_byte(character);
}

/* Four bytes are read as three. */
static size_t wrong_read(uint32_t *character, const unsigned char *at, const unsigned char *end)
{
    const size_t length = right->utf8_read(character, at, end);

    return length == 4 ? 3 : length;
}

/* Invalid bytes one by one. */
static size_t wrong_invalid(uint32_t *character, const unsigned char *at,
                            const unsigned char *end)
{
    const size_t length = right->utf8_read(character, at, end);

    return *character > 0x10FFFF ? 1 : length;
}

static size_t wrong_write(unsigned char *out, uint32_t character)
{
    const size_t length = right->utf8_write(out, character);

    out[0] ^= length > 2;
    return length;
}

/* The text as it is, in one piece. */
static void no_split(const unsigned char *text, size_t length, piece_visitor *visit,
                     void *context)
{
    if (length)
        visit(context, text, length);
}

static const struct merge *wrong_lowest(const int *symbol, size_t n, const struct merges *merges)
{
    const struct merge *found = NULL;

    for (size_t i = 0; i + 1 < n && !found; i++)
        found = merges_find(merges, symbol[i], symbol[i + 1]);
    return found;
}

static size_t wrong_apply(int *symbol, size_t n, const struct merge *merge)
{
    return n > 3 ? n : right->bpe_apply(symbol, n, merge);
}

/* From the left, as `wrong_lowest` finds them. */
static size_t wrong_bpe(int *symbol, size_t n, const struct merges *merges)
{
    const struct merge *merge;

    while ((merge = wrong_lowest(symbol, n, merges)))
        n = right->bpe_apply(symbol, n, merge);
    return n;
}

static size_t no_bpe(int *symbol, size_t n, const struct merges *merges)
{
    return symbol && merges ? n : 0;
}

static void wrong_tokenize(struct tokens *out, struct tokenizer *t, struct bytes text, int how)
{
    const size_t before = out->count;

    right->tokenize(out, t, text, how);
    if (out->count > before)
        out->id[before]++;
    else
        tokens_add(out, (const int[]){0}, 1);
}

/* What was in the list is lost. */
static void tokenize_anew(struct tokens *out, struct tokenizer *t, struct bytes text, int how)
{
    out->count = 0;
    right->tokenize(out, t, text, how);
}

static void not_special(struct tokens *out, struct tokenizer *t, struct bytes text, int how)
{
    right->tokenize(out, t, text, how & ~TOKENIZE_SPECIAL);
}

static void not_replaced(struct tokens *out, struct tokenizer *t, struct bytes text, int how)
{
    right->tokenize(out, t, text, how & ~TOKENIZE_REPLACE);
}

static void wrong_detokenize(struct text *out, const struct vocabulary *v, const int *id,
                             size_t n)
{
    right->detokenize(out, v, id, n);
    text_add(out, " ", 1);
}

static struct generator wrong_seed(uint64_t seed)
{
    return right->generator_begin(seed + 1);
}

static double wrong_uniform(struct generator *g)
{
    return 1 - right->generator_uniform(g);
}

static double wrong_normal(struct generator *g)
{
    return -right->generator_normal(g);
}

static size_t wrong_sample(const void *logits, size_t V, const struct sampling *how,
                           double uniform, struct candidate *room)
{
    return (right->sample(logits, V, how, uniform, room) + 1) % (V + 1);
}

static size_t other_temperature(const void *logits, size_t V, const struct sampling *how,
                          double uniform, struct candidate *room)
{
    struct sampling other = *how;

    if (how->temperature > 0)
        other.temperature = 1 / how->temperature;
    return right->sample(logits, V, &other, uniform, room);
}

static size_t one_more(const void *logits, size_t V, const struct sampling *how, double uniform,
                       struct candidate *room)
{
    struct sampling other = *how;

    other.top_k += how->top_k > 0;
    return right->sample(logits, V, &other, uniform, room);
}

/* Of tokens as high as the k-th only those of the lowest ids stay: the others sink. */
static size_t ties_are_cut(const void *logits, size_t V, const struct sampling *how,
                           double uniform, struct candidate *room)
{
    double x[64];
    size_t kept = 0;

    if (how->top_k == 0)
        return right->sample(logits, V, how, uniform, room);
    memcpy(x, logits, V * sizeof *x);
    for (size_t v = 0; v < V; v++) {
        size_t above = 0;
        for (size_t w = 0; w < V; w++)
            above += ((const double *)logits)[w] > x[v] ||
                     (((const double *)logits)[w] == x[v] && w < v);
        if (above >= how->top_k)
            x[v] = -(double)INFINITY;
        else
            kept++;
    }
    return right->sample(kept ? x : logits, V, how, uniform, room);
}

static size_t without_p(const void *logits, size_t V, const struct sampling *how,
                        double uniform, struct candidate *room)
{
    struct sampling other = *how;

    other.top_p = 1;
    return right->sample(logits, V, &other, uniform, room);
}

/* The highest is the last of several. */
static size_t last_of_equals(const void *logits, size_t V, const struct sampling *how,
                             double uniform, struct candidate *room)
{
    const double *x = logits;
    size_t best = right->sample(logits, V, how, uniform, room);

    for (size_t v = 0; v < V && how->temperature == 0 && best < V; v++)
        if (x[v] >= x[best])
            best = v;
    return best;
}

static size_t spoiled_logits(const void *logits, size_t V, const struct sampling *how,
                             double uniform, struct candidate *room)
{
    const size_t token = right->sample(logits, V, how, uniform, room);

    ((double *)(uintptr_t)logits)[0] += 1;
    return token;
}

static void wrong_decode(struct engine *e, void *logits, size_t position, int token)
{
    engine->decode(e, logits, position, token);
    if (logits)
        ((double *)logits)[0] *= 1 + 1e-9;
}

/* The first token of a text finds that of the text before in its place. */
static void leaking_decode(struct engine *e, void *logits, size_t position, int token)
{
    static int texts;

    texts += position == 0;
    engine->decode(e, logits, position, position == 0 && texts > 1 ? (token + 1) % 7 : token);
}

static void wrong_prefill(struct engine *e, void *logits, const int *tokens, size_t n)
{
    engine->prefill(e, logits, tokens, n);
    if (logits)
        ((double *)logits)[0] = 1e9;
}

static void wrong_adamw(void *weight, void *mean, void *square, const void *dweight,
                        const struct adam *o, size_t n)
{
    struct adam late = *o;

    late.t++;
    right->adamw(weight, mean, square, dweight, &late, n);
}

static void wrong_means(void *weight, void *mean, void *square, const void *dweight,
                        const struct adam *o, size_t n)
{
    right->adamw(weight, mean, square, dweight, o, n);
    ((double *)mean)[n - 1] *= 1 + 1e-9;
}

static void wrong_eps(void *weight, void *mean, void *square, const void *dweight,
                      const struct adam *o, size_t n)
{
    struct adam other = *o;

    other.eps *= 1 + 1e-9;
    right->adamw(weight, mean, square, dweight, &other, n);
}

static void wrong_decay(void *weight, void *mean, void *square, const void *dweight,
                        const struct adam *o, size_t n)
{
    struct adam other = *o;

    other.decay *= 1 + 1e-9;
    right->adamw(weight, mean, square, dweight, &other, n);
}

static void wrong_openai(void *weight, void *mean, void *square, const void *dweight,
                         const struct adam *o, size_t n)
{
    right->adamw(weight, mean, square, dweight, o, n);
}

static void idle_adam(void *weight, void *mean, void *square, const void *dweight,
                      const struct adam *o, size_t n)
{
    struct adam idle = *o;

    idle.rate = 0;
    idle.beta1 = idle.beta2 = 0.5;
    right->openai_adam(weight, mean, square, dweight, &idle, n);
}

static double wrong_norm(void *const dweight[], const size_t count[], size_t n)
{
    return right->gradient_norm(dweight, count, n) * (1 + 1e-9);
}

static double wrong_clip(double norm, double most)
{
    return right->clip_scale(norm + 1e-6, most);
}

static double wrong_rate(const struct schedule *s, size_t step)
{
    return right->learning_rate(s, step) * (1 + 1e-9);
}

static double no_warmup(const struct schedule *s, size_t step)
{
    return step <= s->warmup ? s->rate : right->learning_rate(s, step);
}

static double endless_rate(const struct schedule *s, size_t step)
{
    const struct schedule longer = {s->rate, s->min_rate, s->warmup, s->steps + 5};

    return right->learning_rate(&longer, step);
}

static void wrong_tokens(int *tokens, int *targets, const int *text, size_t n, size_t B,
                         size_t T, uint64_t seed, size_t step)
{
    right->draw_batch(tokens, targets, text, n, B, T, seed, step);
    tokens[B * T - 1] = tokens[0];
}

static void unshifted(int *tokens, int *targets, const int *text, size_t n, size_t B, size_t T,
                      uint64_t seed, size_t step)
{
    right->draw_batch(tokens, targets, text, n, B, T, seed, step);
    memcpy(targets, tokens, B * T * sizeof *targets);
}

static void without_a_seed(int *tokens, int *targets, const int *text, size_t n, size_t B,
                           size_t T, uint64_t seed, size_t step)
{
    right->draw_batch(tokens, targets, text, n, B, T, seed / 10 + 1, step);
}

static size_t wrong_cut(int *tokens, int *targets, const int *text, size_t n, size_t B, size_t T,
                        size_t stride, size_t first)
{
    const size_t counted = right->cut_batch(tokens, targets, text, n, B, T, stride, first);

    targets[0] = targets[0] == -1 ? 1 : targets[0];
    return counted;
}

static struct lesson forgetful_step(struct trainer *t, const int *text, size_t n)
{
    const size_t step = t->step;
    const struct lesson lesson = right->train_step(t, text, n);

    t->step = step;
    return lesson;
}

static struct lesson undecayed_step(struct trainer *t, const int *text, size_t n)
{
    t->recipe.decay = 0;
    return right->train_step(t, text, n);
}

static struct lesson all_decay(struct trainer *t, const int *text, size_t n)
{
    const struct lesson lesson = right->train_step(t, text, n);

    for (size_t i = 0; i < t->graph->n_weights; i++)
        for (size_t k = 0; k < t->count[i] && t->graph->weight[i].rank == 1; k++)
            t->weight[i][k] *= 1 - lesson.rate * t->recipe.decay;
    return lesson;
}

/* ---------------------------------------------------------------- who is told of */

/* A function out of order; the groups of which some fail then, and those that may, as a
 * consequence: by their name, or by its beginning where that is followed by a star. */
static const struct {
    int step;
    const char *fail[4], *may[2];
    struct case_ops ops;           /* its members that are not NULL */
    void (*decode)(struct engine *e, void *logits, size_t position, int token);
    void (*prefill)(struct engine *e, void *logits, const int *tokens, size_t n);
} damages[] = {
    {1, {"alphabet/character"}, {0}, .ops.alphabet_character = wrong_character},
    {1, {"alphabet/byte"}, {0}, .ops.alphabet_byte = wrong_byte},
    {1, {"utf8/read"}, {0}, .ops.utf8_read = wrong_read},
    {1, {"utf8/invalid"}, {0}, .ops.utf8_read = wrong_invalid},
    {1, {"utf8/write"}, {0}, .ops.utf8_write = wrong_write},
    {1, {"split/gpt2/words", "split/gpt2/contractions", "split/gpt2/spaces"}, {"split/gpt2/*"},
     .ops.split_gpt2 = no_split},
    {1, {"split/gpt2/classes", "split/gpt2/any-bytes"}, {"split/gpt2/*"},
     .ops.split_gpt2 = no_split},
    {1, {"split/gpt1/words", "split/gpt1/lower-case", "split/gpt1/punctuation"},
     {"split/gpt1/*"}, .ops.split_gpt1 = no_split},
    {1, {"split/gpt1/accents", "split/gpt1/scripts", "split/gpt1/vanishing"}, {"split/gpt1/*"},
     .ops.split_gpt1 = no_split},
    {1, {"bpe/lowest"}, {0}, .ops.bpe_lowest = wrong_lowest},
    {1, {"bpe/apply"}, {0}, .ops.bpe_apply = wrong_apply},
    {1, {"bpe/rank-order", "bpe/long-words"}, {0}, .ops.bpe = wrong_bpe},
    {1, {"bpe/word"}, {"bpe/*"}, .ops.bpe = no_bpe},
    {1, {"encode/gpt2/empty", "encode/gpt1/sentence", "encode/gpt2/any-bytes",
         "encode/gpt1-pocket"}, {"encode/*"}, .ops.tokenize = wrong_tokenize},
    {1, {"encode/gpt2/appended", "encode/gpt1/appended"}, {0}, .ops.tokenize = tokenize_anew},
    {1, {"encode/gpt2/special-token", "encode/gpt1/special-token"}, {0},
     .ops.tokenize = not_special},
    {1, {"encode/gpt2/replace"}, {0}, .ops.tokenize = not_replaced},
    {1, {"decode/gpt2/texts", "decode/gpt1/texts", "decode/gpt2/any-bytes",
         "decode/gpt1-pocket"}, {"decode/*"}, .ops.detokenize = wrong_detokenize},
    {6, {"random/seed"}, {0}, .ops.generator_begin = wrong_seed},
    {6, {"random/uniform", "random/seed"}, {0}, .ops.generator_uniform = wrong_uniform},
    {6, {"random/normal"}, {0}, .ops.generator_normal = wrong_normal},
    {6, {"sample/no-token", "sample/greedy", "sample/draw", "greedy/gpt2-odd"},
     {"sample/*", "greedy/*"}, .ops.sample = wrong_sample},
    {6, {"sample/temperature", "sample/top-p-and-temperature", "sample/temperature-extreme"},
     {"sample/top-k*"}, .ops.sample = other_temperature},
    {6, {"sample/top-k", "sample/top-k-and-top-p"},
     {"sample/top-k-ties", "sample/temperature-extreme"}, .ops.sample = one_more},
    {6, {"sample/top-k-ties"}, {"sample/top-k-and-top-p", "sample/temperature-extreme"},
     .ops.sample = ties_are_cut},
    {6, {"sample/top-p", "sample/top-p-and-temperature", "sample/top-k-and-top-p"},
     {"sample/temperature-extreme"}, .ops.sample = without_p},
    {6, {"sample/greedy-ties"}, {0}, .ops.sample = last_of_equals},
    {6, {"sample/logits-stay"}, {0}, .ops.sample = spoiled_logits},
    {6, {"cache/gpt1-a", "cache-again/gpt2-odd", "cache-prefill/gpt2-tiny"},
     {"cache/*", "cache-*"}, .decode = wrong_decode},
    {6, {"cache-again/gpt1-batch3"}, {"cache-again/*"}, .decode = leaking_decode},
    {6, {"cache-prefill/gpt2-a", "greedy/gpt1-pocket"}, {"cache-prefill/*", "greedy/*"},
     .prefill = wrong_prefill},
    {8, {"adamw/first-step", "adamw/later-step", "adamw/eps", "step/parts"},
     {"adamw/*", "train/*"}, .ops.adamw = wrong_adamw},
    {8, {"adamw/means"}, {"step/parts", "train/*"}, .ops.adamw = wrong_means},
    {8, {"adamw/eps", "adamw/clipped"}, {"step/parts", "train/*"}, .ops.adamw = wrong_eps},
    {8, {"adamw/decay"}, {"train/*"}, .ops.adamw = wrong_decay},
    {8, {"openai-adam/eps", "openai-adam/decay", "openai-adam/clipped", "step/parts-openai"},
     {"train/*"}, .ops.openai_adam = wrong_openai},
    {8, {"openai-adam/means", "openai-adam/clipped", "step/parts-openai"},
     {"openai-adam/*", "train/*"}, .ops.openai_adam = idle_adam},
    {8, {"clip/norm", "train/gpt2-wide.adamw/losses"}, {"step/parts*", "train/*"},
     .ops.gradient_norm = wrong_norm},
    {8, {"clip/scale", "train/gpt2-wide.adamw/matrices"}, {"step/parts*", "train/*"},
     .ops.clip_scale = wrong_clip},
    {8, {"schedule/warm-up", "schedule/cosine", "schedule/end", "schedule/no-warm-up"},
     {"step/parts*", "train/*"},
     .ops.learning_rate = wrong_rate},
    {8, {"schedule/cosine", "schedule/end", "schedule/no-warm-up"}, {"step/parts*", "train/*"},
     .ops.learning_rate = endless_rate},
    {8, {"schedule/warm-up", "step/parts"}, {"step/parts*", "train/*"},
     .ops.learning_rate = no_warmup},
    {8, {"batch/tokens", "step/parts"}, {"batch/targets", "step/parts*"},
     .ops.draw_batch = wrong_tokens},
    {8, {"batch/targets", "step/parts"}, {"step/parts*"}, .ops.draw_batch = unshifted},
    {8, {"batch/seed"}, {"step/parts*"}, .ops.draw_batch = without_a_seed},
    {8, {"batch/cut"}, {0}, .ops.cut_batch = wrong_cut},
    {8, {"step/parts", "step/parts-openai"}, {0}, .ops.train_step = forgetful_step},
    {8, {"step/decay"}, {0}, .ops.train_step = undecayed_step},
    {8, {"step/decay"}, {0}, .ops.train_step = all_decay},
};

static const struct subject *f64(void)
{
    const char *build = getenv("BUILD");
    char path[256];

    snprintf(path, sizeof path, "./%s/subjects/f64.so", build ? build : "build");
    const struct subject *s = subject_load(path);
    right = s->cases;
    engine = s->engine;
    return s;
}

static struct results run_cases(const struct subject *s, int step, const char *fixtures)
{
    const struct case_choice choice = {.fixtures = fixtures};
    struct results all = {0};

    cases_run(&all, s, step, &choice, NULL);
    return all;
}

/* The members of `damage` that are not NULL take the place of the right ones. */
static struct case_ops damaged_ops(const struct case_ops *damage)
{
    typedef void function(void);
    enum { MEMBERS = sizeof(struct case_ops) / sizeof(function *) };
    function *mine[MEMBERS], *other[MEMBERS];
    struct case_ops ops;

    memcpy(mine, right, sizeof mine);
    memcpy(other, damage, sizeof other);
    for (size_t i = 0; i < MEMBERS; i++)
        mine[i] = other[i] ? other[i] : mine[i];
    memcpy(&ops, mine, sizeof ops);
    return ops;
}

static bool fits(const char *name, const char *pattern)
{
    const size_t length = strlen(pattern);

    return pattern[length - 1] == '*' ? strncmp(name, pattern, length - 1) == 0
                                      : strcmp(name, pattern) == 0;
}

static bool fits_any(const char *name, const char *const *pattern, size_t n)
{
    for (size_t i = 0; i < n && pattern[i]; i++)
        if (fits(name, pattern[i]))
            return true;
    return false;
}

/* How many verdicts are not as they should be. */
static size_t not_located(const struct results *all, size_t d)
{
    size_t bad = 0;

    for (size_t i = 0; i < all->count; i++) {
        const struct result *x = &all->item[i];
        const bool must = fits_any(x->node.name, damages[d].fail, 4);

        if (x->status == SKIP || (x->status == PASS && must))
            bad += (size_t)printf("damage %zu: %s passes\n", d, x->node.name);
        if (x->status == FAIL && !must && !fits_any(x->node.name, damages[d].may, 2))
            bad += (size_t)printf("damage %zu: %s fails: %s", d, x->node.name, x->lines);
        if (x->status == FAIL)
            assert_true(x->wrong > 0 && x->wrong <= x->node.count && x->reason[0]);
    }
    for (size_t k = 0; k < 4 && damages[d].fail[k]; k++) {
        bool there = false;
        for (size_t i = 0; i < all->count; i++)
            there |= fits(all->item[i].node.name, damages[d].fail[k]);
        if (!there)
            bad += (size_t)printf("there is no group %s\n", damages[d].fail[k]);
    }
    return bad;
}

static void what_is_wrong_is_located(void **state)
{
    const struct subject *s = f64();
    const size_t every = getenv("SANITIZED") ? 5 : 1;  /* a process is slow to start there */
    size_t bad = 0;

    (void)state;
    /* All cases, and a few goldens. */
    assert_int_equal(shell("mkdir $T/few && cd $F && ln -s $PWD/*.model.h5 "
                           "$PWD/gpt[12]-a.golden.h5 $PWD/gpt1-batch3.golden.h5 "
                           "$PWD/gpt2-odd.golden.h5 $PWD/gpt2-tiny.golden.h5 "
                           "$PWD/tokenizers $PWD/sampling $PWD/training $T/few")->code, 0);
    for (size_t d = 0; d < sizeof damages / sizeof damages[0]; d += every) {
        const struct case_ops ops = damaged_ops(&damages[d].ops);
        struct engine_ops with = *engine;
        struct subject damaged = *s;

        if (damages[d].decode)
            with.decode = damages[d].decode;
        if (damages[d].prefill)
            with.prefill = damages[d].prefill;
        damaged.cases = &ops;
        damaged.engine = &with;
        struct results all = run_cases(&damaged, damages[d].step, file("few"));
        bad += not_located(&all, d);
        results_free(&all);
    }
    assert_int_equal(bad, 0);
}

/* Every group is made to fail by some damage above, and by none of its own accord. */
static void every_group_can_fail(void **state)
{
    static const int steps[] = {1, 6, 8};
    const struct subject *s = f64();

    (void)state;
    for (size_t k = 0; k < 3; k++) {
        struct results all = run_cases(s, steps[k], "fixtures");

        assert_true(all.count > 30);
        for (size_t i = 0; i < all.count; i++) {
            const struct result *x = &all.item[i];
            bool can = false;

            for (size_t d = 0; d < sizeof damages / sizeof damages[0]; d++)
                can |= fits_any(x->node.name, damages[d].fail, 4) ||
                       fits_any(x->node.name, damages[d].may, 2);
            if (!can || x->status != PASS || x->node.count == 0 || x->node.step != steps[k])
                fail_msg("%s: %s, %zu cases, %s", x->node.name, status_name(x->status),
                         x->node.count, can ? x->lines : "no damage makes it fail");
        }
        results_free(&all);
    }
}

/* --------------------------------------------------------------- what goes down */

static const char *how_it_ends;

static void ending_tokenize(struct tokens *out, struct tokenizer *t, struct bytes text, int how)
{
    if (text.length == 3 && memcmp(text.at, "50%", 3) == 0) {
        if (strcmp(how_it_ends, "crash") == 0)
            abort();
        if (strcmp(how_it_ends, "loop") == 0)
            raise(SIGXCPU);  /* what the system sends when the time is over */
        if (strcmp(how_it_ends, "leave") == 0)
            exit(0);
        die("`50%%` is too much: leave it out");
    }
    right->tokenize(out, t, text, how);
}

static void no_ending_ends_the_check(void **state)
{
    static const struct {
        const char *how, *words;
    } ends[] = {
        {"crash", "a crash: Aborted"},
        {"loop", "no end within 20 seconds"},
        {"leave", "it ended the program"},
        {"die", "it gave up: `50%` is too much: leave it out"},
    };
    const struct subject *s = f64();
    struct case_ops ops = *right;
    struct subject ending = *s;

    (void)state;
    ops.tokenize = ending_tokenize;
    ending.cases = &ops;
    for (size_t e = 0; e < 4; e++) {
        how_it_ends = ends[e].how;
        struct results all = run_cases(&ending, 1, "fixtures");
        size_t failed = 0;
        for (size_t i = 0; i < all.count; i++) {
            const struct result *x = &all.item[i];
            if (x->status == PASS)
                continue;
            failed++;
            assert_non_null(strstr(x->lines, "\"50%\"\n"));
            if (!strstr(x->lines, ends[e].words))
                fail_msg("%s: %s", ends[e].how, x->lines);
        }
        assert_in_range(failed, 1, 4);
        results_free(&all);
    }
}

/* ------------------------------------------------------------- what is not there */

static void what_is_missing_is_skipped(void **state)
{
    const struct subject *s = f64();
    struct case_ops ops = *right;
    struct subject less = *s;
    size_t skipped = 0;

    (void)state;
    ops.bpe = NULL;
    less.cases = &ops;
    struct results all = run_cases(&less, 1, "fixtures");
    for (size_t i = 0; i < all.count; i++)
        if (all.item[i].status == SKIP) {
            assert_string_equal(all.item[i].reason, "the subject has no bpe");
            skipped++;
        } else {
            assert_int_equal(all.item[i].status, PASS);
        }
    assert_int_equal(skipped, 3);
    results_free(&all);
    less.engine = NULL;
    less.cases = NULL;
    all = run_cases(&less, 6, "fixtures");
    for (size_t i = 0; i < all.count; i++)
        assert_int_equal(all.item[i].status, SKIP);
    results_free(&all);
}

static bool owns_nothing(const struct subject *self, const struct node *node, bool backward)
{
    return self && node && backward && false;
}

/* Of a subject that has some functions of its own, only these are told of. */
static void of_a_part_only_that_is_shown(void **state)
{
    const struct case_ops ops = {.sample = f64()->cases->sample};
    struct subject part = *f64();

    (void)state;
    part.cases = &ops;
    part.engine = NULL;
    part.owns = owns_nothing;
    struct results all = run_cases(&part, 6, "fixtures");
    assert_int_equal(all.count, 12);
    for (size_t i = 0; i < all.count; i++)
        assert_int_equal(all.item[i].status, PASS);
    results_free(&all);
    all = run_cases(&part, 8, "fixtures");
    assert_int_equal(all.count, 0);
    results_free(&all);
}

/* ------------------------------------------------------------------ the command */

static void the_command_selects(void **state)
{
    static const struct {
        const char *options, *words;
    } runs[] = {
        {"--step 01", " 0 failed, 0 skipped\n"},
        {"--step 06 --only gpt2-a", "4 passed, 0 failed, 0 skipped\n"},
        {"--step 01 --only gpt1-pocket", "2 passed, 0 failed, 0 skipped\n"},
        {"--step 08 --only gpt2-wide", "4 passed, 0 failed, 0 skipped\n"},
        {"--step 08 --only gpt2-wide --mode local", "4 passed, 0 failed, 0 skipped\n"},
        {"--step 08 --only gpt2-wide --verbose", "train/gpt2-wide.adamw/vectors"},
        {"--only gpt2-one-token --step 02", "6 passed, 0 failed, 0 skipped\n"},
    };
    static const struct {
        const char *options, *words;
    } misuses[] = {
        {"--step 06 --only gpt3", "holds no golden of a model of that name"},
        {"--step 08 --only gpt2-a", "--step 08: there are no cases of the model gpt2-a"},
        {"--step 01 --layer 0", "--step 01: is checked by cases, which have no --layer"},
        {"--step 01 --tensor q", "which have no --layer and no --tensor"},
        {"--step 06 --mode chain", "--step 06: is checked by cases of a subject, in local mode"},
        {"--step 06 --direction backward", "together select nothing"},
        {"--step 08 --direction forward", "together select nothing"},
        {"--step 01 --fixtures $F/foreign", "--step 01: fixtures/foreign has no folder tokenizers"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++)
        assert_says(shell("touchstone check --fixtures $F --subject f64 %s", runs[i].options), 0,
                    runs[i].words, NULL);
    for (size_t i = 0; i < sizeof misuses / sizeof misuses[0]; i++)
        assert_refused(shell("touchstone check --fixtures $F --subject f64 %s",
                             misuses[i].options), misuses[i].words, NULL);
    assert_refused(shell("touchstone check --model $F/gpt2-a.model.h5 --golden "
                         "$F/gpt2-a.golden.h5 --step 01"),
                   "check --fixtures checks 01, 06 and 08", NULL);
    /* Where the folder is not there and not asked for, nothing is said of it. */
    assert_null(strstr(shell("touchstone check --fixtures $F/foreign --subject f64")->out,
                       "by cases"));
}

/* A copy of the cases, in which a file has been changed by sed. */
static const struct outcome *with_other_cases(const char *name, const char *edit,
                                              const char *options)
{
    return shell("rm -rf $T/f; mkdir $T/f && cp -r $F/tokenizers $F/sampling $T/f && chmod -R u+w "
                 "$T/f && ln -s $PWD/$F/*.h5 $T/f && sed -i '%s' $T/f/%s && touchstone check "
                 "--fixtures $T/f --subject f64 %s", edit, name, options);
}

static void what_is_wrong_is_shown(void **state)
{
    const struct outcome *o = with_other_cases("tokenizers/gpt2.cases.jsonl",
                                               "/I.t\"/!s/\"ids\":\\[[0-9]*,/\"ids\":[1,/",
                                               "--step 01");

    (void)state;
    assert_says(o, 1, "first wrong group of cases: encode/gpt2/sentence\n",
                "FAIL encode/gpt2/sentence [53]  step 01 tokenize  (f64, local)\n",
                " cases are wrong; the first:\n    \"", "\n    got  ", "\n    want 1 ",
                "\n  again: build/touchstone check --fixtures ",
                " --subject f64 --step 01 --verbose\n",
                NULL);
    o = with_other_cases("sampling/draws.txt", "30s/^0/1/", "--step 06 --json -");
    assert_int_equal(o->code, 1);
    assert_non_null(strstr(o->out, "\"name\": \"sample/"));
    assert_non_null(strstr(o->out, "\"status\": \"FAIL\""));
    assert_non_null(strstr(o->out, "draws.txt:30"));
    o = with_other_cases("sampling/draws.txt", "30s/^0/1/", "--step 06 --tsv - | grep FAIL");
    assert_non_null(strstr(o->out, "sampling\tf64\tlocal\t"));
    assert_non_null(strstr(o->out, "1 of "));
}

static void damaged_cases_are_refused(void **state)
{
    static const struct {
        const char *name, *edit, *words;
    } damages_of_files[] = {
        {"tokenizers/gpt1.cases.jsonl", "7s/class/kind/", "line 7 is no case"},
        {"tokenizers/gpt2.cases.jsonl", "8s/}//", "line 8 is no case"},
        {"sampling/draws.txt", "3s/^/x/", "line 3 is no draw"},
        {"sampling/draws.txt", "633s/ [^ ]*$//", "line 633 has fewer than"},
        {"sampling/greedy.txt", "2s/:/;/", "line 2 is not `MODEL : ids : ids`"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof damages_of_files / sizeof damages_of_files[0]; i++) {
        const struct outcome *o = with_other_cases(
            damages_of_files[i].name, damages_of_files[i].edit,
            damages_of_files[i].name[0] == 't' ? "--step 01" : "--step 06");
        assert_int_equal(o->code, 2);
        if (!strstr(o->err, damages_of_files[i].words))
            fail_msg("%s: %s", damages_of_files[i].edit, o->err);
    }
    assert_int_equal(with_other_cases("sampling/greedy.txt", "", "--step 06; rm "
                                      "$T/f/sampling/draws.txt; touchstone check --fixtures $T/f "
                                      "--step 06 --subject f64")->code, 2);
    assert_refused(shell("rm -r $T/f/tokenizers; mkdir $T/f/tokenizers; touchstone check "
                         "--fixtures $T/f --step 01 --subject f64"), "vocab.json", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_group_can_fail),
        cmocka_unit_test(what_is_wrong_is_located),
        cmocka_unit_test(no_ending_ends_the_check),
        cmocka_unit_test(what_is_missing_is_skipped),
        cmocka_unit_test(of_a_part_only_that_is_shown),
        cmocka_unit_test(the_command_selects),
        cmocka_unit_test(what_is_wrong_is_shown),
        cmocka_unit_test(damaged_cases_are_refused),
    };

    return cmocka_run_group_tests_name("cases", tests, begin, finish);
}
