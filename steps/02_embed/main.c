/* 02_embed: tokens -> tok_embed, pos_embed, h.0/resid_pre. Begins a trace with
 * --tokens or --input, or goes on with one that holds tokens. Prints the vectors
 * of one text.
 *
 * With --nearest, --analogy or --direction it prints what lies where among the
 * vectors of all tokens instead (vectors.c); these need no trace. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "02_embed/vectors.h"
#include "die.h"
#include "program.h"
#include "program_input.h"

enum { SHOWN_TOKENS = 16, SHOWN_NUMBERS = 8 };

/* What to look at: the words that stand behind each option, NULL where it was not
 * given. */
struct look {
    char **nearest, **analogy, **direction, **of;
};

/* --------------------------------------------------------------------- options */

/* Moves an option with its values behind the other arguments, and out of their
 * count. Returns where its values are, or NULL. */
static char **take(int *argc, char **argv, const char *option, int values)
{
    int at = 1;

    while (at < *argc && strcmp(argv[at], option) != 0)
        at++;
    if (at >= *argc)
        return NULL;
    for (int i = 1; i <= values; i++)
        if (at + i >= *argc || !*argv[at + i])
            die("%s needs %d value%s", option, values, values > 1 ? "s" : "");
    for (int moved = 0; moved <= values; moved++) {
        char *word = argv[at];
        memmove(argv + at, argv + at + 1, (size_t)(*argc - at - 1) * sizeof *argv);
        argv[*argc - 1] = word;
    }
    *argc -= values + 1;
    for (int i = 1; i < *argc; i++)
        if (strcmp(argv[i], option) == 0)
            die("%s: give it once", option);
    return argv + *argc + 1;
}

static struct look look_options(int *argc, char **argv)
{
    const struct look look = {take(argc, argv, "--nearest", 1), take(argc, argv, "--analogy", 3),
                              take(argc, argv, "--direction", 2), take(argc, argv, "--of", 1)};

    if (!!look.nearest + !!look.analogy + !!look.direction > 1)
        die("--nearest, --analogy, --direction: give one of them");
    if (look.of && !look.direction)
        die("--of says whose projections --direction prints: give --direction A B too");
    return look;
}

/* ------------------------------------------------------------- among all vectors */

static const real *vector_of(const struct program *p, int token)
{
    return p->weights.wte + (size_t)token * p->model->cfg.d_model;
}

/* A token as one would name it: its spelling, or its number. */
static void print_name(const struct program *p, int token)
{
    printf("%s", token_text(p, token));
}

static void print_scored(const struct program *p, const struct scored *s)
{
    printf("  %8.4f  %6zu", s->score, s->token);
    printf(p->token ? "  %s\n" : "\n", p->token ? p->token[s->token] : "");
}

/* The tokens whose vectors point most nearly as x does, but for those `left_out`. */
static void print_nearest(const struct program *p, const real *x, const int *left_out,
                          size_t n_left_out)
{
    const size_t V = p->model->cfg.n_vocab, C = p->model->cfg.d_model;
    struct scored *list = allocate(V, sizeof *list);
    const size_t n = cosines(list, x, p->weights.wte, V, C);
    size_t printed = 0;

    rank_tokens(list, n);
    printf("  %8s  %6s\n", "cosine", "token");
    for (size_t i = 0; i < n && printed < p->top; i++) {
        int keep = 1;
        for (size_t k = 0; k < n_left_out; k++)
            keep &= list[i].token != (size_t)left_out[k];
        if (keep)
            print_scored(p, &list[i]);
        printed += (size_t)keep;
    }
    if (n < V)
        printf("left out: %zu tokens whose vector is zero\n", V - n);
    free(list);
}

static void look_nearest(const struct program *p, const char *word)
{
    const int token = token_of(p, word);
    const real *x = vector_of(p, token);

    if (vector_length(x, p->model->cfg.d_model) <= 0)
        die("--nearest %s: its vector is zero, which points nowhere: take another token", word);
    printf("nearest to %s\n", token_text(p, token));
    print_nearest(p, x, &token, 1);
}

static void look_analogy(const struct program *p, char **word)
{
    const size_t C = p->model->cfg.d_model;
    const int abc[] = {token_of(p, word[0]), token_of(p, word[1]), token_of(p, word[2])};
    real *x = allocate(C, sizeof *x);

    analogy(x, vector_of(p, abc[0]), vector_of(p, abc[1]), vector_of(p, abc[2]), C);
    if (vector_length(x, C) <= 0)
        die("--analogy %s %s %s: B - A + C is zero, which points nowhere: take other tokens",
            word[0], word[1], word[2]);
    for (int i = 0; i < 3; i++) {
        print_name(p, abc[i]);
        printf(i == 0 ? " is to " : i == 1 ? " as " : " is to ?\nnearest to ");
    }
    print_name(p, abc[1]);
    printf(" - ");
    print_name(p, abc[0]);
    printf(" + ");
    print_name(p, abc[2]);
    printf(", these three left out\n");
    print_nearest(p, x, abc, 3);
    free(x);
}

