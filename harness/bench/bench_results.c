/* bench_results.c: what bench has measured, for people and for programs.
 *
 * The share is that of the limit that holds: operations a second of the FMA peak, or
 * bytes a second of the read bandwidth, whichever would take longer at the limits of the
 * machine; both limits as they were measured for this very timing, before it, after it and,
 * where it took long, on the way: the mean of these. */
#include "bench_results.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "formats.h"

static const double giga = 1e9;

/* The subjects that others are compared with. */
static const char plain[] = "scalar", optimised[] = "scalar-O3";

static void keep_best(double *best, double seen)
{
    *best = seen > *best ? seen : *best;
}

/* Both limits around a timing may be low while the work itself goes on as before: such a share
 * says little, and is marked. */
static const double low = 0.75;  /* of the best seen so far */

/* What the machine can do is the best that it has done so far. */
static void see_limits(struct bench *b, const struct contender *c, const struct limits *l)
{
    const bool wide = c->vectors == VECTORS_AVX512, many = c->threads > 1;
    struct limits *narrow = many ? &b->all : &b->one;

    keep_best(&narrow->bytes, l->bytes);
    keep_best(wide ? &(many ? &b->wide_all : &b->wide_one)->operations : &narrow->operations,
              l->operations);
}

struct entry *add_entry(struct bench *b, const struct contender *c, const char *op, int layer,
                        const char *direction, const struct work *w, bool memory_bound,
                        const struct timed *t, size_t part)
{
    if (b->n_entries == b->room) {
        b->room = b->room ? 2 * b->room : 64;
        b->entry = realloc(b->entry, b->room * sizeof *b->entry);
        if (!b->entry)
            die("no memory for %zu results", b->room);
    }
    struct entry *e = &b->entry[b->n_entries++];

    see_limits(b, c, &t->before);
    see_limits(b, c, &t->after);
    const double lanes = c->subject->width == 8 ? 0.5 : 1;

    *e = (struct entry){.direction = direction, .layer = layer, .threads = c->threads,
                        .time = t->part[part], .operations = w->products + w->other,
                        .bytes = w->read + w->written, .memory_bound = memory_bound,
                        .limits = limits_for(b, c), .unsteady = t->unsteady};
    e->limit_before = memory_bound ? t->before.bytes : t->before.operations * lanes;
    e->limit_after = memory_bound ? t->after.bytes : t->after.operations * lanes;
    e->limit_mean = memory_bound ? t->mean.bytes : t->mean.operations * lanes;
    e->loop_mean = memory_bound ? t->mean.reading : t->mean.fed * lanes;
    e->best_limit = memory_bound ? e->limits.bytes : e->limits.operations;
    e->low_limit = e->limit_before < low * e->best_limit && e->limit_after < low * e->best_limit;
    e->unsteady |= e->low_limit;
    snprintf(e->subject, sizeof e->subject, "%s", c->name);
    snprintf(e->op, sizeof e->op, "%s", op);
    return e;
}

static double rate(double amount, const struct entry *e)
{
    return e->time.median > 0 ? amount / e->time.median : 0;
}

static double share(const struct entry *e)
{
    return e->limit_mean > 0
               ? rate(e->memory_bound ? e->bytes : e->operations, e) / e->limit_mean : 0;
}

/* How many times as long that subject takes for the same; 0 where it was not timed. */
static double speed_up(const struct bench *b, const struct entry *e, const char *subject)
{
    for (size_t i = 0; i < b->n_entries; i++) {
        const struct entry *x = &b->entry[i];

        if (!x->inside && !e->inside && strcmp(x->subject, subject) == 0 &&
            strcmp(x->op, e->op) == 0 && x->layer == e->layer && x->seen == e->seen &&
            strcmp(x->direction, e->direction) == 0)
            return e->time.median > 0 ? x->time.median / e->time.median : 0;
    }
    return 0;
}

/* ------------------------------------------------------------------------- for people */

static void print_limits(const char *name, double one, double all, const char *unit)
{
    if (one > 0)
        printf("  %-16s %7.1f %s one core, %7.1f %s all\n", name, one / giga, unit, all / giga,
               unit);
}

