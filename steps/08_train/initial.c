/* initial.c: the weights that training begins with.
 *
 * They must not be equal, or all heads and hidden units would stay alike for ever;
 * and they must be small, so that at first every token is about as likely as any
 * other and the loss is close to log V:
 *
 *     matrices, wte, wpe     normal, deviation 0.02
 *     the c_proj of a block  normal, deviation 0.02 / sqrt(2 L): each of these 2 L maps
 *                            adds to the stream, whose size should not grow with L
 *     layer norm             weight 1, bias 0
 *     biases                 0
 *
 * Sources: Radford and others (2018), section 4.1 (0.02); "Language Models are
 * Unsupervised Multitask Learners" (2019), section 2.3 (the scale by layers, which the
 * program that OpenAI released for GPT-2 lacks and others' have). GPT-1 had no such
 * scale; here both families begin alike. */
#include "initial.h"

#include <math.h>
#include <string.h>

/* Whether a weight is one layer norm's own weight; of a block or the last. */
static int is_norm(const char *name)
{
    return strstr(name, "ln_") && strstr(name, ".weight");
}

void initial_weights(real *const weight[], const struct graph *g, struct generator *random)
{
    const double narrow = 0.02 / sqrt(2 * (double)g->cfg.n_layer);

    for (size_t i = 0; i < g->n_weights; i++) {
        const struct weight *w = &g->weight[i];
        const double deviation = strstr(w->name, "c_proj") ? narrow : 0.02;

        for (size_t j = 0; j < w->count; j++)
            weight[i][j] = w->rank == 2 ? (real)(deviation * generator_normal(random))
                                        : (real)is_norm(w->name);
    }
}
