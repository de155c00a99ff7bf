/* program_options.c: the command line of 08_train, and the numbers of a recipe, once
 * for the options, their help and the attributes of a checkpoint. */
#include "program_options.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "program_text.h"
#include "words.h"

#define AT(member) offsetof(struct recipe, member)

const struct field fields[] = {
    {"steps", true, AT(steps), 1, 1e9, 1000, "how many steps (1000)"},
    {"batch", true, AT(batch), 1, 1e6, 8, "pieces of text in a step (8)"},
    {"length", true, AT(length), 1, 1e6, 0, "tokens of a piece (all positions)"},
    {"seed", true, AT(seed), 0, 9e15, 1, "of first weights and batches (1)"},
    {"rate", false, AT(rate), 0, 1e6, 1e-3, "the highest learning rate (0.001)"},
    {"min-rate", false, AT(min_rate), 0, 1e6, -1, "the last one (a tenth of it)"},
    {"warmup", true, AT(warmup), 0, 1e9, -1, "steps until the highest (a twentieth of all)"},
    {"beta1", false, AT(beta1), 0, 0.999999, 0.9, "what stays of the mean (0.9)"},
    {"beta2", false, AT(beta2), 0, 0.999999, 0.999, "and of the mean square (0.999)"},
    {"eps", false, AT(eps), 1e-30, 1, 1e-8, "added to its root (1e-8)"},
    {"decay", false, AT(decay), 0, 1e6, 0.01, "weight decay of matrices (0.01)"},
    {"clip", false, AT(clip), 0, 1e6, 1, "the longest gradient; 0: any (1)"},
    {"openai-adam", true, AT(openai_adam), 0, 1, 0, "1: the Adam of GPT-1's program (0)"},
    {"held-out", false, AT(held_out), 0, 0.9, 0.05, "share of the text to measure by (0.05)"},
    {"every", true, AT(every), 1, 1e9, 0, "steps between reports (a twentieth of all)"},
};
const size_t n_fields = sizeof fields / sizeof fields[0];

double *field_of(struct recipe *r, const struct field *f)
{
    return (double *)(void *)((char *)r + f->offset);
}

/* ---------------------------------------------------------------------- other words */

static const struct {
    const char *name;
    size_t offset;      /* of a const char * in struct options */
    const char *help;
} texts[] = {
    {"text", offsetof(struct options, text), "what to learn from; - is standard input"},
    {"out", offsetof(struct options, out), "the model (trained.model.h5)"},
    {"model", offsetof(struct options, model), "go on from this one's weights"},
    {"resume", offsetof(struct options, resume), "go on with a training that was stopped"},
    {"vocab", offsetof(struct options, vocab), "the tokens, vocab.json"},
    {"merges", offsetof(struct options, merges), "and merges.txt (else: learnt from the text)"},
    {"name", offsetof(struct options, name), "the model's name (that of its file)"},
    {"curve", offsetof(struct options, curve), "write the losses as a table"},
    {"subject", offsetof(struct options, subject), "what computes: scalar, avx2 (scalar)"},
};

static const struct {
    const char *name;
    size_t offset;      /* of a size_t in struct options */
    size_t standard;
    const char *help;
} sizes[] = {
    {"layers", offsetof(struct options, cfg.n_layer), 2, "blocks (2)"},
    {"heads", offsetof(struct options, cfg.n_head), 4, "of each (4)"},
    {"width", offsetof(struct options, cfg.d_model), 64, "of the stream (64)"},
    {"inner", offsetof(struct options, cfg.d_ff), 0, "width inside the MLP (4 times that)"},
    {"positions", offsetof(struct options, cfg.n_ctx), 64, "tokens that it can read (64)"},
    {"vocab-size", offsetof(struct options, cfg.n_vocab), 512, "tokens to learn (512)"},
    {"threads", offsetof(struct options, threads), 0, "at most so many; 0: all cores (0)"},
};

enum { N_TEXTS = sizeof texts / sizeof texts[0], N_SIZES = sizeof sizes / sizeof sizes[0] };

static void help(void)
{
    puts("08_train --text FILE: trains a model on a text");
    for (size_t i = 0; i < N_TEXTS; i++)
        printf("  --%-12s %s\n", texts[i].name, texts[i].help);
    puts("  --force        overwrites a model that is there\n"
         "a new model:\n"
         "  --family       gpt1 or gpt2 (gpt2)");
    for (size_t i = 0; i < N_SIZES; i++)
        printf("  --%-12s %s\n", sizes[i].name, sizes[i].help);
    puts("the recipe:");
    for (size_t i = 0; i < n_fields; i++)
        printf("  --%-12s %s\n", fields[i].name, fields[i].help);
    puts("08_train --ngrams --text FILE --model M: what n-grams reach on the same text\n"
         "docs/commands.md says more.");
    exit(0);
}

