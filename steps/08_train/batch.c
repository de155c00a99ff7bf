/* batch.c: which pieces of the text a step learns from.
 *
 * A piece is T tokens and, as its targets, the same tokens shifted by one: every
 * position learns to predict what comes next, so one piece is T lessons. The place of
 * each piece is drawn anew in each step, any as likely as any other. The random
 * numbers of a step begin from the seed and the step's number, so that a training that
 * was stopped goes on with the batches it would have had. */
#include "batch.h"

#include "06_sample/random.h"

void draw_batch(int *tokens, int *targets, const int *text, size_t n, size_t B, size_t T,
                uint64_t seed, size_t step)
{
    /* An odd factor: no two steps of one seed begin alike. */
    struct generator random = generator_begin(seed + step * 0x9e3779b97f4a7c15);

    for (size_t b = 0; b < B; b++) {
        const int *piece = text + (size_t)(generator_uniform(&random) * (double)(n - T));

        for (size_t t = 0; t < T; t++) {
            tokens[b * T + t] = piece[t];
            targets[b * T + t] = piece[t + 1];
        }
    }
}

size_t pieces_of(size_t n, size_t T, size_t stride)
{
    return n - 1 <= T ? 1 : 1 + (n - 1 - T + stride - 1) / stride;
}

size_t cut_batch(int *tokens, int *targets, const int *text, size_t n, size_t B, size_t T,
                 size_t stride, size_t first)
{
    size_t counted = 0;

    for (size_t b = 0; b < B; b++)
        for (size_t t = 0; t < T; t++) {
            const size_t at = (first + b) * stride + t;
            const int is_new = first + b == 0 || t >= T - stride;
            const int counts = is_new && at + 1 < n;

            tokens[b * T + t] = at < n ? text[at] : 0;
            targets[b * T + t] = counts ? text[at + 1] : -1;
            counted += (size_t)counts;
        }
    return counted;
}
