/* mine.c: functions of a user's shared object with the mistakes that users make; which, says
 * -DMISTAKE=one of the names below. test_partial.c compiles it. */
#include "ops.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>

enum mistake {
    NONE, READS_NOTHING, WRITES_NOTHING, WRITES_HALF, WRITES_BEYOND, ADDS_WITHOUT_ZERO, IS_NAN,
    ABORTS, DIVIDES, RUNS_DEEP, ILLEGAL, ENDS
};

/* Where a crash comes from must not be known to the compiler, which would make it another. */
static volatile size_t nothing = 0;

static size_t deep(size_t n)
{
    volatile char room[4096];

    room[n % sizeof room] = 1;
    if (n == nothing - 1)  /* the end of all numbers */
        return 0;
    return deep(n + 1) + (size_t)room[nothing];
}

static void fail(enum mistake m)
{
    if (m == READS_NOTHING)
        nothing = *(volatile size_t *)nothing;
    if (m == ABORTS)
        abort();
    if (m == DIVIDES)
        raise(SIGFPE);
    if (m == RUNS_DEEP)
        nothing = deep(0);
    if (m == ILLEGAL)
        raise(SIGILL);
    if (m == ENDS)
        exit(0);
}

static real bend(real x)
{
    return (real)(0.5 * x * (1 + tanh(0.79788456080286536 * (x + 0.044715 * x * x * x))));
}

void gelu(real *out, const real *in, size_t n)
{
    const enum mistake m = MISTAKE;
    const size_t end = m == WRITES_NOTHING ? 0 : m == WRITES_HALF ? n / 2
                       : m == WRITES_BEYOND ? n + 1 : n;

    fail(m);
    for (size_t i = 0; i < end; i++)
        if (m == ADDS_WITHOUT_ZERO)
            out[i] += bend(in[i < n ? i : 0]);
        else
            out[i] = m == IS_NAN ? (real)sqrt(-1 - fabs((double)in[i])) : bend(in[i < n ? i : 0]);
}

#ifdef BACKWARD_MISTAKE
void gelu_backward(real *din, const real *dout, const real *in, size_t n)
{
    const enum mistake m = BACKWARD_MISTAKE;

    fail(m);
    for (size_t i = 0; i < n; i++) {
        const double x = in[i], a = 0.79788456080286536, b = 0.044715;
        const double t = tanh(a * (x + b * x * x * x));
        const double slope = (1 + t) / 2 + x * (1 - t * t) / 2 * a * (1 + 3 * b * x * x);

        din[i] += (real)(dout[i] * slope);
    }
}
#endif

#ifdef WIRING_MISTAKE
void forward_unembed(const struct config *cfg, const struct weights *w, struct acts *a)
{
    (void)cfg;
    (void)w;
    (void)a;
    fail(WIRING_MISTAKE);
}
#endif

#ifdef WIDTH
size_t touchstone_width(void)
{
    return WIDTH;
}
#endif
