/* bench.c: the command bench: how fast subjects are, beside what the machine can do.
 *
 * The machine comes first: multiply-adds and read bandwidth, of one core and of all. Then
 * each subject is verified (bench_verify.c) and timed, op by op (bench_ops.c) and as a
 * whole (bench_whole.c). A subject that is wrong is not timed, and the exit code is 1. */
#include "bench.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench_model.h"
#include "bench_results.h"
#include "bench_verify.h"
#include "commands.h"
#include "die.h"
#include "shapes.h"
#include "words.h"

enum { FIRST_SLICES = 12 };

void progress(const struct bench *b, const char *format, ...)
{
    va_list args;

    if (b->options->quiet || !isatty(2))
        return;
    fputs("\r\033[K", stderr);
    if (!format)
        return;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fflush(stderr);
}

/* --------------------------------------------------------------------------- limits */

struct limits limits_for(const struct bench *b, const struct contender *c)
{
    const bool wide = c->vectors == VECTORS_AVX512, many = c->threads > 1;
    struct limits l = many ? b->all : b->one;

    if (wide)
        l.operations = (many ? b->wide_all : b->wide_one).operations;
    if (c->subject->width == 8)
        l.operations /= 2;
    return l;
}

struct pace pace_for(struct bench *b, const struct contender *c, const struct work *w,
                     bool *memory_bound)
{
    const struct limits l = limits_for(b, c);
    const double computing = (w->products + w->other) / l.operations;
    const double reading = (w->read + w->written) / l.bytes;

    *memory_bound = reading > computing;
    return (struct pace){&b->machine, *memory_bound ? LIMIT_BYTES : LIMIT_OPERATIONS,
                         c->vectors, c->threads, b->seconds};
}

static void measure_machine(struct bench *b)
{
    struct machine *m = &b->machine;

    progress(b, "measuring the machine");
    *m = machine_open();
    const enum vectors narrow = m->widest == VECTORS_PLAIN ? VECTORS_PLAIN : VECTORS_AVX2;
    const int all = b->threads && b->threads < m->cores ? b->threads : m->cores;

    b->one = machine_limits(m, LIMIT_BOTH, narrow, 1, FIRST_SLICES);
    b->all = machine_limits(m, LIMIT_BOTH, narrow, all, FIRST_SLICES);
    if (m->widest == VECTORS_AVX512) {
        b->wide_one = machine_limits(m, LIMIT_OPERATIONS, VECTORS_AVX512, 1, FIRST_SLICES);
        b->wide_all = machine_limits(m, LIMIT_OPERATIONS, VECTORS_AVX512, all, FIRST_SLICES);
    }
    progress(b, NULL);
}

/* --------------------------------------------------------------------------- memory */

static double count_of_tensors(const struct graph *g)
{
    double n = 0;

    for (size_t i = 0; i < g->n_nodes; i++)
        n += (double)g->node[i].count;
    return n;
}

static double count_of_weights(const struct graph *g, size_t layers)
{
    double n = 0;

    for (size_t i = 0; i < g->n_weights; i++)
        n += g->weight[i].layer < (int)layers ? (double)g->weight[i].count : 0;
    return n;
}

/* Ends the program where the work that is wanted surely needs more than there is: the
 * weights and a subject's packed copy; its tensors, in training with their gradients;
 * those of all weights, and AdamW's two arrays; the f64 subject's two layers; and what
 * reading is measured on. */
static void check_memory(const struct bench *b)
{
    const struct graph *g = b->graph;
    const bool update = wants_whole(b, WHOLE_ADAMW) || wants_whole(b, WHOLE_TRAIN_STEP);
    const bool back = update || wants_whole(b, WHOLE_BACKWARD) || wants_whole(b, WHOLE_BOTH);
    const double weights = count_of_weights(g, g->cfg.n_layer), small = count_of_weights(g, 2);
    const double floats = 2 * weights + (back ? 2 : 1) * count_of_tensors(g) +
                          (back ? weights : 0) + (update ? 2 * weights : 0);
    const double truth = small * 2 * sizeof(double);
    const double need = floats * sizeof(float) + truth + machine_memory();
    const double there = free_memory();

    if (there > 0 && need > there)
        die("%s %s: this needs about %.1f GB of memory, and %.1f GB are free: take less work "
            "(--op forward,decode), a smaller --batch or --length, or a smaller model",
            b->options->like ? "--like" : "--model", b->name, need / 1e9, there / 1e9);
}

