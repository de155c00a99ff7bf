/* 05_unembed: the last block's output -> (ln_f,) logits, loss. Prints the most
 * likely tokens after the last one of a text, in percent. With --score it reads a
 * text instead of a trace (program_score.c); with --lens or --attribute it prints what
 * the layers before would have answered, and what the answer is made of
 * (program_look.c). */
#include <stdio.h>
#include <stdlib.h>

#include "00_ingredients/softmax.h"
#include "die.h"
#include "program.h"
#include "program_look.h"
#include "program_score.h"

/* Prints the `top` largest shares and clears them. */
static void print_likeliest(const struct program *p, real *share, size_t V)
{
    for (size_t rank = 0; rank < p->top && rank < V; rank++) {
        size_t best = 0;
        for (size_t v = 1; v < V; v++)
            if (share[v] > share[best])
                best = v;
        printf("%7.2f %%  %s\n", 100 * (double)share[best], token_text(p, (int)best));
        share[best] = -1;
    }
}

int main(int argc, char **argv)
{
    if (wants_score(argc, argv))
        return score_main(argc, argv);

    die_as("05_unembed");
    const struct look look = look_options(&argc, argv);
    struct program p = program_options("05_unembed", argc, argv,
                                       "--text --top --lens --attribute --position");

    program_open(&p);
    const struct config *cfg = &p.graph->cfg;
    const size_t T = p.acts.T, V = cfg->n_vocab, last = p.text * T + T - 1;

    program_need(&p, block_output(&p, cfg->n_layer - 1));
    forward_unembed(cfg, &p.weights, &p.acts);
    program_store(&p, 5, -1);
    if (look.lens || look.attribute) {
        look_inside(&p, &look);
        program_close(&p);
        return 0;
    }

    real *share = allocate(V, sizeof *share);
    softmax(share, p.acts.logits + last * V, V);
    printf("after");
    for (size_t t = T < 8 ? 0 : T - 8; t < T; t++)
        printf(" %s", token_text(&p, p.acts.tokens[p.text * T + t]));
    printf(" comes\n");
    print_likeliest(&p, share, V);
    if (*p.acts.loss >= 0)
        printf("loss %.6f\n", (double)*p.acts.loss);
    free(share);
    program_close(&p);
    return 0;
}
