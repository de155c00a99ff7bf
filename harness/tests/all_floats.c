/* all_floats.c: exp and tanh of harness/avx2/vector_math.h on all 2^32 floats.
 *
 *     all_floats [STEP]     every STEP-th float (1), and in any case those listed below
 *
 * The reference is the C library's function in double, whose own error is below 2^-29 of
 * a float's last place. An error of one ulp is the distance of two floats next to the exact
 * result (Muller and others, "Handbook of Floating-Point Arithmetic" (2018), section
 * 2.3); it counts from 2^128 where the result is infinite. Prints the largest error of
 * each function and where it is. Exit code 1 where one is above its bound, 2 for bad
 * usage; ends with `N passed, N failed, N skipped`. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vector_arrays.h"

enum { BLOCK = 1 << 14, SHOWN = 64 };

static const uint64_t floats = UINT64_C(1) << 32;

/* Zeros, subnormals, the least and largest normal numbers, one, infinities, NaNs; bounds
 * of exp's range and of tanh's two forms. Both signs of each. */
static const uint32_t listed[] = {
    0x00000000, 0x00000001, 0x007fffff, 0x00800000, 0x3f800000, 0x7f7fffff, 0x7f800000,
    0x7f800001, 0x7fc00000, 0x7fffffff, 0x42b17217, 0x42b17218, 0x42b20000, 0x42aeac4f,
    0x42aeac50, 0x42af5c29, 0x42cff1b5, 0x42cff1b6, 0x42d00000, 0x3f199999, 0x3f19999a,
    0x41102cb3, 0x41102cb4, 0x41200000,
};
enum { LISTED = sizeof listed / sizeof listed[0] };

struct function {
    const char *name;
    vector_function *of;
    double (*exact)(double);
    float from, to;     /* what is asked of it */
    float least;        /* results below it may be anything from 0 to it */
    double bound;       /* in ulp */
};

static const struct function function[] = {
    {"exp", exp_array, exp, -INFINITY, INFINITY, 0, 1.0},
    {"exp of shares", exp_share_array, exp, -INFINITY, 88, 0x1p-126f, 1.0},
    {"tanh", tanh_array, tanh, -INFINITY, INFINITY, 0, 2.0},
};
enum { FUNCTIONS = sizeof function / sizeof function[0] };

struct worst {
    double error;
    float at;
};

static double ulp_error(float got, double want)
{
    const double most = 0x1p128, g = isinf(got) ? copysign(most, got) : got;
    const double w = fabs(want) > most ? copysign(most, want) : want;
    int exponent;

    if (isnan(got) || isnan(want))
        return isnan(got) && isnan(want) ? 0 : INFINITY;
    frexp(w, &exponent);
    return fabs(g - w) / ldexp(1, (exponent < -125 ? -125 : exponent) - 24);
}

static double error_of(const struct function *f, float x, float got)
{
    const double want = f->exact(x);

    if (x < f->from || x > f->to || (want < f->least && got >= 0 && got <= f->least))
        return 0;
    if (want == 0 && !signbit(got) != !signbit(want))
        return INFINITY;
    return ulp_error(got, want);
}

static void try_block(struct worst worst[FUNCTIONS], const float x[BLOCK])
{
    float got[BLOCK];

    for (size_t k = 0; k < FUNCTIONS; k++) {
        function[k].of(got, x, BLOCK);
        for (size_t i = 0; i < BLOCK; i++) {
            const double error = error_of(&function[k], x[i], got[i]);
            if (error > worst[k].error)
                worst[k] = (struct worst){error, x[i]};
        }
    }
}

static float float_of(uint32_t bits)
{
    float x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

static void try_listed(struct worst worst[FUNCTIONS])
{
    float x[BLOCK] = {0};

    for (size_t i = 0; i < LISTED; i++) {
        x[2 * i] = float_of(listed[i]);
        x[2 * i + 1] = float_of(listed[i] | 0x80000000);
    }
    try_block(worst, x);
}

static void try_all(struct worst worst[FUNCTIONS], uint64_t step)
{
    const uint64_t blocks = (floats / step + BLOCK) / BLOCK, part = blocks / SHOWN + 1;
    uint64_t done = 0;

#pragma omp parallel for schedule(dynamic, 4)
    for (uint64_t b = 0; b < blocks; b++) {
        struct worst mine[FUNCTIONS] = {{0, 0}};
        float x[BLOCK];

        for (uint64_t i = 0; i < BLOCK; i++)
            x[i] = float_of((uint32_t)((b * BLOCK + i) * step % floats));
        try_block(mine, x);
#pragma omp critical
        {
            for (size_t k = 0; k < FUNCTIONS; k++)
                if (mine[k].error > worst[k].error)
                    worst[k] = mine[k];
            if (++done % part == 0)
                fprintf(stderr, "\rall_floats: %3d%%", (int)(100 * done / blocks));
        }
    }
    fprintf(stderr, "\rall_floats: done\n");
}

static int machine_has(const char *name)
{
#if defined __x86_64__
    return strcmp(name, "avx512f") == 0 ? __builtin_cpu_supports("avx512f")
                                        : __builtin_cpu_supports("avx2") &&
                                          __builtin_cpu_supports("fma");
#else
    return 0;
#endif
}

int main(int argc, char **argv)
{
    struct worst worst[FUNCTIONS] = {{0, 0}};
    char *end = "";
    const uint64_t step = argc > 1 ? strtoull(argv[1], &end, 10) : 1;
    int passed = 0;

    if (argc > 2 || *end || step < 1 || step > floats) {
        fprintf(stderr, "all_floats: the only argument is a step from 1 to 2^32\n");
        return 2;
    }
    if (!machine_has(vector_name)) {
        printf("this machine has no %s\n0 passed, 0 failed, %d skipped\n", vector_name,
               (int)FUNCTIONS);
        return 0;
    }
    try_listed(worst);
    try_all(worst, step);
    for (size_t k = 0; k < FUNCTIONS; k++) {
        const int fine = worst[k].error <= function[k].bound;
        printf("%s %s, %s: largest error %.4f ulp at %a (%.9g), bound %.1f\n",
               fine ? "PASS" : "FAIL", function[k].name, vector_name, worst[k].error,
               (double)worst[k].at, (double)worst[k].at, function[k].bound);
        passed += fine;
    }
    printf("%d passed, %d failed, 0 skipped\n", passed, (int)FUNCTIONS - passed);
    return passed == FUNCTIONS ? 0 : 1;
}
