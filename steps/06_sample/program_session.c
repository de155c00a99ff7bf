/* program_session.c: goes on with a text.
 *
 * When the model's P positions are full and --slide is given, the newest P/2 tokens
 * stay. They move to position 0 and on, so the cache is filled anew; that is why half
 * of them go at once and not one for each new token. Of what has gone the model
 * knows nothing. */
#include "program_session.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "01_tokenize/tokenize.h"
#include "05_unembed/score.h"
#include "die.h"
#include "files/model.h"
#include "program_engine.h"
#include "program_text.h"

/* ------------------------------------------------------------------ open, close */

/* Another one each time, short enough to be typed. */
static uint64_t any_seed(void)
{
    struct generator g = generator_begin((uint64_t)time(NULL) ^ (uint64_t)getpid() << 32);

    return (uint64_t)(generator_uniform(&g) * 1e9);
}

void session_open(struct session *s, const struct options *options)
{
    *s = (struct session){.options = *options, .end = -1, .stream = {.out = stdout}};
    s->program = (struct program){.name = "06_sample", .model_path = options->model};
    program_open_model(&s->program);
    s->vocabulary = vocabulary_from_model(s->program.model);
    if (s->vocabulary)
        s->end = end_of_text(s->vocabulary);
    s->predictor = predictor_begin(&s->program,
                                   options->no_cache ? NULL : engine_of(options->subject));
    s->room = allocate(s->program.model->cfg.n_vocab, sizeof *s->room);
    if (!options->has_seed)
        s->options.seed = any_seed();
    s->generator = generator_begin(s->options.seed);
    if (options->ids || options->verbose || !s->vocabulary)
        s->stream.out = NULL;
}

void session_close(struct session *s)
{
    free(s->room);
    free(s->tokens.id);
    predictor_end(&s->predictor);
    tokenizer_free(s->tokenizer);
    vocabulary_free(s->vocabulary);
    program_close(&s->program);
}

/* --------------------------------------------------------------- what begins it */

static void check_length(const struct session *s, const char *option)
{
    const size_t P = s->program.model->cfg.n_ctx;

    if (s->tokens.count > P && !s->options.slide)
        die("%s: %zu tokens are more than the model's n_ctx of %zu: shorten the text, or let "
            "--slide drop its beginning", option, s->tokens.count, P);
}

void session_text(struct session *s, const char *option, struct bytes text)
{
    if (!s->vocabulary)
        die("%s: %s has no tokenizer: give ids, --prompt-ids \"1 2 3\"", option,
            s->options.model);
    if (!s->tokenizer)
        s->tokenizer = tokenizer_make(s->vocabulary);
    s->tokens.count = 0;
    tokenize(&s->tokens, s->tokenizer, text, 0);
    if (s->tokens.count == 0 && s->end >= 0)
        tokens_add(&s->tokens, &s->end, 1);
    if (s->tokens.count == 0)
        die("%s: gives no tokens, and the model has no <|endoftext|> to begin with: give some "
            "text", option);
    check_length(s, option);
}

void session_ids(struct session *s, const char *option, const char *ids)
{
    free(s->tokens.id);
    s->tokens = parse_ids(option, ids, s->program.model->cfg.n_vocab);
    if (s->tokens.count == 0)
        die("%s: there are no ids", option);
    check_length(s, option);
}

/* ----------------------------------------------------------------- going on */

/* A token in its line: id, spelling, logit, and the model's probability. */
static void print_line(const struct session *s, const real *logits, int token)
{
    const size_t V = s->program.model->cfg.n_vocab;

    printf("%6d ", token);
    print_token(&s->program, token, 14);
    printf("  logit %15.9g  %7.3f %%\n", (double)logits[token],
           100 * exp(log_share(logits, (size_t)token, V)));
}

/* The newest token as text. What it adds may depend on the one before it: in GPT-1
 * the </w> of that one becomes a space now. True: the answer ends here. */
static bool print_text(struct session *s)
{
    const size_t n = s->tokens.count, first = n < 2 ? n : n - 2;
    struct text before = {0}, both = {0};

    detokenize(&before, s->vocabulary, s->tokens.id + first, n - 1 - first);
    detokenize(&both, s->vocabulary, s->tokens.id + first, n - first);
    const bool ended = stream_put(&s->stream, both.at + before.length,
                                  both.length - before.length);
    free(before.at);
    free(both.at);
    return ended;
}

static bool print_newest(struct session *s, const real *logits, bool is_first)
{
    const int token = s->tokens.id[s->tokens.count - 1];
    bool ended = false;

    if (s->options.verbose)
        print_line(s, logits, token);
    else if (s->options.ids || !s->vocabulary)
        printf(is_first ? "%d" : " %d", token);
    if (s->vocabulary)
        ended = print_text(s);
    fflush(stdout);
    return ended;
}

/* The token after those from `from` on. */
static size_t choose(struct session *s, size_t from, const real **logits)
{
    const size_t V = s->program.model->cfg.n_vocab, n = s->tokens.count;

    *logits = predict(&s->predictor, s->tokens.id + from, n - from);
    const size_t token = sample(*logits, V, &s->options.how, generator_uniform(&s->generator),
                                s->room);
    if (token == V)
        die("%s: the logits after %zu tokens are not finite: are the weights too large for a "
            "float?", s->options.model, n - from);
    return token;
}

/* So that a text can be made again. Said when nothing is wrong with the input. */
static void say_seed(struct session *s)
{
    if (!s->options.has_seed && s->options.how.temperature > 0)
        warn("--seed %llu", (unsigned long long)s->options.seed);
    s->options.has_seed = true;
}

void session_go_on(struct session *s)
{
    const size_t P = s->program.model->cfg.n_ctx, half = P < 2 ? 1 : P / 2;
    size_t from = 0, made = 0;
    bool ended = false, full = false;

    say_seed(s);
    for (; made < s->options.tokens && !ended; made++) {
        const size_t n = s->tokens.count;
        full = n >= P && !s->options.slide;
        if (full)
            break;
        if (n - from > P)
            from = n - half;
        const real *logits;
        const int token = (int)choose(s, from, &logits);
        if (token == s->end)
            break;
        tokens_add(&s->tokens, &token, 1);
        ended = print_newest(s, logits, made == 0);
    }
    if (!ended)
        stream_end(&s->stream);
    if (!s->options.verbose)
        putchar('\n');
    if (full)
        warn("stopped after %zu tokens: the text fills the model's n_ctx of %zu; --slide drops "
             "the oldest and goes on", made, P);
}
