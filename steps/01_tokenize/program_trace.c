/* program_trace.c: the tokens of a text as the input of a trace. Each token's target is
 * the next one; the last has none, and a single token has no targets at all. */
#include "program_trace.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"
#include "files/trace.h"

/* Whether a trace holds these tokens and nothing else. */
static bool holds(const char *path, const struct model *m, const struct tokens *tokens)
{
    if (access(path, F_OK) != 0)
        return false;
    struct trace *t = trace_open(path);
    const bool same = t->family == m->cfg.family && t->B == 1 && t->T == tokens->count &&
                      memcmp(t->tokens, tokens->id, t->T * sizeof *t->tokens) == 0;
    trace_close(t);
    return same;
}

void begin_trace_of(const char *path, const struct model *m, const struct tokens *tokens)
{
    const size_t T = tokens->count;

    if (T == 0 || T > m->cfg.n_ctx)
        die("--trace: the text has %zu tokens: 1 to %zu (n_ctx) are possible", T, m->cfg.n_ctx);
    int *targets = allocate(T, sizeof *targets);
    memcpy(targets, tokens->id + 1, (T - 1) * sizeof *targets);
    targets[T - 1] = -1;
    struct store *s = holds(path, m, tokens) ? store_update(path) : store_create(path);
    trace_begin(s, m->cfg.family, m->name, "touchstone, the step programs", 1, T, tokens->id,
                T > 1 ? targets : NULL);
    store_commit(s);
    free(targets);
}
