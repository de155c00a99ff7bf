/* bench_machine.c: what the machine can do at most, measured.
 *
 * Two limits hold for every op: how many multiply-adds the cores begin in a second, and
 * how fast they read memory that is in no cache (the two lines of Williams, Waterman and
 * Patterson, "Roofline" (2009)). Neither is a constant. Two threads may share one core,
 * a virtual machine has neighbours, and the bandwidth left over drifts by a factor of
 * two within an hour. So both are measured again around every timing.
 *
 * What a core does with operands from L1 is no third line: it belongs to the code and to who else
 * uses the core. It says where a product's missing percents went while it was timed.
 *
 * All threads work in step, slice by slice; the best slice counts. A worse one says only
 * that something else ran as well: threads of the program under test that still wait
 * for work, for one.
 *
 * Reading goes round and round through memory, from where the last measurement ended, so
 * that no cache has what comes next. Its pages are large ones where the system has them:
 * small ones cost a tenth of the speed, and a subject may use large ones, too. */
#define _GNU_SOURCE  /* sched_getaffinity, madvise */
#include "bench_machine.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench_time.h"
#include "clock.h"
#include "die.h"

enum { MOST_SLICES = 16, PATIENCE = 40, CHUNK = 1 << 21, LARGE_PAGE = 1 << 21,
       LINE = 64 };
static const double believed = 0.85;  /* of the best one */
static const double slice_seconds = 6e-3, fed_seconds = 2e-3;
static const double most_memory = 1 << 30, least_memory = 64 << 20;

static int count_cores(void)
{
    cpu_set_t set;
    const long online = sysconf(_SC_NPROCESSORS_ONLN);

    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set);
    return online > 0 ? (int)online : 1;
}

double free_memory(void)
{
    FILE *f = fopen("/proc/meminfo", "r");
    char line[128];
    double kilobytes = 0;

    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "MemAvailable: %lf", &kilobytes) == 1)
            break;
    if (f)
        fclose(f);
    return kilobytes * 1024;
}

double machine_memory(void)
{
    const double room = free_memory() / 4;

    return room > most_memory ? most_memory : room > least_memory ? room : least_memory;
}

/* n bytes at a multiple of `alignment`. */
static void *aligned(size_t alignment, size_t n)
{
    void *memory;

    if (posix_memalign(&memory, alignment, n) != 0)
        die("no memory for %zu bytes to measure what the machine can do: free some", n);
    return memory;
}

struct machine machine_open(void)
{
    struct machine m = {.cores = count_cores(), .widest = widest_vectors()};

    m.size = (size_t)machine_memory() / (CHUNK * (size_t)m.cores) * (CHUNK * (size_t)m.cores);
    if (m.size == 0)
        m.size = CHUNK * (size_t)m.cores;
    m.memory = aligned(LARGE_PAGE, m.size);
    madvise(m.memory, m.size, MADV_HUGEPAGE);
    memset(m.memory, 1, m.size);
    m.at = allocate((size_t)m.cores, sizeof *m.at);
    for (int i = 0; i < m.cores; i++)
        m.at[i] = 0;
    m.operands = aligned(LINE, OPERANDS * sizeof *m.operands);
    for (int i = 0; i < OPERANDS; i++)
        m.operands[i] = 0.5f;
    return m;
}

void machine_close(struct machine *m)
{
    free(m->memory);
    free(m->at);
    free(m->operands);
}

/* ---------------------------------------------------------------------- one thread */

enum { FED = 4 };  /* beside the LIMIT_s */

struct worker {
    pthread_t thread;
    pthread_barrier_t *together;
    struct machine *machine;
    enum vectors v;
    int which, slices;
    size_t part, parts;         /* of the memory */
    double rate[MOST_SLICES];   /* per second */
    double loop[MOST_SLICES];   /* the same of what an average is taken of */
    float sum;                  /* of the bursts, so that they are done */
    unsigned long long bits;
};

