/* cases_batch.c: cases of step 08's batches: tokens and targets are pieces of the text, one
 * apart, and a text cut into pieces is all there, once. The text of these cases counts from
 * 0: a token is its place. */
#include "cases_group.h"

#include <stdio.h>
#include <string.h>

enum { TEXT = 50, MOST = 64 };  /* tokens of the text, each its own place; of a batch */

static void fill_text(int text[TEXT])
{
    for (int i = 0; i < TEXT; i++)
        text[i] = i;
}

/* Each row is a piece of the text; its targets are the piece one later. */
static void batches_are_pieces(struct marks *m, const struct case_run *r, const void *what)
{
    enum { B = 3, T = 7 };
    const bool of_targets = what;
    int text[TEXT], tokens[B * T], targets[B * T], want[T];

    fill_text(text);
    for (size_t step = 1; step <= 30; step++) {
        case_begin(m, "the batch of step %zu", step);
        r->ops->draw_batch(tokens, targets, text, TEXT, B, T, 5, step);
        for (size_t b = 0; b < B; b++) {
            const int *got = of_targets ? targets + b * T : tokens + b * T;
            const int first = tokens[b * T] < 0           ? 0
                              : tokens[b * T] >= TEXT - T ? TEXT - T - 1
                                                          : tokens[b * T];
            for (int t = 0; t < T; t++)
                want[t] = first + t + of_targets;
            case_begin(m, "the %s of row %zu of step %zu, in the text 0 1 2 ... 49",
                       of_targets ? "targets" : "tokens", b, step);
            case_end_ids(m, got, T, want, T);
        }
    }
}

static void seeds_make_batches(struct marks *m, const struct case_run *r, const void *none)
{
    enum { B = 4, T = 5 };
    int text[TEXT], batch[4][B * T], targets[B * T];
    static const uint64_t seeds[4] = {5, 5, 5, 6};
    static const size_t steps[4] = {2, 2, 3, 2};

    (void)none;
    fill_text(text);
    for (size_t k = 0; k < 4; k++) {
        case_begin(m, "the batch of seed %d, step %zu", (int)seeds[k], steps[k]);
        r->ops->draw_batch(batch[k], targets, text, TEXT, B, T, seeds[k], steps[k]);
    }
    case_begin(m, "step 2 of seed 5 a second time");
    case_end_ids(m, batch[1], B * T, batch[0], B * T);
    for (size_t k = 2; k < 4; k++) {
        case_begin(m, "step %zu of seed %d, after step 2 of seed 5", steps[k], (int)seeds[k]);
        if (case_end(m, memcmp(batch[0], batch[k], sizeof batch[0]) != 0)) {
            strcpy(m->got, "the same batch");
            strcpy(m->want, "another batch");
        }
    }
}

/* Over all batches each token but the first is a target once. */
static void text_is_cut(struct marks *m, const struct case_run *r, const void *none)
{
    static const struct {
        size_t n, B, T, stride;
    } cuts[] = {{50, 3, 7, 7}, {50, 3, 7, 3}, {8, 2, 7, 7}, {5, 2, 7, 7}, {22, 1, 7, 7},
                {23, 4, 5, 2}};
    int text[TEXT], tokens[MOST], targets[MOST];

    (void)none;
    fill_text(text);
    for (size_t k = 0; k < sizeof cuts / sizeof cuts[0]; k++) {
        const size_t n = cuts[k].n, B = cuts[k].B, T = cuts[k].T, stride = cuts[k].stride;
        size_t times[TEXT] = {0}, counted = 0;
        bool right = true;

        case_begin(m, "%zu tokens in batches of %zu rows of %zu, %zu apart", n, B, T, stride);
        for (size_t first = 0; first * stride < n; first += B) {
            counted += r->ops->cut_batch(tokens, targets, text, n, B, T, stride, first);
            for (size_t i = 0; i < B * T; i++) {
                const bool is_one = targets[i] > 0 && targets[i] < (int)n;
                right &= targets[i] == -1 || (is_one && tokens[i] == targets[i] - 1);
                times[is_one ? targets[i] : 0] += is_one;
            }
        }
        for (size_t i = 1; i < n; i++)
            right &= times[i] == 1;
        if (case_end(m, right && counted == n - 1)) {
            snprintf(m->got, sizeof m->got, "%zu targets counted, %s", counted,
                     right ? "each once" : "some not once, or behind another token");
            snprintf(m->want, sizeof m->want, "%zu targets, each once", n - 1);
        }
    }
}

void cases_batch(struct case_run *r)
{
    static const bool of_targets = true;

    if (!case_wanted(r, NULL))
        return;
    case_group(r, "batch/tokens", LACKS(r, draw_batch), batches_are_pieces, NULL);
    case_group(r, "batch/targets", LACKS(r, draw_batch), batches_are_pieces, &of_targets);
    case_group(r, "batch/seed", LACKS(r, draw_batch), seeds_make_batches, NULL);
    case_group(r, "batch/cut", LACKS(r, cut_batch), text_is_cut, NULL);
}
