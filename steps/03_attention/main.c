/* 03_attention: h.L/resid_pre -> all of attention up to h.L/resid_mid. Prints the
 * attention table of one head: rows are queries, columns keys. */
#include <stdio.h>
#include <string.h>

#include "program.h"

enum { SHOWN_TOKENS = 12 };

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

int main(int argc, char **argv)
{
    struct program p = program_options("03_attention", argc, argv, "--layer --head --text");

    program_open(&p);
    need_stream(&p);
    forward_attention(&p.graph->cfg, &p.weights, &p.acts, p.layer);
    program_store(&p, 3, (int)p.layer);
    print_table(&p);
    program_close(&p);
    return 0;
}
