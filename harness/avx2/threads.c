/* threads.c: OpenMP's questions, answered also where there is no OpenMP: one thread.
 *
 * The result of an op must not depend on the number of threads. So they share out what
 * is independent, rows or columns of a result, and never the terms of one sum.
 *
 * Who is dealt an even share of the work waits for the slowest: two cores seldom run alike where
 * somebody else uses them as well. Who takes the next piece each time does not, but goes about in
 * memory without an order. So the first three quarters are dealt out, and the last one is open
 * (Donfack, Grigori, Gropp and Kale 2012 cut factorizations like that). Who is done takes a
 * thread's share of what is left of it, again and again: large pieces first, which read what they
 * have in common once, and small ones at the end, for which nobody waits long (Polychronopoulos and
 * Kuck 1987, guided self-scheduling).
 *
 * A token that is decoded makes the threads meet sixty times in some 15 ms. OpenMP's own
 * barrier either sends a thread to sleep, which costs a twentieth of that time in waking
 * up, or lets it spin for long, which takes the core from whoever is waited for where
 * other programs run. threads_meet spins for a moment and then gives the core away each time
 * that it has looked. */
#include "threads.h"

#include <sched.h>
#include <stdatomic.h>

#include "vector.h"

#ifdef _OPENMP
#include <omp.h>

int threads_within(int limit)
{
    const int most = omp_get_max_threads();

    return limit > 0 && limit < most ? limit : most;
}

int threads_limit(int most)
{
    const int before = omp_get_max_threads(), cores = omp_get_num_procs();

    omp_set_num_threads(most > 0 && most < cores ? most : cores);
    return before;
}

size_t threads_here(void)
{
    return (size_t)omp_get_num_threads();
}

size_t thread_here(void)
{
    return (size_t)omp_get_thread_num();
}
#else
int threads_within(int limit)
{
    (void)limit;
    return 1;
}

int threads_limit(int most)
{
    (void)most;
    return 1;
}

size_t threads_here(void)
{
    return 1;
}

size_t thread_here(void)
{
    return 0;
}
#endif

enum { LOOKS = 200 };  /* some 10 us */

void threads_await(const _Atomic size_t *count, size_t least)
{
    for (int i = 0; atomic_load(count) < least; i++)
        if (i < LOOKS)
            _mm_pause();
        else
            sched_yield();
}

void threads_meet(struct meeting *m)
{
    const size_t round = atomic_load(&m->round);

    if (atomic_fetch_add(&m->arrived, 1) + 1 == threads_here()) {
        atomic_store(&m->arrived, 0);
        atomic_store(&m->round, round + 1);
        return;
    }
    threads_await(&m->round, round + 1);
}

size_t pieces(size_t n, size_t most)
{
    return (n + most - 1) / most;
}

size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

struct range share(size_t n, size_t i, size_t parts)
{
    return (struct range){n * i / parts, n * (i + 1) / parts};
}

struct range share_from(struct range r, size_t i, size_t parts)
{
    const struct range part = share(r.end - r.begin, i, parts);

    return (struct range){r.begin + part.begin, r.begin + part.end};
}

enum { OPEN = 4 };  /* one thing in so many */

struct deal deal_open(size_t n, size_t each, _Atomic size_t *taken)
{
    const size_t open = threads_here() > 1 ? n / OPEN : 0;

    return (struct deal){{0, 0}, (n - open) * each, n * each, each, taken};
}

struct deal deal_out(size_t n, size_t each, size_t who, size_t of, _Atomic size_t *taken)
{
    struct deal d = deal_open(n, each, taken);
    const struct range own = share(d.open / each, who, of);

    d.own = (struct range){own.begin * each, own.end * each};
    return d;
}

/* How many of the open pieces come next, when `taken` of them have been: whole things, or some of
 * one. */
static size_t some_of(const struct deal *d, size_t taken)
{
    const size_t left = d->end - d->open - taken, fair = left / threads_here();

    if (fair >= d->each && taken % d->each == 0)
        return fair / d->each * d->each;
    return smaller(fair > 0 ? fair : smaller(left, 1), d->each - taken % d->each);
}

bool deal_next(struct deal *d, struct range *pieces)
{
    if (d->own.begin < d->own.end) {
        *pieces = d->own;
        d->own.begin = d->own.end;
        return true;
    }
    size_t at = atomic_load(d->taken), some;
    do {
        some = some_of(d, at);
        if (some == 0)
            return false;
    } while (!atomic_compare_exchange_weak(d->taken, &at, at + some));
    *pieces = (struct range){d->open + at, d->open + at + some};
    return true;
}
