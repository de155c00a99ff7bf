/* bench_kernels.c: the loops that drive a core to its limits.
 *
 * A core begins one or two multiply-adds a cycle, and each takes some four cycles. A
 * loop that waits for its own last result would reach an eighth of the limit; twelve
 * sums that know nothing of each other keep the units busy. All of them fit in
 * registers. Each x becomes x / 2 + 1, which never overflows and never gets so small
 * that a CPU would slow down.
 *
 * No product has all its numbers in registers: a tile loads 8 operands for 12 multiply-adds. A core
 * has room for these, but where another thread runs on it they have to share; the first loop hardly
 * sees that, the second does. It is written so that the compiler adds nothing: sums stay in their
 * registers, and eight k go by without a branch.
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
enum { ROWS = 6, RIGHT = 4096 };  /* of a tile; floats of its right factor, the left comes after */

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

#define EIGHT(do) do(0) do(1) do(2) do(3) do(4) do(5) do(6) do(7)
#define PRODUCTS(k)                                                        \
    left = *(const lanes *)(const void *)(b + 2 * n * (k));                \
    right = *(const lanes *)(const void *)(b + 2 * n * (k) + n);           \
    ROW(0, k) ROW(1, k) ROW(2, k) ROW(3, k) ROW(4, k) ROW(5, k)
#define ROW(i, k)                                                          \
    x = SPREAD(a[ROWS * (k) + (i)]);                                       \
    ADD_PRODUCT(s##i, x, left) ADD_PRODUCT(t##i, x, right)

/* The body of a function that has `operands`, a type `lanes`, SPREAD and ADD_PRODUCT. */
#define FED_BURST                                                          \
    enum { n = sizeof(lanes) / sizeof(float), DEPTH = RIGHT / (2 * n) };   \
    lanes s0 = {0}, s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, x, left;  \
    lanes t0 = s0, t1 = s0, t2 = s0, t3 = s0, t4 = s0, t5 = s0, right;     \
                                                                           \
    for (int k = 0; k < ROUNDS; k += 8) {                                  \
        const float *b = operands + k % DEPTH * 2 * n;                     \
        const float *a = operands + RIGHT + k % DEPTH * ROWS;              \
        EIGHT(PRODUCTS)                                                    \
    }                                                                      \
    s0 += s1 + s2 + s3 + s4 + s5 + t0 + t1 + t2 + t3 + t4 + t5;            \
    return s0[0];

#define SPREAD(number) ((number) + (lanes){0})
#define ADD_PRODUCT(sum, a, b) sum += (a) * (b);
static float fed_plain(const float *operands)
{
    typedef float lanes __attribute__((vector_size(16), may_alias));
    FED_BURST
}
#undef SPREAD
#undef ADD_PRODUCT

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

#define ADD_PRODUCT(sum, a, b) \
    __asm__("vfmadd231ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
#define SPREAD(number) _mm256_broadcast_ss(&(number))
__attribute__((target("avx2,fma"))) static float fed_avx2(const float *operands)
{
    typedef __m256 lanes;
    FED_BURST
}
#undef SPREAD

#define SPREAD(number) _mm512_set1_ps(number)
__attribute__((target("avx512f"))) static float fed_avx512(const float *operands)
{
    typedef __m512 lanes;
    FED_BURST
}
#undef SPREAD
#undef ADD_PRODUCT

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

float fed_burst(enum vectors v, const float operands[OPERANDS])
{
    return v == VECTORS_PLAIN  ? fed_plain(operands)
           : v == VECTORS_AVX2 ? fed_avx2(operands)
                               : fed_avx512(operands);
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

float fed_burst(enum vectors v, const float operands[OPERANDS])
{
    (void)v;
    return fed_plain(operands);
}

unsigned long long read_burst(enum vectors v, const void *memory, size_t bytes)
{
    (void)v;
    return read_plain(memory, bytes);
}

#endif
