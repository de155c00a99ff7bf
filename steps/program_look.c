/* program_look.c: what the stream would answer after every layer, and what the answer is
 * made of (05_unembed/lens.c), as tables. */
#include "program_look.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "00_ingredients/softmax.h"
#include "02_embed/vectors.h"
#include "05_unembed/lens.h"
#include "die.h"
#include "program_input.h"
#include "words.h"

struct look look_options(int *argc, char **argv)
{
    struct look look = {0};
    int kept = 1;

    for (int i = 1; i < *argc; i++) {
        const bool value = i + 1 < *argc && strncmp(argv[i + 1], "--", 2) != 0;

        if (strcmp(argv[i], "--lens") == 0) {
            look.lens = true;
        } else if (strcmp(argv[i], "--attribute") == 0) {
            look.attribute = true;
            look.answer = value ? argv[++i] : NULL;
        } else if (strcmp(argv[i], "--position") == 0) {
            if (!value)
                die("--position needs a value");
            look.position = argv[++i];
        } else {
            argv[kept++] = argv[i];
        }
    }
    if (look.position && !look.lens && !look.attribute)
        die("--position says where --lens and --attribute look: give one of them too");
    *argc = kept;
    return look;
}

static void print_lens(const struct program *p, size_t n, size_t answer)
{
    const struct config *cfg = &p->graph->cfg;
    const size_t V = cfg->n_vocab;
    real *share = allocate(V, sizeof *share), *room = allocate(cfg->d_model, sizeof *room);
    struct scored *list = allocate(V, sizeof *list);

    printf("what the stream would answer there; the share of ");
    printf("%s, then the likeliest\n", token_text(p, (int)answer));
    for (size_t i = 0; i < lens_states(cfg); i++) {
        lens_logits(share, room, lens_state(cfg, &p->acts, i, n), cfg, &p->weights);
        softmax(share, share, V);
        for (size_t v = 0; v < V; v++)
            list[v] = (struct scored){v, (double)share[v]};
        rank_tokens(list, V);
        if (i == 0)
            printf("%-20s", "embedding");
        else
            printf("layer %-4zu %-9s", (i - 1) / 2, i % 2 ? "attention" : "mlp");
        printf(" %7.2f %%  ", 100 * (double)share[answer]);
        for (size_t k = 0; k < p->top && k < V; k++)
            printf(" %6.2f %% %s", 100 * list[k].score, token_text(p, (int)list[k].token));
        putchar('\n');
    }
    free(share);
    free(room);
    free(list);
}

static void print_source(const struct contribution *it)
{
    switch (it->source) {
    case FROM_TOKEN: printf("token embedding\n"); break;
    case FROM_POSITION: printf("position embedding\n"); break;
    case FROM_HEAD: printf("layer %zu, head %zu\n", it->layer, it->head); break;
    case FROM_ATTENTION_BIAS: printf("layer %zu, bias of attention\n", it->layer); break;
    case FROM_MLP: printf("layer %zu, mlp\n", it->layer); break;
    case FROM_NORM_BIAS:
        if (it->norm)
            printf("layer %zu, bias of ln_%zu\n", it->layer, it->norm);
        else
            printf("bias of ln_f\n");
    }
}

/* The largest contributions, the sum of the others, the sum of all, and the logit. */
static void print_contributions(const struct program *p, const struct contribution *part,
                                const real *logits, size_t answer)
{
    const size_t n = n_contributions(&p->graph->cfg), V = p->graph->cfg.n_vocab;
    struct scored *list = allocate(n, sizeof *list);
    double push[2] = {0}, over[2] = {0}, mean = 0;  /* of those that are not shown; of all */

    for (size_t i = 0; i < n; i++)
        list[i] = (struct scored){i, fabs(part[i].push)};
    rank_tokens(list, n);
    for (size_t v = 0; v < V; v++)
        mean += (double)logits[v] / (double)V;
    printf("the logit of %s, taken apart\n", token_text(p, (int)answer));
    printf("%12s %12s\n", "push", "over mean");
    for (size_t i = 0; i < n; i++) {
        const struct contribution *it = &part[list[i].token];

        for (int all = i < p->top; all < 2; all++) {
            push[all] += it->push;
            over[all] += it->over_mean;
        }
        if (i < p->top) {
            printf("%12.6f %12.6f  ", it->push, it->over_mean);
            print_source(it);
        }
    }
    if (n > p->top)
        printf("%12.6f %12.6f  the other %zu\n", push[0], over[0], n - p->top);
    printf("%12.6f %12.6f  sum\n", push[1], over[1]);
    printf("%12.6f %12.6f  logit\n", (double)logits[answer], (double)logits[answer] - mean);
    free(list);
}

static void print_attribution(const struct program *p, size_t n, size_t answer)
{
    const struct config *cfg = &p->graph->cfg;
    const size_t parts = n_contributions(cfg);
    struct contribution *part = allocate(parts, sizeof *part);
    double *x = allocate(parts * cfg->d_model, sizeof *x);

    attribute(part, x, cfg, &p->weights, &p->acts, n, answer);
    print_contributions(p, part, p->acts.logits + n * cfg->n_vocab, answer);
    free(part);
    free(x);
}

/* Reads what the steps before have left in the trace of every layer. */
static void need_layers(struct program *p, const struct look *look)
{
    static const char *const lens[] = {"resid_mid", "resid_post", NULL};
    static const char *const lens_1[] = {"ln_1", "ln_2", NULL};
    static const char *const parts[] = {"z", "mlp_out", "resid_mid", "resid_post", NULL};
    const size_t L = p->graph->cfg.n_layer;

    program_need(p, "tok_embed");
    program_need(p, "pos_embed");
    program_need(p, "h.0/resid_pre");
    for (size_t l = 0; l < L; l++) {
        const char *const *names = p->graph->cfg.family == GPT1 ? lens_1 : lens;
        for (size_t i = 0; look->lens && names[i]; i++)
            program_need(p, in_layer(l, names[i]));
        for (size_t i = 0; look->attribute && parts[i]; i++)
            program_need(p, in_layer(l, parts[i]));
    }
}

void look_inside(struct program *p, const struct look *look)
{
    const size_t T = p->acts.T, V = p->graph->cfg.n_vocab;
    const size_t t = look->position ? (size_t)whole_number("--position", look->position, 0,
                                                           (long long)T - 1) : T - 1;
    const size_t n = p->text * T + t;
    const real *logits = p->acts.logits + n * V;
    size_t answer = 0;

    for (size_t v = 1; v < V; v++)
        if (logits[v] > logits[answer])
            answer = v;
    need_layers(p, look);
    printf("at position %zu, token %s\n", t, token_text(p, p->acts.tokens[n]));
    if (look->lens)
        print_lens(p, n, answer);
    if (look->answer)
        answer = (size_t)token_of(p, look->answer);
    if (look->attribute)
        print_attribution(p, n, answer);
}
