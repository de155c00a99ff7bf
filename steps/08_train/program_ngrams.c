/* program_ngrams.c: `08_train --ngrams`: what n-grams (ngram.c) reach on a text, to be
 * compared with a model that was trained on it.
 *
 * The text, its vocabulary and the part that is held out are those of training, so bits
 * per byte mean the same in both tables. */
#include "program_ngrams.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "files/model.h"
#include "ngram.h"
#include "program_corpus.h"
#include "program_session.h"
#include "program_text.h"
#include "words.h"

enum { HIGHEST_ORDER = 5 };

struct task {
    const char *text, *model, *kind, *vocab, *merges, *subject;
    double held_out;
};

static const char usage[] =
    "--ngrams needs --text FILE and a vocabulary, --model M, or --kind gpt2 or gpt1 --vocab FILE "
    "--merges FILE; it takes --held-out X and --subject NAME too";

bool wants_ngrams(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--ngrams") == 0)
            return true;
    return false;
}

static const char **value_of(struct task *t, const char *word)
{
    return strcmp(word, "--text") == 0     ? &t->text
           : strcmp(word, "--model") == 0  ? &t->model
           : strcmp(word, "--kind") == 0   ? &t->kind
           : strcmp(word, "--vocab") == 0  ? &t->vocab
           : strcmp(word, "--merges") == 0 ? &t->merges
           : strcmp(word, "--subject") == 0 ? &t->subject
                                           : NULL;
}

static void check(const struct task *t)
{
    const bool files = t->kind || t->vocab || t->merges;

    /* GPT-2's ids follow from its merges. */
    const bool enough = t->kind && t->merges && (t->vocab || strcmp(t->kind, "gpt2") == 0);

    if (!t->text || (t->model ? files : !enough))
        die("%s", usage);
    if (t->kind && strcmp(t->kind, "gpt1") != 0 && strcmp(t->kind, "gpt2") != 0)
        die("--kind %s: gpt2 or gpt1 is possible", t->kind);
}

static struct task read_task(int argc, char **argv)
{
    struct task t = {.held_out = 0.05, .subject = "scalar"};

    for (int i = 1; i < argc; i++) {
        const char *word = argv[i], **value = value_of(&t, word);

        if (strcmp(word, "--ngrams") == 0)
            continue;
        if (!value && strcmp(word, "--held-out") != 0)
            die("unknown option %s: %s", word, usage);
        if (i + 1 == argc || !*argv[i + 1])
            die("%s needs a value", word);
        i++;
        if (value)
            *value = argv[i];
        else
            t.held_out = real_number(word, argv[i], 0, 0.9);
    }
    check(&t);
    return t;
}

void print_ngrams(const int *tokens, size_t n_train, size_t n, double bytes_held_out, size_t V)
{
    printf("order  bits per token  bits per byte  different n-grams\n");
    for (size_t order = 1; order <= HIGHEST_ORDER; order++) {
        struct ngrams *m = ngrams_make(tokens, n_train, order, V);

        if (!m)
            die("--ngrams: no memory for the %zu-grams of %zu tokens: a shorter text is needed",
                order, n_train);
        const double bits = ngrams_bits(m, tokens, n_train, n);
        printf("%5zu  %14.4f  %13.4f  %17zu\n", order, bits / (double)(n - n_train),
               bits / bytes_held_out, ngrams_distinct(m, order));
        fflush(stdout);
        ngrams_free(m);
    }
}

/* The same for the model, which predicts each token from at least half as many as it can
 * read. The last token that is learnt from stands before the first that is scored. */
static void print_model(const struct task *task, struct model *m, const struct corpus *c)
{
    enum { PIECES = 8 };
    const size_t P = m->cfg.n_ctx, held_out = c->tokens.count - c->n_train;
    struct graph *g = graph_make(&m->cfg, PIECES, P);
    struct trainer t = {.graph = g};
    size_t parameters = 0;

    t.weight = (real **)model_weights(m, g, sizeof(real));
    open_engine(&t, task->subject, 0);
    const double bits = held_out_loss(&t, c->tokens.id + c->n_train - 1, held_out + 1,
                                      (P + 1) / 2, (size_t)-1) / log(2) * (double)held_out;
    for (size_t i = 0; i < g->n_weights; i++)
        parameters += g->weight[i].count;
    printf("model  %14.4f  %13.4f  %zu parameters\n", bits / (double)held_out,
           bits / (double)c->bytes_held_out, parameters);
    t.ops->close(t.engine);
    free_all((void **)t.weight, g->n_weights);
    free(t.tokens);
    free(t.targets);
    graph_free(g);
}

/* The model has to stay open as long as the vocabulary is used: it names the file. */
static struct vocabulary *read_vocabulary(const struct task *t, struct model **model)
{
    if (!t->model)
        return vocabulary_from_files(strcmp(t->kind, "gpt2") == 0 ? TOKENIZER_GPT2
                                                                  : TOKENIZER_GPT1,
                                     t->vocab, t->merges);
    *model = model_open(t->model);
    struct vocabulary *v = vocabulary_from_model(*model);

    if (!v)
        die("%s: has no tokenizer: give --kind, --vocab and --merges instead", t->model);
    return v;
}

int ngrams_main(int argc, char **argv)
{
    const struct task task = read_task(argc, argv);
    struct text text = corpus_text(task.text);
    struct model *model = NULL;
    struct vocabulary *v = read_vocabulary(&task, &model);
    struct tokenizer *t = tokenizer_make(v);
    struct corpus c = corpus_make(&text, task.held_out, t);
    const size_t n = c.tokens.count;

    if (c.n_train == 0 || c.n_train == n)
        die("--held-out %g: leaves nothing to %s: the text has %zu tokens", task.held_out,
            c.n_train == 0 ? "learn from" : "measure by", n);
    if (n > INT_MAX)
        die("--text: %s has %zu tokens, more than %d: a shorter text is needed", task.text, n,
            INT_MAX);
    printf("%zu tokens to learn from, %zu held out, which are %zu bytes\n", c.n_train,
           n - c.n_train, c.bytes_held_out);
    print_ngrams(c.tokens.id, c.n_train, n, (double)c.bytes_held_out, v->n_tokens);
    if (model)
        print_model(&task, model, &c);
    finish_output();
    free(c.tokens.id);
    free(text.at);
    tokenizer_free(t);
    vocabulary_free(v);
    model_close(model);
    return 0;
}
