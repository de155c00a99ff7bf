/* gradient_check.c: backpropagation against differences of the loss (differences.c).
 *
 * Both are the subject's own: the golden gives tokens and targets, its tensors are not
 * used. So this proves that backward is the derivative of forward, whatever forward
 * computes; whether that is right, check says.
 *
 * A weight tensor w of n numbers with the gradient g is moved along four directions v:
 *
 *   random   n normal numbers. Each element of g takes part, so that no mistake in any
 *            of them can hide, be it in one alone.
 *   single   one element alone: the one with the largest gradient, where the loss bends
 *            most, and two by chance. A mistake in an element shows sqrt(n) times larger
 *            than along the random direction.
 *
 *   error = |measured slope - g . v| / (rms(g) |v|)
 *
 * For normal numbers rms(g) |v| is how large g . v is on average, and for a single
 * element how large an element is. So an element whose gradient is 0 or tiny (rows of wpe
 * beyond the input, the key third of c_attn.bias) counts by the gradients around it. A
 * tensor whose gradient is 0 throughout has no scale: then the loss may not change at all.
 *
 * The measured slope is what differences.c extrapolates at the step that it takes for
 * the best by itself. A gradient passes with an error of at most 1e-8, and is mistrusted
 * where the differences cannot tell so finely: they agree with it within their own
 * uncertainty, and that is larger. */
#include "gradient_check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "06_sample/random.h"
#include "backprop.h"
#include "check.h"
#include "diagnosis/pattern.h"
#include "die.h"
#include "differences.h"
#include "formats.h"
#include "report.h"
#include "words.h"

enum { RANDOM, LARGEST, N_DIRECTIONS = 4, SHOWN_FAILURES = 3 };

static const double bar = 1e-8;

/* What is found along one direction. */
struct finding {
    char name[96];             /* random, or the index of the one element */
    struct expected expected;  /* by backpropagation */
    struct slopes measured;
    double error;
    enum status status;
};

/* A command, as it goes on. */
struct job {
    const struct options *o;
    struct results all;
    struct text tsv;  /* where --tsv was given */
};

/* One subject on one golden. */
struct run {
    struct job *job;
    const struct reference *r;
    const char *subject, *repeat;
    struct probe probe;
    struct gradients gradients;
    size_t shown;     /* failures in full */
};

/* ------------------------------------------------------------------ the directions */

static size_t largest(const double *x, size_t count)
{
    size_t at = 0;

    for (size_t i = 0; i < count; i++)
        if (fabs(x[i]) > fabs(x[at]))
            at = i;
    return at;
}

/* Direction k of weight i, and its name. */
static void choose_direction(double *v, char *name, size_t size, const struct run *run, size_t i,
                             int k, struct generator *random)
{
    const struct graph *g = run->r->graph;
    const size_t count = g->weight[i].count;
    const struct node node = grad_node(g, i);

    for (size_t j = 0; j < count; j++)
        v[j] = k == RANDOM ? generator_normal(random) : 0;
    snprintf(name, size, "random");
    if (k == RANDOM)
        return;
    const size_t at = k == LARGEST ? largest(run->gradients.weight[i], count)
                                   : (size_t)(generator_uniform(random) * (double)count);
    v[at] = 1;
    index_text(name, size, &node, at);
}

static enum status judge_finding(const struct finding *f)
{
    const double uncertainty = f->measured.uncertainty;

    if (uncertainty > bar * f->expected.scale && f->error != 0 &&
        fabs(f->measured.best - f->expected.slope) <= uncertainty)
        return MISTRUSTED;
    return f->error <= bar ? PASS : FAIL;
}

static void find_all(struct finding found[], const struct run *run, size_t i)
{
    const size_t count = run->r->graph->weight[i].count;
    /* An odd factor: no two tensors of one seed begin alike. */
    struct generator random =
        generator_begin((uint64_t)run->job->o->seed + i * 0x9e3779b97f4a7c15);
    double *v = allocate(count, sizeof *v);

    for (int k = 0; k < N_DIRECTIONS; k++) {
        struct finding *f = &found[k];

        choose_direction(v, f->name, sizeof f->name, run, i, k, &random);
        f->expected = expect_slope(run->gradients.weight[i], v, count);
        f->measured = measure_slopes(&run->probe, i, v);
        f->error = slope_error(&f->expected, f->measured.best);
        f->status = judge_finding(f);
    }
    free(v);
}

