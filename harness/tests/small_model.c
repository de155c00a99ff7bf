/* small_model.c: a small model with random weights. */
#include "small_model.h"

#include <stdio.h>
#include <stdlib.h>

#include "die.h"

const int small_tokens[10] = {4, 0, 10, 3, 3, 7, 1, 2, 9, 5};
const int small_targets[10] = {0, 10, 3, -1, 7, 1, 2, 9, 5, 6};

double small_random(unsigned long long *x)
{
    *x ^= *x << 13;  /* Marsaglia, "Xorshift RNGs" (2003) */
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return (double)(*x >> 11) * 0x1p-53 - 0.5;
}

size_t random_below(unsigned long long *x, size_t n)
{
    return (size_t)((small_random(x) + 0.5) * (double)n);
}

unsigned long long random_seed(void)
{
    const char *n = getenv("TOUCHSTONE_SEED");

    return n ? strtoull(n, NULL, 10) : 20190214;
}

size_t random_cases(size_t usual)
{
    const char *n = getenv("TOUCHSTONE_CASES");

    return n ? strtoul(n, NULL, 10) : usual;
}

struct runner small_runner(enum family family, const char *subject)
{
    const struct config cfg = {family, 3, 2, 6, 7, 5, 11, 1e-5};
    struct graph *g = graph_make(&cfg, 2, 5);
    char path[256];
    const char *build = getenv("BUILD");
    unsigned long long x = 88172645463325252ULL;

    snprintf(path, sizeof path, "./%s/subjects/%s.so", build ? build : "build", subject);
    struct runner r = runner_with(subject_load(path), g, allocate(g->n_weights, sizeof(void *)));
    for (size_t i = 0; i < g->n_weights; i++) {
        const size_t width = r.subject->width;

        r.weight[i] = allocate(g->weight[i].count, width);
        for (size_t k = 0; k < g->weight[i].count; k++) {
            const double w = small_random(&x);
            narrow((char *)r.weight[i] + k * width, &w, width, 1);
        }
    }
    return r;
}

void small_runner_free(struct runner *r)
{
    struct graph *g = (struct graph *)(size_t)r->graph;  /* const to all but its maker */

    runner_free(r);
    graph_free(g);
}