void print_head(const struct bench *b)
{
    const struct config *c = &b->graph->cfg;
    static const char *const peaks[] = {"multiply-adds", "FMA peak, AVX2", "FMA peak, AVX2"};

    printf("%s: gpt%d, L=%zu C=%zu H=%zu F=%zu V=%zu, input [%zu, %zu], seed %llu\n", b->name,
           (int)c->family, c->n_layer, c->d_model, c->n_head, c->d_ff, c->n_vocab, b->graph->B,
           b->graph->T, b->seed);
    printf("machine: %d core%s\n", b->machine.cores, b->machine.cores > 1 ? "s" : "");
    print_limits(peaks[b->machine.widest], b->one.operations, b->all.operations, "GFLOP/s");
    print_limits("  fed from L1", b->one.fed, b->all.fed, "GFLOP/s");
    print_limits("FMA peak, AVX512", b->wide_one.operations, b->wide_all.operations, "GFLOP/s");
    print_limits("  fed from L1", b->wide_one.fed, b->wide_all.fed, "GFLOP/s");
    print_limits("read bandwidth", b->one.bytes, b->all.bytes, "GB/s   ");
    print_limits("  on the average", b->one.reading, b->all.reading, "GB/s   ");
    fflush(stdout);
}

/* Seconds in a unit that suits them. */
static void print_seconds(double s)
{
    if (s < 1e-3)
        printf(" %8.2f us", s * 1e6);
    else if (s < 1)
        printf(" %8.2f ms", s * 1e3);
    else
        printf(" %8.2f s ", s);
}

static void print_ratio(double r)
{
    if (r > 0)
        printf(" %8.2f", r);
    else
        printf(" %8s", "");
}

static void print_entry(const struct bench *b, const struct entry *e)
{
    const double spread = e->time.median > 0 ? (e->time.high - e->time.low) / e->time.median : 0;

    printf("  %-16s", e->op);
    if (e->layer >= 0)
        printf(" %3d", e->layer);
    else
        printf("    ");
    printf(" %-8s", e->direction);
    print_seconds(e->time.median);
    print_seconds(e->time.min);
    printf(" %5.1f%% %9.2f %8.2f %6.1f%% %s", 100 * spread, rate(e->operations, e) / giga,
           rate(e->bytes, e) / giga, 100 * share(e), e->memory_bound ? "read" : "peak");
    printf(" %6.1f%%", 100 * e->loop_mean / e->limit_mean);
    print_ratio(speed_up(b, e, plain));
    print_ratio(speed_up(b, e, optimised));
    if (e->time.samples == 1)
        printf("  timed once");
    if (e->low_limit)
        printf("  the limit was %.1f and %.1f here, and has been %.1f", e->limit_before / giga,
               e->limit_after / giga, e->best_limit / giga);
    else if (e->unsteady)
        printf("  the limit went from %.1f to %.1f", e->limit_before / giga,
               e->limit_after / giga);
    putchar('\n');
    if (b->options->verbose)
        printf("    %zu times, quartiles %.3e and %.3e s, limits %.2f and %.2f, mean %.2f, "
               "%.4e operations, %.4e bytes\n", e->time.samples, e->time.low, e->time.high,
               e->limit_before / giga, e->limit_after / giga, e->limit_mean / giga,
               e->operations, e->bytes);
}