/* The tokens that --of names; free them. */
static size_t *read_of(const struct program *p, const char *words, size_t *n)
{
    size_t *tokens = allocate(strlen(words) / 2 + 1, sizeof *tokens);
    char *copy = allocate(strlen(words) + 1, 1);

    strcpy(copy, words);
    *n = 0;
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
        tokens[(*n)++] = (size_t)token_of(p, word);
    if (*n == 0)
        die("--of: names no token");
    free(copy);
    return tokens;
}

static void print_ends(const struct program *p, struct scored *list, int a, int b)
{
    const size_t V = p->model->cfg.n_vocab, n = p->top < V ? p->top : V;

    rank_tokens(list, V);
    printf("the %zu furthest towards %s\n", n, token_text(p, b));
    for (size_t i = 0; i < n; i++)
        print_scored(p, &list[i]);
    printf("the %zu furthest towards %s\n", n, token_text(p, a));
    for (size_t i = 0; i < n; i++)
        print_scored(p, &list[V - 1 - i]);
}

static void look_direction(const struct program *p, char **word, const char *of)
{
    const size_t V = p->model->cfg.n_vocab, C = p->model->cfg.d_model;
    const int a = token_of(p, word[0]), b = token_of(p, word[1]);
    size_t n = 0, *tokens = of ? read_of(p, of, &n) : NULL;
    struct scored *list = allocate(V, sizeof *list);
    real *unit = allocate(C, sizeof *unit);
    const double length = direction(unit, vector_of(p, a), vector_of(p, b), C);

    if (length <= 0)
        die("--direction %s %s: both have the same vector, so there is no direction: take "
            "two others", word[0], word[1]);
    projections(list, unit, p->weights.wte, V, C);
    printf("from ");
    print_name(p, a);
    printf(" (%.4f) to ", list[a].score);
    print_name(p, b);
    printf(" (%.4f): how far along that line each token lies\n", list[b].score);
    for (size_t i = 0; i < n; i++)
        print_scored(p, &list[tokens[i]]);
    if (!tokens)
        print_ends(p, list, a, b);
    free(tokens);
    free(unit);
    free(list);
}

/* ------------------------------------------------------------------ of one text */

static void print_vector(const char *label, const real *x, size_t C)
{
    printf("  %-10s", label);
    for (size_t c = 0; c < C && c < SHOWN_NUMBERS; c++)
        printf(" %8.4f", (double)x[c]);
    printf(C > SHOWN_NUMBERS ? " ...\n" : "\n");
}

static void print_text(const struct program *p)
{
    const struct acts *a = &p->acts;
    const size_t T = a->T, C = p->graph->cfg.d_model;

    for (size_t t = 0; t < T && t < SHOWN_TOKENS; t++) {
        const size_t n = p->text * T + t;
        printf("position %zu: token %d %s\n", t, a->tokens[n],
               p->token ? token_text(p, a->tokens[n]) : "");
        print_vector("token", a->tok_embed + n * C, C);
        print_vector("+ position", a->pos_embed + t * C, C);
        print_vector("= stream", a->h[0].resid_pre + n * C, C);
    }
    if (T > SHOWN_TOKENS)
        printf("... and %zu more tokens\n", T - SHOWN_TOKENS);
}

int main(int argc, char **argv)
{
    die_as("02_embed");
    const struct look look = look_options(&argc, argv);
    const int looks = look.nearest || look.analogy || look.direction;
    struct program p = program_options("02_embed", argc, argv, "--tokens --input --text --top "
                                       "--nearest --analogy --direction --of");

    if (looks && !p.trace_path && !p.tokens && !p.input) {
        program_open_model(&p);
    } else {
        program_open(&p);
        forward_embed(&p.graph->cfg, &p.weights, &p.acts);
        program_store(&p, 2, -1);
    }
    if (look.nearest)
        look_nearest(&p, look.nearest[0]);
    else if (look.analogy)
        look_analogy(&p, look.analogy);
    else if (look.direction)
        look_direction(&p, look.direction, look.of ? look.of[0] : NULL);
    else
        print_text(&p);
    program_close(&p);
    return 0;
}