/* One burst; returns its operations or bytes. */
static double work_a_little(struct worker *w, int which)
{
    struct machine *m = w->machine;
    const size_t size = m->size / w->parts / CHUNK * CHUNK;

    if (which == LIMIT_BYTES) {
        const size_t at = m->at[w->part] % size;

        w->bits ^= read_burst(w->v, m->memory + w->part * size + at, CHUNK);
        m->at[w->part] = at + CHUNK;
        return CHUNK;
    }
    w->sum += which == FED ? fed_burst(w->v, m->operands) : fma_burst(w->v);
    return burst_operations(w->v);
}

/* What is done in a second, from a slice of it. */
static double slice(struct worker *w, int which, double at_least)
{
    double done = 0, seconds;

    pthread_barrier_wait(w->together);
    const double start = now();
    do {
        done += work_a_little(w, which);
        seconds = now() - start;
    } while (seconds < at_least);
    return done / seconds;
}

static void *work(void *worker)
{
    struct worker *w = worker;

    for (int i = 0; i < w->slices; i++) {
        w->rate[i] = slice(w, w->which, slice_seconds);
        w->loop[i] = w->which == LIMIT_OPERATIONS ? slice(w, FED, fed_seconds) : w->rate[i];
    }
    return NULL;
}

/* The best slice; to *loop what the bare loop had on the average. The first slice is left out of
 * that, as others of this program may still be busy. This thread is one of those that work: where
 * it slept meanwhile, the ops of a small model on two threads took 30 to 50 times as long right
 * afterwards, unless each thread was bound to a core of its own. */
static double measure_limit(struct machine *m, int which, enum vectors v, int threads,
                            int slices, double *loop)
{
    struct worker *w = allocate((size_t)threads, sizeof *w);
    pthread_barrier_t together;
    double best = 0, sum = 0;

    pthread_barrier_init(&together, NULL, (unsigned)threads);
    for (int i = threads - 1; i >= 0; i--) {
        w[i] = (struct worker){.together = &together, .machine = m, .v = v, .which = which,
                               .slices = slices, .part = (size_t)i, .parts = (size_t)threads};
        if (i == 0)
            work(&w[i]);
        else if (pthread_create(&w[i].thread, NULL, work, &w[i]) != 0)
            die("--threads %d: the system allows no more threads: fewer are needed", threads);
    }
    for (int i = 1; i < threads; i++)
        pthread_join(w[i].thread, NULL);
    for (int k = 0; k < slices; k++) {
        double rate = 0;
        for (int i = 0; i < threads; i++) {
            rate += w[i].rate[k];
            sum += k > 0 || slices == 1 ? w[i].loop[k] : 0;
        }
        best = rate > best ? rate : best;
    }
    *loop = sum / (slices > 1 ? slices - 1 : 1);
    pthread_barrier_destroy(&together);
    free(w);
    return best;
}

/* Reading may be slow because of the memory that is read: on a virtual machine its pages may
 * have been taken away in the meantime, and come back one by one when they are looked at. So
 * where a limit is far below the best one, it is measured on, for some more pages, before it is
 * believed. The average is that of before. */
static double measure_bytes(struct machine *m, enum vectors v, int threads, int slices,
                            double *loop)
{
    double *most = &m->best_bytes[threads > 1], best = 0, none;

    for (int i = 0; i < PATIENCE && (i == 0 || best < believed * *most); i++) {
        const double rate = measure_limit(m, LIMIT_BYTES, v, threads, slices, i ? &none : loop);
        best = rate > best ? rate : best;
    }
    *most = best > *most ? best : *most;
    return best;
}

struct limits machine_limits(struct machine *m, int which, enum vectors v, int threads,
                             int slices)
{
    struct limits l = {0};

    threads = threads > m->cores ? m->cores : threads;
    slices = slices > MOST_SLICES ? MOST_SLICES : slices;
    if (which & LIMIT_OPERATIONS)
        l.operations = measure_limit(m, LIMIT_OPERATIONS, v, threads, slices, &l.fed);
    if (which & LIMIT_BYTES)
        l.bytes = measure_bytes(m, v, threads, slices, &l.reading);
    return l;
}
