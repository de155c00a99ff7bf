/* 02_embed: tokens -> tok_embed, pos_embed, h.0/resid_pre. Begins a trace with
 * --tokens or --input, or goes on with one that holds tokens. Prints the vectors
 * of one text. */
#include <stdio.h>

#include "program.h"

enum { SHOWN_TOKENS = 16, SHOWN_NUMBERS = 8 };

static void print_vector(const char *label, const real *x, size_t C)
{
    printf("  %-10s", label);
    for (size_t c = 0; c < C && c < SHOWN_NUMBERS; c++)
        printf(" %8.4f", (double)x[c]);
    printf(C > SHOWN_NUMBERS ? " ...\n" : "\n");
}

int main(int argc, char **argv)
{
    struct program p = program_options("02_embed", argc, argv, "--tokens --input --text");

    program_open(&p);
    const struct config *cfg = &p.graph->cfg;
    const struct acts *a = &p.acts;
    const size_t T = a->T, C = cfg->d_model;

    forward_embed(cfg, &p.weights, &p.acts);
    program_store(&p, 2, -1);
    for (size_t t = 0; t < T && t < SHOWN_TOKENS; t++) {
        const size_t n = p.text * T + t;
        printf("position %zu: token %d %s\n", t, a->tokens[n],
               p.token ? token_text(&p, a->tokens[n]) : "");
        print_vector("token", a->tok_embed + n * C, C);
        print_vector("+ position", a->pos_embed + t * C, C);
        print_vector("= stream", a->h[0].resid_pre + n * C, C);
    }
    if (T > SHOWN_TOKENS)
        printf("... and %zu more tokens\n", T - SHOWN_TOKENS);
    program_close(&p);
    return 0;
}
