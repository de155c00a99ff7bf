/* report.c: what a person reads after a check. */
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diagnosis/divergence.h"
#include "diagnosis/pattern.h"
#include "formats.h"

enum { SHOWN_FAILURES = 3 };

static const char *const step_names[] = {"ingredients", "tokenize", "embed", "attention", "mlp",
                                         "unembed", "sample", "backprop", "train"};

/* Colour only on a terminal, and not where NO_COLOR is set (no-color.org). */
static const char *colour(const char *code)
{
    const char *no = getenv("NO_COLOR");

    return isatty(STDOUT_FILENO) && !(no && *no) ? code : "";
}

void print_status(enum status s)
{
    static const char *const codes[] = {"\033[32m", "\033[31m", "\033[33m", "\033[33m"};

    printf("%s%s%s", colour(codes[s]), status_name(s), colour("\033[0m"));
}

/* ----------------------------------------------------------- one failing tensor */

static void print_worst(const struct result *x)
{
    const int digits = x->errors.max < 1e-8 ? 17 : 9;  /* so that a difference shows */
    char index[96];

    for (size_t i = 0; i < x->errors.n_worst; i++)
        printf("    %-16s got % .*g  want % .*g\n",
               index_text(index, sizeof index, &x->node, x->errors.worst[i]), digits, x->got[i],
               digits, x->want[i]);
}

static void print_numbers(const struct result *x)
{
    const struct errors *e = &x->errors;

    if (x->status == MISTRUSTED)
        printf("  %s; --strict counts that as a failure\n", x->reason);
    else
        printf("  %zu of %zu elements are wrong; the worst:\n", x->wrong, e->elements);
    print_worst(x);
    printf("  rms error %.2e (bar %.2e), largest %.2e (bar %.2e)\n", e->rms, x->bar.rms, e->max,
           x->bar.max);
    if (e->nonfinite)
        printf("  no tolerance would pass: elements that are not finite: %zu\n", e->nonfinite);
    else
        printf("  smallest tolerance that would pass: rms %.3g, largest %.3g\n", e->rms, e->max);
    if (x->pattern[0])
        printf("  pattern: %s\n", x->pattern);
    if (x->likely)
        printf("  likely: %s\n", x->likely);
    printf("  bar: %s (%s)\n", x->bar.reason, x->yardstick.source);
}

static void print_failure(const struct result *x)
{
    char shape[96];

    print_status(x->status);
    printf(" %s %s  step %02d %s", x->node.name,
           shape_text(shape, sizeof shape, x->node.rank, x->node.dim), x->node.step,
           step_names[x->node.step]);
    if (x->node.layer >= 0)
        printf(", layer %d", x->node.layer);
    printf("  (%s, %s)\n", x->subject, mode_name(x->mode));
    if (x->measured)
        print_numbers(x);
    else if (x->lines)
        printf("%s%s%s%s", x->lines, x->likely ? "  likely: " : "", x->likely ? x->likely : "",
               x->likely ? "\n" : "");
    else
        printf("  %s\n", x->reason);
    if (x->lines && x->repeat)
        printf("  again: %s\n", x->repeat);
    else if (x->repeat)
        printf("  again: %s --mode %s --tensor %s\n", x->repeat, mode_name(x->mode),
               x->node.name);
}

/* ------------------------------------------------------- one subject, one mode */

/* Items first .. end-1 are of one golden, subject and mode. */
struct group {
    const struct results *all;
    size_t first, end;
};

static struct group next_group(const struct results *all, size_t first)
{
    struct group g = {all, first, first};
    const struct result *a = &all->item[first];

    while (g.end < all->count && results_alike(a, &all->item[g.end]))
        g.end++;
    return g;
}

/* How near to its bar a result came; the larger of both measures. */
static double share_of_bar(const struct result *x)
{
    const double rms = x->bar.rms > 0 ? x->errors.rms / x->bar.rms : 0;
    const double max = x->bar.max > 0 ? x->errors.max / x->bar.max : 0;

    return max > rms ? max : rms;
}

static size_t count_cases(const struct group *g)
{
    size_t n = 0;

    for (size_t i = g->first; i < g->end; i++)
        n += g->all->item[i].node.count;
    return n;
}

static void print_summary(const struct group *g, bool strict)
{
    const struct totals t = results_count(g->all, g->first, g->end, strict);
    const struct result *worst = NULL;

    for (size_t i = g->first; i < g->end; i++) {
        const struct result *x = &g->all->item[i];
        if (x->measured && (!worst || share_of_bar(x) > share_of_bar(worst)))
            worst = x;
    }
    printf("  %-7s %s  %3zu passed %3zu failed %3zu skipped", g->all->item[g->first].subject,
           mode_name(g->all->item[g->first].mode), t.passed, t.failed, t.skipped);
    if (g->all->item[g->first].lines)
        printf("   %zu cases", count_cases(g));
    if (worst)
        printf("   %s its bar: %s, rms %.1e, %.3g of it",
               share_of_bar(worst) <= 1 ? "nearest" : "over", worst->node.name,
               worst->errors.rms, share_of_bar(worst));
    putchar('\n');
}

static void print_first_wrong(const struct result *x)
{
    const struct precision *p = x->looks_like;

    printf("first wrong %s: %s\n", x->lines ? "group of cases" : "tensor in graph order",
           x->node.name);
    if (p)
        printf("looks like %s, not like a mistake: %s, and every tensor passes with "
               "--precision %s\n", p->title, x->is_stored ? "all numbers are numbers of it"
                                                         : "the errors are those of rounding",
               p->name);
}