/* ---------------------------------------------------------------------- the report */

static double error_at(const struct finding *f, size_t step, size_t order)
{
    return slope_error(&f->expected, f->measured.value[step][order]);
}

/* Every step and order of a direction. */
static void write_rows(FILE *to, const struct run *run, const char *weight,
                       const struct finding *f)
{
    for (size_t j = 0; j < N_STEPS; j++)
        for (size_t k = 0; k < N_ORDERS && k <= j; k++)
            fprintf(to, "%s\t%s\t%s\t%s\t%.6e\t%zu\t%d\t%.17g\t%.17g\t%.6e\n", run->r->name,
                    run->subject, weight, f->name, f->measured.step[j], 2 * k + 2,
                    j == f->measured.best_step && k == f->measured.best_order,
                    f->expected.slope, f->measured.value[j][k], error_at(f, j, k));
}

static void print_finding(const struct finding *f)
{
    printf("      %-16s gradient % .14e  differences % .14e +- %.0e  order %zu at %.1e\n",
           f->name, f->expected.slope, f->measured.best, f->measured.uncertainty,
           2 * f->measured.best_order + 2, f->measured.step[f->measured.best_step]);
}

static int rank(enum status s)
{
    return s == FAIL ? 2 : s == MISTRUSTED ? 1 : 0;
}

/* The worst of some findings: by status, then by error. */
static const struct finding *worst_of(const struct finding *f, size_t count)
{
    const struct finding *worst = f;

    for (size_t k = 1; k < count; k++) {
        const int more = rank(f[k].status) - rank(worst->status);

        if (more > 0 || (more == 0 && f[k].error > worst->error))
            worst = &f[k];
    }
    return worst;
}

static void print_row(const struct result *x, const struct finding found[], const char *weight)
{
    const struct finding *random = &found[RANDOM];
    const struct finding *single = worst_of(&found[LARGEST], N_DIRECTIONS - 1);
    size_t plain = 0;

    for (size_t j = 1; j < N_STEPS; j++)
        if (error_at(random, j, 0) < error_at(random, plain, 0))
            plain = j;
    printf("    ");
    print_status(x->status);
    printf("%*s %-26s %8.1e %7.1e  %8.1e %7.1e  %8.1e %7.1e\n",
           10 - (int)strlen(status_name(x->status)), "", weight, random->error,
           random->measured.step[random->measured.best_step], single->error,
           single->measured.step[single->measured.best_step], error_at(random, plain, 0),
           random->measured.step[plain]);
}

static void print_failure(struct run *run, const struct result *x, const struct finding *worst)
{
    const struct options *o = run->job->o;
    const bool full = o->verbose || run->shown++ < SHOWN_FAILURES;

    print_status(x->status);
    printf(" %s  (%s)\n", x->node.name, run->subject);
    if (!full)
        return;
    print_finding(worst);
    if (x->status == MISTRUSTED)
        printf("  too small a gradient for differences to tell: they are sure to +- %.0e; --strict "
               "counts that as a failure\n", worst->measured.uncertainty);
    else
        printf("  relative error %.2e, bar %.0e\n", worst->error, bar);
    printf("  again: %s --tensor %s\n", run->repeat, x->node.name);
}

static void check_weight(struct run *run, size_t i)
{
    const struct graph *g = run->r->graph;
    const struct options *o = run->job->o;
    struct finding found[N_DIRECTIONS];
    struct result *x = new_result(&run->job->all, run->r, grad_node(g, i), i, run->subject,
                                  CHAIN, NULL);

    find_all(found, run, i);
    const struct finding *worst = worst_of(found, N_DIRECTIONS);
    x->status = worst->status;
    for (int k = 0; k < N_DIRECTIONS && o->tsv; k++)
        write_rows(run->job->tsv.stream, run, g->weight[i].name, &found[k]);
    if (o->quiet)
        return;
    print_row(x, found, g->weight[i].name);
    for (int k = 0; k < N_DIRECTIONS && o->verbose; k++)
        print_finding(&found[k]);
    if (x->status != PASS)
        print_failure(run, x, worst);
}

