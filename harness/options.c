/* options.c: reads the command line. */
#include "options.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diagnosis/precision.h"
#include "die.h"
#include "words.h"

static const struct {
    const char *name;
    size_t text;  /* offset of its const char *; */
    size_t flag;  /* or, where that is not 0, of the bool of a switch */
} known[] = {
    {"--model", offsetof(struct options, model), 0},
    {"--golden", offsetof(struct options, golden), 0},
    {"--fixtures", offsetof(struct options, fixtures), 0},
    {"--only", offsetof(struct options, only), 0},
    {"--subject", offsetof(struct options, subject), 0},
    {"--mode", offsetof(struct options, mode), 0},
    {"--direction", offsetof(struct options, direction), 0},
    {"--step", offsetof(struct options, step_text), 0},
    {"--layer", offsetof(struct options, layer_text), 0},
    {"--tensor", offsetof(struct options, tensor), 0},
    {"--tokens", offsetof(struct options, tokens), 0},
    {"--text", offsetof(struct options, text), 0},
    {"--input", offsetof(struct options, input), 0},
    {"-o", offsetof(struct options, output), 0},
    {"--name", offsetof(struct options, name), 0},
    {"--family", offsetof(struct options, family), 0},
    {"--heads", offsetof(struct options, heads), 0},
    {"--config", offsetof(struct options, config), 0},
    {"--vocab", offsetof(struct options, vocab), 0},
    {"--merges", offsetof(struct options, merges), 0},
    {"--json", offsetof(struct options, json), 0},
    {"--junit", offsetof(struct options, junit), 0},
    {"--tsv", offsetof(struct options, tsv), 0},
    {"--precision", offsetof(struct options, precision), 0},
    {"--exec", offsetof(struct options, exec), 0},
    {"--timeout", offsetof(struct options, timeout), 0},
    {"--results", offsetof(struct options, results), 0},
    {"--seed", offsetof(struct options, seed_text), 0},
    {"--like", offsetof(struct options, like), 0},
    {"--batch", offsetof(struct options, batch), 0},
    {"--length", offsetof(struct options, length), 0},
    {"--threads", offsetof(struct options, threads), 0},
    {"--op", offsetof(struct options, op), 0},
    {"--time", offsetof(struct options, time), 0},
    {"--counts", 0, offsetof(struct options, counts)},
    {"--every-layer", 0, offsetof(struct options, every_layer)},
    {"--gradient-check", 0, offsetof(struct options, gradient_check)},
    {"--strict", 0, offsetof(struct options, strict)},
    {"--quiet", 0, offsetof(struct options, quiet)},
    {"--verbose", 0, offsetof(struct options, verbose)},
    {"--list", 0, offsetof(struct options, list)},
};

/* Takes argv[i], with its value; returns the index of the last word taken. */
static int take_option(struct options *o, int argc, char **argv, int i, const char *allowed)
{
    const char *equals = strncmp(argv[i], "--", 2) == 0 ? strchr(argv[i], '=') : NULL;
    const size_t length = equals ? (size_t)(equals - argv[i]) : strlen(argv[i]);
    size_t k = 0;
    const size_t n = sizeof known / sizeof known[0];

    while (k < n && (strlen(known[k].name) != length ||
                     strncmp(known[k].name, argv[i], length) != 0))
        k++;
    if (k == n || !list_has(allowed, known[k].name))
        die("unknown option %s: this command takes %s", argv[i], *allowed ? allowed : "none");
    if (known[k].flag) {
        if (equals)
            die("%s takes no value", known[k].name);
        *(bool *)(void *)((char *)o + known[k].flag) = true;
        return i;
    }
    const char *value = equals ? equals + 1 : i + 1 < argc ? argv[++i] : NULL;
    if (!value || !*value)
        die("%s needs a value", known[k].name);
    *(const char **)(void *)((char *)o + known[k].text) = value;
    return i;
}

static int results_to = 1;

int results_descriptor(void)
{
    return results_to;
}

/* A program that reads JSON from standard output must find nothing else there. */
static void keep_stdout_for_results(const struct options *o)
{
    const char *const files[] = {o->json, o->junit, o->tsv};
    int asked = 0;

    for (size_t i = 0; i < 3; i++)
        asked += files[i] && strcmp(files[i], "-") == 0;
    if (asked > 1)
        die("--json, --junit, --tsv: only one of them can go to standard output");
    if (asked == 0)
        return;
    results_to = dup(1);
    if (results_to < 0 || dup2(2, 1) < 0)
        die("standard output cannot be used: %s", strerror(errno));
}

