/* 04_mlp: h.L/resid_mid -> the block's output, and with it the next block's
 * resid_pre. Prints what the MLP added to each token of one text. */
#include <stdio.h>
#include <tgmath.h>

#include "program.h"

enum { SHOWN_TOKENS = 16 };

static double length(const real *x, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    return sqrt(sum);
}

static size_t largest(const real *x, size_t n)
{
    size_t at = 0;

    for (size_t i = 1; i < n; i++)
        if (x[i] > x[at])
            at = i;
    return at;
}

int main(int argc, char **argv)
{
    struct program p = program_options("04_mlp", argc, argv, "--layer --text");

    program_open(&p);
    const struct config *cfg = &p.graph->cfg;
    const struct block *x = &p.acts.h[p.layer];
    const size_t T = p.acts.T, C = cfg->d_model, F = cfg->d_ff;

    program_need(&p, in_layer(p.layer, "resid_mid"));
    forward_mlp(cfg, &p.weights, &p.acts, p.layer);
    program_store(&p, 4, (int)p.layer);

    const real *out = p.tensor[graph_find(p.graph, block_output(&p, p.layer))];
    printf("layer %zu: lengths of the vectors, and the hidden unit that answered loudest\n",
           p.layer);
    printf("%10s %12s %12s %12s   %s\n", "token", "stream in", "added", "stream out", "unit");
    for (size_t t = 0; t < T && t < SHOWN_TOKENS; t++) {
        const size_t n = p.text * T + t, unit = largest(x->mlp_post + n * F, F);

        print_token(&p, p.acts.tokens[n], 10);
        printf(" %12.4f %12.4f %12.4f   %zu: %.4f\n", length(x->resid_mid + n * C, C),
               length(x->mlp_out + n * C, C), length(out + n * C, C), unit,
               (double)x->mlp_post[n * F + unit]);
    }
    if (T > SHOWN_TOKENS)
        printf("... and %zu more tokens\n", T - SHOWN_TOKENS);
    program_close(&p);
    return 0;
}