/* ------------------------------------------------------------------------- subjects */

static enum vectors vectors_of(const struct bench *b, const struct subject *s)
{
    const bool wide = strcmp(s->name, "avx512") == 0;

    return b->machine.widest == VECTORS_PLAIN ? VECTORS_PLAIN
           : wide                             ? b->machine.widest
                                              : VECTORS_AVX2;
}

/* How many threads the subject uses: its engine knows. */
static int threads_of(const struct bench *b, const struct contender *c)
{
    size_t *from;
    struct graph *g = smaller_graph(b->graph, 1, 1, 1, &from);
    void **weight = allocate(g->n_weights, sizeof *weight);
    int threads = 1;

    for (size_t i = 0; i < g->n_weights; i++)
        weight[i] = c->weight[from[i]];
    if (c->subject->engine) {
        struct engine *e = bench_engine(c->subject, g, weight, b->threads);
        threads = c->subject->engine->threads(e);
        c->subject->engine->close(e);
    }
    free(weight);
    free(from);
    graph_free(g);
    return threads;
}

/* Verifies and times one subject; false where it is wrong. */
static bool run_subject(struct bench *b, const struct truth *truth, const struct subject *s)
{
    struct contender c = {.subject = s, .name = s->name, .vectors = vectors_of(b, s)};
    const size_t first = b->n_entries;

    c.weight = weights_of_width(b->weight, b->graph, s->width);
    c.threads = threads_of(b, &c);
    const struct verdict v = verify(truth, &c);
    const bool right = v.worst <= 1;
    progress(b, NULL);
    if (!right)
        printf("%s: WRONG, not timed: %s, rms error %.2e, bar %.2e\n", c.name, v.where, v.error,
               v.bar);
    else if (!b->options->quiet)
        printf("%s: float%zu, %d thread%s, right: %zu tensors, nearest its bar %s, rms error "
               "%.1e, %.3g of it\n", c.name, 8 * s->width, c.threads, c.threads > 1 ? "s" : "",
               v.compared, v.where, v.error, v.worst);
    if (right) {
        time_ops(b, &c);
        time_wholes(b, &c);
        progress(b, NULL);
        if (b->n_entries == first)
            printf("%s: has nothing of its own among what is asked for\n", c.name);
        else if (!s->engine && !b->options->quiet)
            printf("%s: has no engine: only its ops and the forward pass are timed\n", c.name);
        if (!b->options->quiet && b->n_entries > first)
            print_entries(b, first);
    }
    weights_free(c.weight, b->weight, b->graph);
    return right;
}

/* The names in --subject, or all built-in ones but f64. What others are compared with
 * comes first: scalar, and what the compiler makes of its source at its best. */
static void subject_names(char *names, size_t size, const struct options *o)
{
    static const char slow[] = "f64,scalar";
    const char *built = builtin_subjects();
    const char *best = subject_is_there("scalar-O3") ? ",scalar-O3" : "";
    const int length = o->subject ? snprintf(names, size, "%s", o->subject)
                                  : snprintf(names, size, "scalar%s%s", best,
                                             built + strlen(slow));

    if (length >= (int)size)
        die("--subject: the list is too long");
}

enum { MOST_SUBJECTS = 16 };

/* All are loaded before any is timed, so that a name that is none costs no time. */
static size_t load_subjects(const struct subject *list[MOST_SUBJECTS], const struct options *o)
{
    char names[4096];
    size_t n = 0;

    subject_names(names, sizeof names, o);
    for (char *name = strtok(names, ","); name; name = strtok(NULL, ",")) {
        const struct subject *s = subject_load(name);
        bool there = false;

        for (size_t i = 0; i < n; i++)
            there |= list[i] == s;
        if (n == MOST_SUBJECTS)
            die("--subject: at most %d subjects at a time", MOST_SUBJECTS);
        if (!there)
            list[n++] = s;
    }
    return n;
}

