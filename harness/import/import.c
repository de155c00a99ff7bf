/* import.c: the command import: a model file from published weights. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "01_tokenize/tokenizer.h"
#include "commands.h"
#include "die.h"
#include "files/json_file.h"
#include "files/model_write.h"
#include "import.h"
#include "options.h"
#include "words.h"

static enum family family_option(const char *text)
{
    if (!text)
        return 0;
    if (strcmp(text, "gpt1") == 0)
        return GPT1;
    if (strcmp(text, "gpt2") == 0)
        return GPT2;
    die("--family %s: is not known, only gpt1 and gpt2", text);
}

/* Files that an option names take the place of those in the folder. */
static void replace(char path[IMPORT_PATH], const char *option, const char *given)
{
    if (given && snprintf(path, IMPORT_PATH, "%s", given) >= IMPORT_PATH)
        die("%s: the path is too long", option);
}

static struct published *open_published(struct place *at, const struct options *o)
{
    const enum family family = family_option(o->family);

    place_find(at, o->operand);
    replace(at->vocab, "--vocab", o->vocab);
    replace(at->merges, "--merges", o->merges);
    if (place_is_pieces(at)) {
        if (family == GPT2 || o->config)
            die("%s: %s: OpenAI's pieces are GPT-1 and have no config.json", o->config
                ? "--config" : "--family gpt2", at->weights);
        return openai_open(at, o->heads ? (size_t)whole_number("--heads", o->heads, 1, 1 << 24)
                                        : 0);
    }
    if (o->heads)
        die("--heads: config.json says how many heads there are");
    replace(at->config, "--config", o->config);
    return huggingface_open(at, family);
}

/* The tokenizer, or NULL where there is none; a half one helps nobody. */
static struct vocabulary *read_vocabulary(const struct place *at, const struct config *c)
{
    if (!at->vocab[0] || !at->merges[0])
        return NULL;
    struct vocabulary *v = vocabulary_from_files(
        c->family == GPT1 ? TOKENIZER_GPT1 : TOKENIZER_GPT2, at->vocab, at->merges);
    if (v->n_tokens != c->n_vocab)
        die("%s: has %zu tokens, the model %zu: to import it without a tokenizer, take the file "
            "away", at->vocab, v->n_tokens, c->n_vocab);
    tokenizer_free(tokenizer_make(v));  /* says where tokens and merges do not fit */
    return v;
}

/* What the model file lacks. Said last: it is no error. */
static void warn_of_gaps(const struct place *at, const struct published *p)
{
    const bool is_pieces = place_is_pieces(at);
    const char *vocab = is_pieces ? "encoder_bpe_40000.json" : "vocab.json";
    const char *merges = is_pieces ? "vocab_40000.bpe" : "merges.txt";

    if (p->n_unknown)
        warn("%s: %zu tensors are not known and not used, the first is %s", at->weights,
             p->n_unknown, p->unknown);
    if (!at->vocab[0] || !at->merges[0])
        warn("%s/%s: is missing: the model has no tokenizer, so it knows no text, only tokens",
             at->folder, at->vocab[0] ? merges : vocab);
}

/* The name of the folder, unless one is given; OpenAI's is called `model`. */
static void name_model(char name[128], const struct options *o, const struct place *at)
{
    char *folder = realpath(at->folder, NULL);
    const char *slash = folder ? strrchr(folder, '/') : NULL;

    if (o->name && strlen(o->name) >= 128)
        die("--name: is longer than 127 bytes");
    snprintf(name, 128, "%s", o->name               ? o->name
                              : place_is_pieces(at) ? "gpt1"
                              : slash && slash[1]   ? slash + 1
                                                    : "imported");
    if (!is_plain(name))
        die("%s: has control characters: give a --name without", o->name ? "--name" : "the folder");
    free(folder);
}

static bool same_file(const char *a, const char *b)
{
    struct stat x, y;

    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static void check_output(const char *output, const struct published *p, const struct place *at)
{
    bool read = same_file(output, at->vocab) || same_file(output, at->merges);

    for (size_t i = 0; i < p->n_paths; i++)
        read = read || same_file(output, p->path[i]);
    if (read)
        die("-o %s: is one of the files that are read: name another", output);
}

static void show(const char *output, const char *name, const struct published *p,
                 const struct vocabulary *v)
{
    const struct config *c = &p->graph->cfg;
    size_t numbers = 0;

    for (size_t i = 0; i < p->graph->n_weights; i++)
        numbers += p->graph->weight[i].count;
    printf("%s: %s, %s, L=%zu C=%zu H=%zu F=%zu V=%zu, %zu positions\n", output, name,
           c->family == GPT1 ? "gpt1" : "gpt2", c->n_layer, c->d_model, c->n_head, c->d_ff,
           c->n_vocab, c->n_ctx);
    printf("  %zu weights, %zu numbers, were %s", p->graph->n_weights, numbers, p->form);
    if (p->passed_over)
        printf("; passed over: %zu", p->passed_over);
    if (v)
        printf("\n  %zu tokens, %zu merges\n", v->n_tokens, v->n_merges);
    else
        printf("\n  no tokenizer\n");
}

int command_import(int argc, char **argv)
{
    const struct options o = options_read(
        argc, argv, "--name --family --heads --config --vocab --merges --quiet -o",
        "folder or file");
    struct place at;
    char name[128], source[256];

    if (!o.output)
        die("import needs -o MODEL: the model file to write");
    struct published *p = open_published(&at, &o);
    struct vocabulary *v = read_vocabulary(&at, &p->graph->cfg);
    const char *slash = strrchr(at.weights, '/');

    name_model(name, &o, &at);
    check_output(o.output, p, &at);
    snprintf(source, sizeof source, "imported: %.100s, %s", slash ? slash + 1 : at.weights,
             p->form);
    struct store *s = store_create(o.output);
    model_write_attributes(s, &p->graph->cfg, name, source);
    weights_copy(s, p);
    if (v)
        model_write_tokenizer(s, v);
    store_commit(s);
    warn_of_gaps(&at, p);
    if (!o.quiet)
        show(o.output, name, p, v);
    vocabulary_free(v);
    published_free(p);
    return 0;
}
