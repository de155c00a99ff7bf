/* bench_kernels.c: the loops that drive a core to its limits.
 *
 * A core begins one or two multiply-adds a cycle, and each takes some four cycles. A
 * loop that waits for its own last result would reach an eighth of the limit; twelve
 * sums that know nothing of each other keep the units busy. All of them fit in
 * registers. Each x becomes x / 2 + 1, which never overflows and never gets so small
 * that a CPU would slow down.
 *
 * Reading is a sum over memory, for the compiler must not leave it out. Two streams side by
 * side, half a page apart, each asking for the line 3 kB ahead, read a tenth to an eighth more
 * than four at the same place of their pages, and more than one alone, where all were measured;
 * wider vectors were no faster.
 *
 * The functions for wider vectors are compiled for them one by one (`target`), and called
 * only where the CPU has them. A CPU that is no x86 gets the plain loop of four lanes. */
#include "bench_kernels.h"

enum { ROUNDS = 4096, SUMS = 12, LINE = 64, APART = 2048, AHEAD = 3072 };

#define EACH_SUM(do) do(0) do(1) do(2) do(3) do(4) do(5) do(6) do(7) do(8) do(9) do(10) do(11)
#define BEGIN(k) s##k = start + k;
#define STEP(k) s##k = MULTIPLY_ADD(s##k, half, one);
#define TOTAL(k) total += s##k;

double burst_operations(enum vectors v)
{
    static const int lanes[] = {4, 8, 16};
    return 2.0 * ROUNDS * SUMS * lanes[v];
}

/* The body of a function that has a type `lanes` and a MULTIPLY_ADD. */
#define BURST                                                                     \
    const lanes start = {0}, half = start + 0.5f, one = start + 1;                \
    lanes s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, total = start;        \
                                                                                  \
    EACH_SUM(BEGIN)                                                               \
    for (int i = 0; i < ROUNDS; i++) {                                            \
        EACH_SUM(STEP)                                                            \
    }                                                                             \
    EACH_SUM(TOTAL)                                                               \
    return total[0];

#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
static float burst_plain(void)
{
    typedef float lanes __attribute__((vector_size(16)));
    BURST
}
#undef MULTIPLY_ADD

static unsigned long long read_plain(const void *memory, size_t bytes)
{
    typedef unsigned long long lanes __attribute__((vector_size(16)));
    const lanes *p = memory;
    lanes a = {0}, b = {0};

    for (size_t i = 0; i < bytes / sizeof *p; i += 2) {
        a += p[i];
        b += p[i + 1];
    }
    a += b;
    return a[0] + a[1];
}

#if defined __x86_64__ || defined __i386__
#include <immintrin.h>

#define MULTIPLY_ADD(a, b, c) _mm256_fmadd_ps(a, b, c)
__attribute__((target("avx2,fma"))) static float burst_avx2(void)
{
    typedef __m256 lanes;
    BURST
}
#undef MULTIPLY_ADD

#define MULTIPLY_ADD(a, b, c) _mm512_fmadd_ps(a, b, c)
__attribute__((target("avx512f"))) static float burst_avx512(void)
{
    typedef __m512 lanes;
    BURST
}
#undef MULTIPLY_ADD

/* The line at p, when one further on has been asked for. */
__attribute__((target("avx2"))) static inline __m256i line_at(const char *p)
{
    const __m256i *line = (const __m256i *)(const void *)p;

    _mm_prefetch(p + AHEAD, _MM_HINT_T1);
    return _mm256_add_epi64(line[0], line[1]);
}

__attribute__((target("avx2"))) static unsigned long long read_avx2(const void *memory,
                                                                    size_t bytes)
{
    const size_t half = bytes / 2, apart = half < APART ? half : APART;
    const char *p = memory, *q = p + half;
    __m256i a = _mm256_setzero_si256(), b = a;

    for (size_t i = 0; i < apart; i += LINE)
        a = _mm256_add_epi64(a, line_at(p + i));
    for (size_t i = apart; i < half; i += LINE) {
        a = _mm256_add_epi64(a, line_at(p + i));
        b = _mm256_add_epi64(b, line_at(q + i - apart));
    }
    for (size_t i = half - apart; i < half; i += LINE)
        b = _mm256_add_epi64(b, line_at(q + i));
    a = _mm256_add_epi64(a, b);
    return (unsigned long long)(_mm256_extract_epi64(a, 0) ^ _mm256_extract_epi64(a, 1) ^
                                _mm256_extract_epi64(a, 2) ^ _mm256_extract_epi64(a, 3));
}

enum vectors widest_vectors(void)
{
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return VECTORS_PLAIN;
    return __builtin_cpu_supports("avx512f") ? VECTORS_AVX512 : VECTORS_AVX2;
}

float fma_burst(enum vectors v)
{
    return v == VECTORS_PLAIN ? burst_plain() : v == VECTORS_AVX2 ? burst_avx2() : burst_avx512();
}

unsigned long long read_burst(enum vectors v, const void *memory, size_t bytes)
{
    return v == VECTORS_PLAIN ? read_plain(memory, bytes) : read_avx2(memory, bytes);
}

#else

enum vectors widest_vectors(void)
{
    return VECTORS_PLAIN;
}

float fma_burst(enum vectors v)
{
    (void)v;
    return burst_plain();
}

unsigned long long read_burst(enum vectors v, const void *memory, size_t bytes)
{
    (void)v;
    return read_plain(memory, bytes);
}

#endif