/* ------------------------------------------------------------------------- a golden */

static void skip_all(struct run *run)
{
    const struct graph *g = run->r->graph;

    for (size_t i = 0; i < g->n_weights; i++) {
        const struct node n = grad_node(g, i);
        if (selects(run->job->o, &n))
            new_result(&run->job->all, run->r, n, i, run->subject, CHAIN, NULL)->status = SKIP;
    }
    if (!run->job->o->quiet)
        printf("%s: skipped: it has no targets, hence no loss\n", run->r->name);
}

static void check_subject(struct run *run, const struct subject *subject)
{
    const struct reference *r = run->r;
    const struct graph *g = r->graph;
    const struct options *o = run->job->o;
    struct runner runner = runner_make(subject, r->model, g);

    if (!subject->backward)
        die("--subject %s: has no backward pass: there is no gradient to check", subject->name);
    run->subject = subject->name;
    run->probe = probe_begin(&runner, r->golden->tokens, r->golden->targets);
    run->gradients = gradients_chain(&runner, r->golden->tokens, r->golden->targets);
    if (!o->quiet)
        printf("%s: gpt%d, %s, loss %.6g, --seed %lld: relative errors, bar %.0e\n"
               "    %-10s %-26s %8s %7s  %8s %7s  %8s %7s\n", r->name, (int)g->cfg.family,
               subject->name, run->probe.loss, o->seed, bar, "status", "gradient of", "random",
               "step", "single", "step", "order 2", "step");
    for (size_t i = 0; i < g->n_weights; i++) {
        const struct node n = grad_node(g, i);
        if (selects(o, &n))
            check_weight(run, i);
    }
    gradients_free(&run->gradients, g);
    probe_end(&run->probe);
    runner_free(&runner);
    fflush(stdout);
}

/* --tensor may name what is no weight. */
static void check_weights_selected(const struct graph *g, const struct options *o)
{
    for (size_t i = 0; i < g->n_weights; i++) {
        const struct node n = grad_node(g, i);
        if (selects(o, &n))
            return;
    }
    die("--tensor %s: is no weight: --gradient-check takes one such as h.0.ln_1.bias",
        o->tensor ? o->tensor : "");
}

static void check_golden(void *context, const char *model, const char *golden)
{
    struct job *job = context;
    struct reference r = reference_open(model, golden, job->o);
    char words[3][4200], repeat[13000];

    check_weights_selected(r.graph, job->o);
    char *names = copy_text(job->o->subject ? job->o->subject : "f64");
    for (char *name = strtok(names, ","); name; name = strtok(NULL, ",")) {
        struct run run = {.job = job, .r = &r, .subject = name, .repeat = repeat};

        snprintf(repeat, sizeof repeat, "build/touchstone check --gradient-check --model %s "
                 "--golden %s --subject %s --seed %lld",
                 shell_word(words[0], sizeof words[0], model),
                 shell_word(words[1], sizeof words[1], golden),
                 shell_word(words[2], sizeof words[2], name), job->o->seed);
        if (r.golden->has_targets)
            check_subject(&run, subject_load(name));
        else
            skip_all(&run);
    }
    free(names);
    reference_close(&r);
}

int gradient_check(int argc, char **argv)
{
    struct options o = options_read(
        argc, argv, "--gradient-check --model --golden --fixtures --only --subject --layer "
        "--tensor --seed --tsv --strict --quiet --verbose", NULL);
    struct job job = {.o = &o};

    o.forward = o.local = o.chain = false;  /* of the golden only the input is asked for */
    if (o.tsv) {
        text_begin(&job.tsv);
        fputs("golden\tsubject\ttensor\tdirection\tstep\torder\tbest\tgradient\tdifferences\t"
              "error\n", job.tsv.stream);
    }
    each_golden(&o, check_golden, &job);
    if (o.tsv)
        text_write(&job.tsv, "--tsv", o.tsv);
    o.tsv = NULL;  /* written by now */
    return report_end(&job.all, &o);
}