static void read_choices(struct options *o)
{
    const char *mode = o->mode ? o->mode : "both";

    o->local = strcmp(mode, "local") == 0 || strcmp(mode, "both") == 0;
    o->chain = strcmp(mode, "chain") == 0 || strcmp(mode, "both") == 0;
    if (!o->local && !o->chain)
        die("--mode %s: is not known, only local, chain and both", mode);
    const char *direction = o->direction ? o->direction : "both";

    o->forward = strcmp(direction, "forward") == 0 || strcmp(direction, "both") == 0;
    o->backward = strcmp(direction, "backward") == 0 || strcmp(direction, "both") == 0;
    if (!o->forward && !o->backward)
        die("--direction %s: is not known, only forward, backward and both", direction);
    if (o->precision && !precision_find(o->precision))
        die("--precision %s: is not known, only %s", o->precision, precision_names());
    o->seed = o->seed_text ? whole_number("--seed", o->seed_text, 0, LLONG_MAX) : 1;
    o->step = o->step_text ? (int)whole_number("--step", o->step_text, 0, 99) : -1;
    o->layer = o->layer_text ? (int)whole_number("--layer", o->layer_text, 0, 9999) : -1;
}

struct options options_read(int argc, char **argv, const char *allowed, const char *operand)
{
    struct options o = {0};

    for (int i = 0; i < argc; i++)
        if (argv[i][0] == '-' && argv[i][1])
            i = take_option(&o, argc, argv, i, allowed);
        else if (!operand)
            die("`%s` is not expected here: this command takes %s", argv[i], allowed);
        else if (o.operand)
            die("`%s`: one %s at a time", argv[i], operand);
        else
            o.operand = argv[i];
    if (operand && !o.operand)
        die("name a %s", operand);
    read_choices(&o);
    keep_stdout_for_results(&o);
    return o;
}

/* --tensor takes a full name, with or without /forward, or one for all layers. */
static bool fits_name(const char *wanted, const struct node *n)
{
    const char *slash = strrchr(n->name, '/');

    if (wanted[0] == '/')
        wanted++;
    if (strncmp(wanted, "forward/", 8) == 0)
        wanted += 8;
    return strcmp(wanted, n->name) == 0 || (slash && strcmp(wanted, slash + 1) == 0);
}

bool selects(const struct options *o, const struct node *n)
{
    if (n->step == 7 ? !o->backward : !o->forward)
        return false;
    if (o->step == 0 ? !op_is_ingredient(n->op) || n->step == 7
                     : o->step > 0 && o->step != n->step)
        return false;
    if (o->layer >= 0 && o->layer != n->layer)
        return false;
    return !o->tensor || fits_name(o->tensor, n);
}

void check_selection(const struct options *o, const struct graph *g)
{
    const struct options only_step = {.step = o->step, .layer = -1, .forward = true,
                                      .backward = true};
    const struct options only_tensor = {.step = -1, .layer = -1, .tensor = o->tensor,
                                        .forward = true, .backward = true};
    bool step = false, tensor = false, all = false;

    for (size_t i = 0; i < 2 * g->n_nodes + g->n_weights; i++) {
        const struct node n = i < g->n_nodes       ? g->node[i]
                              : i < 2 * g->n_nodes ? backward_node(g, i - g->n_nodes)
                                                   : grad_node(g, i - 2 * g->n_nodes);
        step |= selects(&only_step, &n);
        tensor |= selects(&only_tensor, &n);
        all |= selects(o, &n);
    }
    if (o->layer >= (int)g->cfg.n_layer)
        die("--layer %d: there is no such layer, the model has 0 to %zu", o->layer,
            g->cfg.n_layer - 1);
    if (!step)
        die("--step %s: no tensor is made by that step, only by 00, 02 to 05 and 07; "
            "check --fixtures checks 01, 06 and 08", o->step_text);
    if (!tensor)
        die("--tensor %s: there is no such tensor; docs/formats.md lists them", o->tensor);
    if (!all)
        die("--direction, --step, --layer and --tensor together select nothing");
}
