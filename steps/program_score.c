/* program_score.c: how likely a model finds a text (05_unembed/score.c): prints the
 * probability of each token on request, and of the whole.
 *
 * A token's probability comes from the tokens before it. The first one has none:
 * where the model has <|endoftext|>, that is put before the text, as between the
 * texts that GPT-2 was trained on; else the first token is not scored, and the
 * output says so. */
#include "program_score.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "01_tokenize/tokenize.h"
#include "05_unembed/score.h"
#include "die.h"
#include "files/model.h"
#include "program_text.h"
#include "words.h"

struct scoring {
    const char *model, *path;  /* path of the text; `-` is standard input */
    bool ids, verbose;         /* the text is ids; a line for each token */
};

bool wants_score(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--score") == 0)
            return true;
    return false;
}

static struct scoring read_options(int argc, char **argv)
{
    struct scoring o = {0};

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--ids") == 0) {
            o.ids = true;
        } else if (strcmp(argv[i], "--verbose") == 0) {
            o.verbose = true;
        } else if (!list_has("--model --score", argv[i])) {
            die("unknown option %s: --score FILE takes --model M --ids --verbose", argv[i]);
        } else if (i + 1 == argc || !*argv[i + 1]) {
            die("%s needs a value: a file%s", argv[i],
                strcmp(argv[i], "--score") == 0 ? ", or - for standard input" : "");
        } else {
            *(strcmp(argv[i], "--model") == 0 ? &o.model : &o.path) = argv[i + 1];
            i++;
        }
    }
    if (!o.model)
        die("--score needs --model M");
    return o;
}

/* The tokens of the text, and its length in bytes: 0 where it is not known. */
static struct tokens read_tokens(const struct program *p, const struct scoring *o,
                                 const struct vocabulary *v, size_t *n_bytes)
{
    const int end = v ? end_of_text(v) : -1;
    struct tokens tokens = {0};
    struct text text = read_all("--score", o->path);

    *n_bytes = o->ids ? 0 : text.length;
    if (!v && !o->ids)
        die("--score: %s has no tokenizer: give the ids of a text, and --ids", o->model);
    if (end >= 0)
        tokens_add(&tokens, &end, 1);
    if (o->ids) {
        struct tokens ids = parse_ids("--score", (const char *)text.at, p->model->cfg.n_vocab);
        if (ids.count)
            tokens_add(&tokens, ids.id, ids.count);
        free(ids.id);
    } else {
        struct tokenizer *t = tokenizer_make(v);
        tokenize(&tokens, t, (struct bytes){text.at, text.length}, 0);
        tokenizer_free(t);
    }
    free(text.at);
    if (tokens.count < 2)
        die("--score: %s has %s: there is nothing to score", o->path,
            tokens.count == 0 || end >= 0 ? "no tokens" : "one token, and none before it");
    return tokens;
}

/* Scores tokens first .. of one window; returns the first token after it. */
static size_t add_window(struct score *score, struct program *p, const struct tokens *tokens,
                         size_t first, const struct scoring *o)
{
    const size_t V = p->model->cfg.n_vocab;
    const struct window w = score_window(first, tokens->count, p->model->cfg.n_ctx);

    program_text(p, tokens->id + w.begin, w.end - 1 - w.begin);
    forward(&p->model->cfg, &p->weights, &p->acts);
    for (size_t t = w.first; t < w.end; t++) {
        const real *logits = p->acts.logits + (t - 1 - w.begin) * V;
        const double share = log_share(logits, (size_t)tokens->id[t], V);

        if (!isfinite(share))
            die("%s: the logits of token %zu are not finite: are the weights too large for a "
                "float?", o->model, t);
        score->log_likelihood += share;
        score->tokens++;
        if (!o->verbose)
            continue;
        printf("%6d ", tokens->id[t]);
        print_token(p, tokens->id[t], 14);
        printf("  %11.6f %%  %9.4f bits\n", 100 * exp(share), -share / log(2));
    }
    return w.end;
}

static void print_score(const struct score *s, size_t n_tokens, size_t n_bytes)
{
    if (s->tokens < n_tokens)
        printf("the first token has none before it and is not scored\n");
    printf("tokens scored   %zu\n", s->tokens);
    printf("log-likelihood  %.6f\n", s->log_likelihood);
    printf("perplexity      %.6g\n", perplexity(s));
    printf("bits per token  %.6f\n", bits(s) / (double)s->tokens);
    if (n_bytes)
        printf("bits per byte   %.6f, of %zu bytes\n", bits(s) / (double)n_bytes, n_bytes);
}

int score_main(int argc, char **argv)
{
    die_as("05_unembed");
    const struct scoring o = read_options(argc, argv);
    struct program p = {.name = "05_unembed", .model_path = o.model};

    program_open_model(&p);
    struct vocabulary *v = vocabulary_from_model(p.model);
    size_t n_bytes, first = 1;
    struct tokens tokens = read_tokens(&p, &o, v, &n_bytes);
    const size_t before = v && end_of_text(v) >= 0;  /* tokens that are not the text's */
    struct score score = {0};

    if (o.verbose && !before)
        printf("%6d  the first token\n", tokens.id[0]);
    while (first < tokens.count)
        first = add_window(&score, &p, &tokens, first, &o);
    print_score(&score, tokens.count - before, n_bytes);
    free(tokens.id);
    vocabulary_free(v);
    program_close(&p);
    finish_output();
    return 0;
}
