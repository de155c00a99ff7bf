/* 03_attention: h.L/resid_pre -> all of attention up to h.L/resid_mid. Prints the
 * attention table of one head: rows are queries, columns keys.
 *
 * With --circuits it prints what the head does to every token of the vocabulary instead
 * (circuits.c): for the tokens that --of names, for those of the trace, or for the whole
 * of a small vocabulary. That needs no trace and leaves one as it is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "02_embed/vectors.h"
#include "03_attention/circuits.h"
#include "die.h"
#include "program.h"
#include "program_input.h"

enum { SHOWN_TOKENS = 12, COPIES_TRIED = 1000 };

/* What --circuits shows. */
struct choice {
    int circuits;
    const char *of;                    /* the words behind --of, or NULL */
    size_t n, token[SHOWN_TOKENS], of_all;  /* the first n of so many tokens */
};

/* Takes --circuits and --of WORDS out of the arguments. */
static struct choice read_choice(int *argc, char **argv)
{
    struct choice it = {0};
    int kept = 1;

    for (int i = 1; i < *argc; i++) {
        if (strcmp(argv[i], "--circuits") == 0)
            it.circuits = 1;
        else if (strcmp(argv[i], "--of") == 0 && i + 1 < *argc)
            it.of = argv[++i];
        else if (strcmp(argv[i], "--of") == 0)
            die("--of needs a value");
        else
            argv[kept++] = argv[i];
    }
    if (it.of && !it.circuits)
        die("--of says which tokens --circuits shows: give --circuits too");
    *argc = kept;
    return it;
}

/* The stream that the block reads; a program that stood in for step 04 may have
 * left only the block's output. */
static void need_stream(struct program *p)
{
    const size_t l = p->layer;

    if (l == 0 || program_has(p, in_layer(l, "resid_pre"))) {
        program_need(p, in_layer(l, "resid_pre"));
        return;
    }
    program_need(p, block_output(p, l - 1));
    const struct graph *g = p->graph;
    const size_t from = graph_find(g, block_output(p, l - 1));
    memcpy(p->acts.h[l].resid_pre, p->tensor[from], g->node[from].count * sizeof(real));
}

static void print_table(const struct program *p)
{
    const struct acts *a = &p->acts;
    const size_t T = a->T, shown = T < SHOWN_TOKENS ? T : SHOWN_TOKENS;
    const size_t table = (p->text * p->graph->cfg.n_head + p->head) * T * T;
    const int *tokens = a->tokens + p->text * T;

    printf("layer %zu, head %zu: what each token (row) reads from each one (column)\n", p->layer,
           p->head);
    printf("%10s", "");
    for (size_t s = 0; s < shown; s++) {
        putchar(' ');
        print_token(p, tokens[s], 8);
    }
    putchar('\n');
    for (size_t t = 0; t < shown; t++) {
        print_token(p, tokens[t], 10);
        for (size_t s = 0; s < shown; s++)
            if (s > t)
                printf(" %8s", "-");
            else
                printf(" %8.2f", (double)a->h[p->layer].pattern[table + t * T + s]);
        putchar('\n');
    }
    if (T > shown)
        printf("... the first %zu of %zu tokens\n", shown, T);
}

/* -------------------------------------------------------------------- circuits */

static void choose(struct choice *it, size_t token)
{
    for (size_t i = 0; i < it->n; i++)
        if (it->token[i] == token)
            return;
    it->of_all++;
    if (it->n < SHOWN_TOKENS)
        it->token[it->n++] = token;
}

static void choose_tokens(struct choice *it, const struct program *p)
{
    const size_t V = p->model->cfg.n_vocab;

    if (it->of) {
        char *copy = allocate(strlen(it->of) + 1, 1);
        strcpy(copy, it->of);
        for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
            choose(it, (size_t)token_of(p, word));
        free(copy);
        if (it->n == 0)
            die("--of: names no token");
    } else if (p->trace_path) {
        for (size_t t = 0; t < p->acts.T; t++)
            choose(it, (size_t)p->acts.tokens[p->text * p->acts.T + t]);
    } else if (V <= SHOWN_TOKENS) {
        for (size_t v = 0; v < V; v++)
            choose(it, v);
    }
}