static enum family family_of(const char *value)
{
    if (strcmp(value, "gpt1") != 0 && strcmp(value, "gpt2") != 0)
        die("--family %s: gpt1 or gpt2 is possible", value);
    return strcmp(value, "gpt1") == 0 ? GPT1 : GPT2;
}

static const char *needed(const char *option, const char *value)
{
    if (!value || !*value)
        die("%s needs a value", option);
    return value;
}

static double number_of(const struct field *f, const char *option, const char *value)
{
    if (!f->whole)
        return real_number(option, value, f->low, f->high);
    return (double)whole_number(option, value, (long long)f->low, (long long)f->high);
}

/* Takes an option with its value; false where there is none of that name. */
static bool take(struct options *o, const char *option, const char *value)
{
    const char *name = option + 2;

    for (size_t i = 0; i < N_TEXTS; i++)
        if (strcmp(texts[i].name, name) == 0) {
            value = needed(option, value);
            memcpy((char *)o + texts[i].offset, &value, sizeof value);
            return true;
        }
    for (size_t i = 0; i < N_SIZES; i++)
        if (strcmp(sizes[i].name, name) == 0) {
            const bool of_model = strcmp(name, "threads") != 0;
            const size_t size = (size_t)whole_number(option, needed(option, value), of_model,
                                                     1 << 24);
            memcpy((char *)o + sizes[i].offset, &size, sizeof size);
            o->sized |= of_model;
            return true;
        }
    for (size_t i = 0; i < n_fields; i++)
        if (strcmp(fields[i].name, name) == 0) {
            *field_of(&o->recipe, &fields[i]) = number_of(&fields[i], option,
                                                          needed(option, value));
            return o->has_recipe = true;
        }
    if (strcmp(name, "family") != 0)
        return false;
    o->cfg.family = family_of(needed(option, value));
    return o->sized = true;
}

/* --------------------------------------------------------------------- what fits */

static void check(const struct options *o)
{
    if (!o->text)
        die("needs --text FILE, what to learn from");
    if (o->resume && (o->model || o->out || o->vocab || o->merges || o->name || o->sized ||
                      o->has_recipe))
        die("--resume: all that was asked for stands in the checkpoint: give only --text, "
            "--curve, --subject, --threads with it");
    if (o->model && o->sized)
        die("--model: the model's sizes are given by its file: leave out --family, --layers, "
            "--heads, --width, --inner, --positions, --vocab-size");
    if (o->vocab && !o->merges)
        die("--vocab needs --merges FILE, too");
    if (o->cfg.d_model % o->cfg.n_head != 0)
        die("--width %zu: is no multiple of the %zu heads", o->cfg.d_model, o->cfg.n_head);
}

void finish_recipe(struct recipe *r, size_t P)
{
    if (r->length == 0)
        r->length = (double)P;
    if (r->length > (double)P)
        die("--length %g: the model has %zu positions", r->length, P);
    if (r->min_rate < 0)
        r->min_rate = r->rate / 10;
    if (r->warmup < 0)
        r->warmup = (double)(size_t)(r->steps / 20);
    if (r->warmup >= r->steps)
        die("--warmup %g: must be fewer than the %g steps", r->warmup, r->steps);
    if (r->every == 0)
        r->every = r->steps < 20 ? 1 : (double)(size_t)(r->steps / 20);
}

struct options read_options(int argc, char **argv)
{
    struct options o = {.subject = "scalar", .cfg = {.family = GPT2, .ln_eps = 1e-5}};

    for (size_t i = 0; i < N_SIZES; i++)
        memcpy((char *)&o + sizes[i].offset, &sizes[i].standard, sizeof(size_t));
    for (size_t i = 0; i < n_fields; i++)
        *field_of(&o.recipe, &fields[i]) = fields[i].standard;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            help();
        if (strcmp(argv[i], "--force") == 0) {
            o.force = true;
            continue;
        }
        if (strncmp(argv[i], "--", 2) != 0 || !take(&o, argv[i], argv[i + 1]))
            die("unknown option %s: --help lists those that there are", argv[i]);
        i++;
    }
    check(&o);
    if (!o.out)
        o.out = o.resume ? o.resume : "trained.model.h5";
    if (o.cfg.d_ff == 0)
        o.cfg.d_ff = 4 * o.cfg.d_model;
    return o;
}