/* Whether what is likely at item i was not said of an earlier one. */
static bool is_said_first(const struct group *g, size_t i)
{
    const char *likely = g->all->item[i].likely;

    for (size_t k = g->first; k < i && likely; k++)
        if (g->all->item[k].likely && strcmp(g->all->item[k].likely, likely) == 0)
            return false;
    return likely != NULL;
}

/* What follows from a failure and is wrong by itself as well. */
static void print_named_consequences(const struct group *g)
{
    for (size_t i = g->first; i < g->end; i++)
        if (g->all->item[i].consequence && is_said_first(g, i))
            printf("wrong by itself, too: %s, likely: %s\n", g->all->item[i].node.name,
                   g->all->item[i].likely);
}

/* The failures, the first in graph order first; `graph` is NULL for cases. Lines beyond the
 * first few only name the tensor, unless everything is asked for or another mistake is
 * likely there. */
static void print_failures(const struct group *g, const struct options *o,
                           const struct graph *graph)
{
    const struct result *wrong = first_wrong(g->all, g->first, g->end, o->strict);
    size_t shown = 0, consequences = 0;

    if (wrong)
        print_first_wrong(wrong);
    if (wrong && graph)
        print_divergence(g->all, g->first, g->end, graph);

    for (size_t i = g->first; i < g->end; i++) {
        const struct result *x = &g->all->item[i];

        consequences += x->consequence;
        if (!is_failure(x, o->strict))
            continue;
        if (shown < SHOWN_FAILURES || o->verbose || is_said_first(g, i))
            print_failure(x);
        else
            printf("%s %s\n", status_name(x->status), x->node.name);
        shown++;
    }
    print_named_consequences(g);
    if (consequences)
        printf("later tensors that differ as a consequence: %zu (--verbose lists them)\n",
               consequences);
}

/* Names the tensors of one status with one reason, on one line. */
static void print_reasons(const struct group *g, enum status status)
{
    for (size_t i = g->first; i < g->end; i++) {
        const struct result *x = &g->all->item[i];
        bool seen = x->status != status || x->consequence;

        for (size_t k = g->first; k < i && !seen; k++)
            seen = g->all->item[k].status == status &&
                   strcmp(g->all->item[k].reason, x->reason) == 0;
        if (seen)
            continue;
        printf("    %s: %s:", status == SKIP ? "skipped" : "mistrusted", x->reason);
        for (size_t k = i; k < g->end; k++)
            if (g->all->item[k].status == status &&
                strcmp(g->all->item[k].reason, x->reason) == 0)
                printf(" %s", g->all->item[k].node.name);
        putchar('\n');
    }
}

static void print_every_tensor(const struct group *g)
{
    printf("    %-10s %-15s %9s %9s %9s %9s %9s\n", "status", "tensor", "rms", "bar", "largest",
           "bar", "f32 rms");
    for (size_t i = g->first; i < g->end; i++) {
        const struct result *x = &g->all->item[i];

        printf("    %-10s %-15s", status_name(x->status), x->node.name);
        if (x->measured)
            printf(" %9.2e %9.2e %9.2e %9.2e %9.2e", x->errors.rms, x->bar.rms, x->errors.max,
                   x->bar.max, x->yardstick.rms);
        printf("%s%s\n", x->reason[0] ? "  " : "", x->reason);
    }
}

static void print_every_group(const struct group *g)
{
    for (size_t i = g->first; i < g->end; i++) {
        const struct result *x = &g->all->item[i];

        printf("    %-10s %5zu cases  %s\n", status_name(x->status), x->node.count, x->node.name);
    }
}

/* ------------------------------------------------------------------ the whole */

static void print_title(const struct reference *r)
{
    const struct config *c = &r->graph->cfg;

    printf("%s: gpt%d, L=%zu C=%zu H=%zu F=%zu V=%zu, input [%zu, %zu]\n", r->name,
           (int)c->family, c->n_layer, c->d_model, c->n_head, c->d_ff, c->n_vocab, r->graph->B,
           r->graph->T);
}

void report_golden(const struct results *all, size_t first, const struct reference *r,
                   const struct options *o)
{
    if (o->quiet)
        return;
    print_title(r);
    printf("%s", all->seen ? all->seen : "");
    for (size_t i = first; i < all->count;) {
        const struct group g = next_group(all, i);

        print_summary(&g, o->strict);
        if (o->verbose)
            print_every_tensor(&g);
        print_reasons(&g, MISTRUSTED);
        print_reasons(&g, SKIP);
        print_failures(&g, o, r->graph);
        i = g.end;
    }
    fflush(stdout);
}

void report_cases(const struct results *all, size_t first, const struct options *o)
{
    if (o->quiet || first == all->count)
        return;
    printf("%s: step %02d by cases\n", all->item[first].golden_path,
           all->item[first].node.step);
    for (size_t i = first; i < all->count;) {
        const struct group g = next_group(all, i);

        print_summary(&g, o->strict);
        if (o->verbose)
            print_every_group(&g);
        print_reasons(&g, SKIP);
        print_failures(&g, o, NULL);
        i = g.end;
    }
    fflush(stdout);
}

int report_end(struct results *all, const struct options *o)
{
    const struct totals t = results_count(all, 0, all->count, o->strict);
    const bool nothing = t.passed + t.failed == 0;

    write_results(all, o);
    if (all->hint && !o->quiet)
        printf("%s\n", all->hint);
    if (nothing)
        printf("nothing was compared: that is a failure\n");
    printf("%zu passed, %zu failed, %zu skipped\n", t.passed, t.failed + nothing, t.skipped);
    results_free(all);
    return t.failed || nothing ? 1 : 0;
}