/* Row `of` of a map from tokens to tokens, in the order of its numbers. */
static void print_row(const struct program *p, const struct circuits *x, size_t of,
                      double map(const struct circuits *, size_t, size_t),
                      struct scored *list)
{
    for (size_t v = 0; v < x->V; v++)
        list[v] = (struct scored){v, map(x, of, v)};
    rank_tokens(list, x->V);
    print_token(p, (int)of, 10);
    for (size_t i = 0; i < p->top && i < x->V; i++) {
        printf("  %.3f ", list[i].score);
        printf("%s", token_text(p, (int)list[i].token));
    }
    putchar('\n');
}

static void print_circuits(const struct program *p, const struct circuits *x,
                           const struct choice *it)
{
    struct scored *list = allocate(x->V, sizeof *list);

    printf("QK: the score of a query (row) for a key (column)\n%10s", "");
    for (size_t j = 0; j < it->n; j++) {
        putchar(' ');
        print_token(p, (int)it->token[j], 8);
    }
    putchar('\n');
    for (size_t i = 0; i < it->n; i++) {
        print_token(p, (int)it->token[i], 10);
        for (size_t j = 0; j < it->n; j++)
            printf(" %8.3f", qk_score(x, it->token[i], it->token[j]));
        putchar('\n');
    }
    printf("QK: the keys that each query scores highest, of the whole vocabulary\n");
    for (size_t i = 0; i < it->n; i++)
        print_row(p, x, it->token[i], qk_score, list);
    printf("OV: the tokens that looking at each token pushes most\n");
    for (size_t i = 0; i < it->n; i++)
        print_row(p, x, it->token[i], ov_push, list);
    if (it->of_all > it->n)
        printf("... the first %zu of %zu tokens\n", it->n, it->of_all);
    free(list);
}

static void look_at_circuits(struct program *p, struct choice *it)
{
    const struct config *cfg = &p->model->cfg;
    const size_t V = cfg->n_vocab, C = cfg->d_model, D = C / cfg->n_head;
    const size_t step = (V + COPIES_TRIED - 1) / COPIES_TRIED, tried = (V + step - 1) / step;
    struct circuits x = {.q = allocate(V * D, sizeof(real)), .k = allocate(V * D, sizeof(real)),
                         .v = allocate(V * D, sizeof(real)), .u = allocate(V * D, sizeof(real))};
    real *room = allocate(C, sizeof *room);

    choose_tokens(it, p);
    circuits(&x, room, cfg, &p->weights, p->layer, p->head);
    printf("layer %zu, head %zu: two maps from the %zu tokens to themselves, each of rank %zu "
           "at most\n", p->layer, p->head, V, D < V ? D : V);
    printf("Frobenius norms: W_Q W_K^T %.4f, W_V W_O %.4f\n",
           qk_norm(cfg, &p->weights, p->layer, p->head),
           ov_norm(cfg, &p->weights, p->layer, p->head));
    const size_t copies = ov_copies(&x, step);
    printf("OV: %zu of %zu tokens push themselves most (%.1f %%); its eigenvalues sum to %.4g\n",
           copies, tried, 100 * (double)copies / (double)tried, ov_trace(&x));
    if (step > 1)
        printf("    (tried on one token in %zu)\n", step);
    if (it->n)
        print_circuits(p, &x, it);
    else
        printf("name tokens with --of \"T1 T2\" to see what the head does to them\n");
    free(room);
    free(x.q);
    free(x.k);
    free(x.v);
    free(x.u);
}

int main(int argc, char **argv)
{
    die_as("03_attention");
    struct choice choice = read_choice(&argc, argv);
    struct program p = program_options("03_attention", argc, argv,
                                       "--layer --head --text --top --circuits --of");

    if (choice.circuits && !p.trace_path)
        program_open_model(&p);
    else
        program_open(&p);
    if (choice.circuits) {
        look_at_circuits(&p, &choice);
    } else {
        need_stream(&p);
        forward_attention(&p.graph->cfg, &p.weights, &p.acts, p.layer);
        program_store(&p, 3, (int)p.layer);
        print_table(&p);
    }
    program_close(&p);
    return 0;
}