/* -------------------------------------------------------------------------- command */

/* OpenMP reads its number of threads when it is loaded, with the first subject that has
 * it; an engine is told besides. */
static int read_threads(const struct options *o)
{
    if (!o->threads)
        return 0;
    const int threads = (int)whole_number("--threads", o->threads, 1, 1024);

    setenv("OMP_NUM_THREADS", o->threads, 1);
    return threads;
}

static size_t read_size(const char *option, const char *text, size_t usual, size_t most)
{
    return text ? (size_t)whole_number(option, text, 1, (long long)most)
                : usual < most ? usual : most;
}

static void begin(struct bench *b, const struct options *o, struct model *m)
{
    const struct config *cfg = m ? &m->cfg : shape_find("--like", o->like);
    const size_t B = read_size("--batch", o->batch, 4, 4096);
    const size_t T = read_size("--length", o->length, 64, cfg->n_ctx);

    b->options = o;
    b->name = m ? m->name : o->like;
    b->seed = (unsigned long long)o->seed;
    b->threads = read_threads(o);
    b->seconds = 1e-3 * (double)(o->time ? whole_number("--time", o->time, 1, 60000) : 100);
    b->graph = graph_make(cfg, B, T);
    check_wanted(b);
}

static void make_input(struct bench *b, struct model *m)
{
    const size_t B = b->graph->B, T = b->graph->T;
    struct generator random = generator_begin(b->seed);

    progress(b, "making the weights");
    b->tokens = allocate(B * T, sizeof *b->tokens);
    b->targets = allocate(B * T, sizeof *b->targets);
    bench_tokens(b->tokens, b->targets, B, T, b->graph->cfg.n_vocab, &random);
    b->weight = bench_weights(b->graph, m, &random);
}

static void end(struct bench *b)
{
    if (b->weight)
        free_all((void **)b->weight, b->graph->n_weights);
    free(b->tokens);
    free(b->targets);
    free(b->entry);
    graph_free(b->graph);
    machine_close(&b->machine);
}

/* Verifies and times all of them; returns how many were wrong. */
static size_t run_subjects(struct bench *b, struct model *m)
{
    const struct subject *subject[MOST_SUBJECTS];
    const size_t n = load_subjects(subject, b->options);
    size_t wrong = 0, timings = 0, unsteady = 0;

    check_memory(b);
    measure_machine(b);
    make_input(b, m);
    if (!b->options->quiet)
        print_head(b);
    struct truth *truth = truth_make(b, subject_load("f64"));
    for (size_t i = 0; i < n; i++)
        wrong += !run_subject(b, truth, subject[i]);
    truth_free(truth);
    for (size_t i = 0; i < b->n_entries; i++) {
        timings += !b->entry[i].seen;
        unsteady += !b->entry[i].seen && b->entry[i].unsteady;
    }
    write_bench(b);
    printf("%zu timings of %zu subjects, %zu of them while the limits moved; %zu subjects wrong\n",
           timings, n - wrong, unsteady, wrong);
    return wrong;
}

int command_bench(int argc, char **argv)
{
    const struct options o = options_read(
        argc, argv, "--model --like --batch --length --threads --subject --op --direction --step "
        "--layer --tensor --every-layer --seed --time --counts --json --tsv --quiet --verbose",
        NULL);
    struct bench b = {0};
    size_t wrong = 0;

    if (!o.model == !o.like)
        die("bench needs --model M or --like NAME, and one of them");
    struct model *m = o.model ? model_open(o.model) : NULL;
    begin(&b, &o, m);
    if (o.counts)
        print_counts(b.graph, b.name);
    else
        wrong = run_subjects(&b, m);
    end(&b);
    model_close(m);
    return wrong ? 1 : 0;
}