/* The same op of every layer inside a pass, together: where the time of the pass goes. */
static void print_inside(const struct bench *b, size_t first)
{
    double whole[2] = {0};  /* forward, backward */

    for (size_t i = first; i < b->n_entries; i++)
        if (b->entry[i].inside)
            whole[strcmp(b->entry[i].direction, "backward") == 0] += b->entry[i].time.median;
    printf("  %-28s %-8s %11s %8s %9s %8s %12s\n", "inside a pass, all layers", "", "median",
           "of pass", "GFLOP/s", "GB/s", "of limit");
    for (size_t i = first; i < b->n_entries; i++) {
        const struct entry *e = &b->entry[i];
        double seconds = 0, at_limit = 0, operations = 0, bytes = 0;
        bool seen = !e->inside;

        for (size_t k = first; k < b->n_entries && !seen; k++) {
            const struct entry *x = &b->entry[k];
            if (!x->inside || strcmp(x->op, e->op) != 0 ||
                strcmp(x->direction, e->direction) != 0)
                continue;
            seen = k < i;
            seconds += x->time.median;
            at_limit += x->time.median * share(x);
            operations += x->operations;
            bytes += x->bytes;
        }
        if (seen)
            continue;
        printf("  %-28s %-8s", e->op, e->direction);
        print_seconds(seconds);
        printf(" %7.1f%% %9.2f %8.2f %6.1f%% %s\n",
               100 * seconds / whole[strcmp(e->direction, "backward") == 0],
               operations / seconds / giga, bytes / seconds / giga, 100 * at_limit / seconds,
               e->memory_bound ? "read" : "peak");
    }
}

void print_entries(const struct bench *b, size_t first)
{
    bool inside = false;

    printf("  %-16s %3s %-8s %11s %11s %6s %9s %8s %12s %7s %8s %8s\n", "op", "lay", "",
           "median", "least", "spread", "GFLOP/s", "GB/s", "of limit", "loop", "x scalar",
           "x O3");
    for (size_t i = first; i < b->n_entries; i++) {
        inside |= b->entry[i].inside;
        if (!b->entry[i].seen && (!b->entry[i].inside || b->options->verbose))
            print_entry(b, &b->entry[i]);
    }
    if (inside)
        print_inside(b, first);
    fflush(stdout);
}

/* ----------------------------------------------------------------------- for programs */

static json_t *limits_json(double one, double all)
{
    json_t *o = json_object();

    json_object_set_new(o, "one_core", json_real(one / giga));
    json_object_set_new(o, "all_cores", json_real(all / giga));
    return o;
}

static json_t *speed_up_json(const struct bench *b, const struct entry *e, const char *subject)
{
    const double s = speed_up(b, e, subject);
    return s > 0 ? json_real(s) : json_null();
}

static json_t *entry_json(const struct bench *b, const struct entry *e)
{
    json_t *o = json_object();

    json_object_set_new(o, "subject", json_string(e->subject));
    json_object_set_new(o, "op", json_string(e->op));
    json_object_set_new(o, "layer", json_integer(e->layer));
    json_object_set_new(o, "direction", json_string(e->direction));
    json_object_set_new(o, "seconds_median", json_real(e->time.median));
    json_object_set_new(o, "seconds_min", json_real(e->time.min));
    json_object_set_new(o, "gflops", json_real(rate(e->operations, e) / giga));
    json_object_set_new(o, "gbytes_per_s", json_real(rate(e->bytes, e) / giga));
    json_object_set_new(o, "share_of_peak", json_real(share(e)));
    json_object_set_new(o, "threads", json_integer(e->threads));
    json_object_set_new(o, "seconds_low", json_real(e->time.low));
    json_object_set_new(o, "seconds_high", json_real(e->time.high));
    json_object_set_new(o, "samples", json_integer((json_int_t)e->time.samples));
    json_object_set_new(o, "limit", json_string(e->memory_bound ? "read" : "peak"));
    json_object_set_new(o, "limit_before", json_real(e->limit_before / giga));
    json_object_set_new(o, "limit_after", json_real(e->limit_after / giga));
    json_object_set_new(o, "limit_mean", json_real(e->limit_mean / giga));
    json_object_set_new(o, "loop_mean", json_real(e->loop_mean / giga));
    json_object_set_new(o, "unsteady", json_boolean(e->unsteady));
    json_object_set_new(o, "operations", json_real(e->operations));
    json_object_set_new(o, "bytes", json_real(e->bytes));
    json_object_set_new(o, "over_scalar", speed_up_json(b, e, plain));
    json_object_set_new(o, "over_scalar_O3", speed_up_json(b, e, optimised));
    return o;
}

