/* large_golden.c: writes a golden and a trace of any size, for tests and measurements of
 * compare:
 *
 *     large_golden LAYERS HEADS WIDTH VOCABULARY TOKENS GOLDEN TRACE [TENSOR]
 *
 * The numbers are random, as wide as those of a real model and as badly to be compressed:
 * nothing is computed, for compare without a model computes nothing. The golden is float64;
 * the trace holds the same numbers as float32. Both have every tensor of GPT-2's forward
 * pass. Of TENSOR, where it is given, the last number is wrong in the trace. One tensor at a
 * time is in memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "06_sample/random.h"
#include "die.h"
#include "files/trace.h"
#include "graph.h"
#include "words.h"

/* Keys later than their query are 0. */
static bool is_masked(const struct node *n, size_t i)
{
    return strcmp(n->letters, "BHTT") == 0 && i % n->dim[3] > i / n->dim[3] % n->dim[2];
}

static void write_tensor(struct store *golden, struct store *trace, const struct node *n,
                         struct generator *random, bool wrong)
{
    double *wide = allocate(n->count, sizeof *wide);
    float *narrow = allocate(n->count, sizeof *narrow);
    char path[MAX_NAME + 16];

    for (size_t i = 0; i < n->count; i++) {
        wide[i] = is_masked(n, i) ? 0 : generator_uniform(random) - 0.5;
        narrow[i] = (float)wide[i];
    }
    if (wrong)
        narrow[n->count - 1] += 1;
    snprintf(path, sizeof path, "forward/%s", n->name);
    store_write(golden, path, sizeof *wide, wide, n->rank, n->dim);
    store_write(trace, path, sizeof *narrow, narrow, n->rank, n->dim);
    free(wide);
    free(narrow);
}

static struct store *begin(const char *path, const struct graph *g)
{
    struct store *s = store_create(path);
    int *tokens = allocate(g->T, sizeof *tokens);

    for (size_t t = 0; t < g->T; t++)
        tokens[t] = (int)(t % g->cfg.n_vocab);
    trace_begin(s, GPT2, "large", "large_golden: random numbers", 1, g->T, tokens, tokens);
    free(tokens);
    return s;
}

static size_t size(const char *what, const char *text)
{
    return (size_t)whole_number(what, text, 1, 1 << 24);
}

int main(int argc, char **argv)
{
    die_as("large_golden");
    if (argc < 8)
        die("usage: large_golden LAYERS HEADS WIDTH VOCABULARY TOKENS GOLDEN TRACE [TENSOR]");
    const size_t C = size("WIDTH", argv[3]);
    const struct config cfg = {GPT2, size("LAYERS", argv[1]), size("HEADS", argv[2]), C, 4 * C,
                               size("TOKENS", argv[5]), size("VOCABULARY", argv[4]), 1e-5};
    struct graph *g = graph_make(&cfg, 1, cfg.n_ctx);
    struct store *golden = begin(argv[6], g), *trace = begin(argv[7], g);
    struct generator random = generator_begin(1);
    size_t elements = 0;

    for (size_t i = 0; i < g->n_nodes; i++) {
        write_tensor(golden, trace, &g->node[i], &random,
                     argc > 8 && strcmp(g->node[i].name, argv[8]) == 0);
        elements += g->node[i].count;
    }
    store_commit(golden);
    store_commit(trace);
    printf("%zu tensors, %zu numbers\n", g->n_nodes, elements);
    graph_free(g);
    return 0;
}