static void write_json(const struct bench *b, const char *path)
{
    json_t *root = json_object(), *entries = json_array(), *inside = json_array();

    json_object_set_new(root, "format", json_string("touchstone-bench"));
    json_object_set_new(root, "format_version", json_integer(1));
    json_object_set_new(root, "model", json_string(b->name));
    json_object_set_new(root, "batch", json_integer((json_int_t)b->graph->B));
    json_object_set_new(root, "length", json_integer((json_int_t)b->graph->T));
    json_object_set_new(root, "seed", json_integer((json_int_t)b->seed));
    json_object_set_new(root, "cores", json_integer(b->machine.cores));
    json_object_set_new(root, "peak_gflops", limits_json(b->one.operations, b->all.operations));
    json_object_set_new(root, "peak_gflops_avx512",
                        b->wide_one.operations > 0
                            ? limits_json(b->wide_one.operations, b->wide_all.operations)
                            : json_null());
    json_object_set_new(root, "fed_gflops", limits_json(b->one.fed, b->all.fed));
    json_object_set_new(root, "fed_gflops_avx512",
                        b->wide_one.fed > 0 ? limits_json(b->wide_one.fed, b->wide_all.fed)
                                            : json_null());
    json_object_set_new(root, "read_gbytes_per_s", limits_json(b->one.bytes, b->all.bytes));
    for (size_t i = 0; i < b->n_entries; i++)
        if (!b->entry[i].seen)
            json_array_append_new(b->entry[i].inside ? inside : entries,
                                  entry_json(b, &b->entry[i]));
    json_object_set_new(root, "entries", entries);
    json_object_set_new(root, "inside", inside);
    json_write(root, 9, path);
}

/* A line an entry; a token of decoding after so many others has a line of its own. Where an
 * op ran inside a whole pass its subject is called NAME-inside. */
static void write_tsv(const struct bench *b, const char *path)
{
    struct text file;

    text_begin(&file);
    fputs("model\tbatch\tlength\tsubject\top\tlayer\tdirection\tseen\tthreads\tseconds_median\t"
          "seconds_min\tseconds_low\tseconds_high\tsamples\toperations\tbytes\tgflops\t"
          "gbytes_per_s\tshare_of_peak\tlimit\tlimit_before\tlimit_after\tlimit_mean\tloop_mean\t"
          "unsteady\tover_scalar\tover_scalar_O3\tpeak_gflops\tread_gbytes_per_s\n", file.stream);
    for (size_t i = 0; i < b->n_entries; i++) {
        const struct entry *e = &b->entry[i];

        fprintf(file.stream, "%s\t%zu\t%zu\t%s%s\t%s\t%d\t%s\t%zu\t%d\t", b->name, b->graph->B,
                b->graph->T, e->subject, e->inside ? "-inside" : "", e->op, e->layer,
                e->direction, e->seen, e->threads);
        fprintf(file.stream, "%.6e\t%.6e\t%.6e\t%.6e\t%zu\t", e->time.median, e->time.min,
                e->time.low, e->time.high, e->time.samples);
        fprintf(file.stream, "%.6e\t%.6e\t%.4f\t%.4f\t%.5f\t%s\t", e->operations, e->bytes,
                rate(e->operations, e) / giga, rate(e->bytes, e) / giga, share(e),
                e->memory_bound ? "read" : "peak");
        fprintf(file.stream, "%.4f\t%.4f\t%.4f\t%.4f\t%d\t", e->limit_before / giga,
                e->limit_after / giga, e->limit_mean / giga, e->loop_mean / giga, e->unsteady);
        fprintf(file.stream, "%.4f\t%.4f\t", speed_up(b, e, plain), speed_up(b, e, optimised));
        fprintf(file.stream, "%.4f\t%.4f\n", e->limits.operations / giga,
                e->limits.bytes / giga);
    }
    text_write(&file, "--tsv", path);
}

void write_bench(const struct bench *b)
{
    if (b->options->json)
        write_json(b, b->options->json);
    if (b->options->tsv)
        write_tsv(b, b->options->tsv);
}
