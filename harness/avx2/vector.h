/* vector.h: the vectors of this folder, 8 floats of AVX2 or 16 of AVX-512.
 *
 * One `vec` is one register. An instruction does the same to all its floats, its
 * "lanes", in the time that one float would take; a multiply-add counts as two
 * operations, and a core starts two of them in a cycle. Every file here is written in
 * terms of `vec` and LANES and compiled once for each of the two widths: -mavx512f, or
 * -mavx2 -mfma. What each function does stands at its AVX2 form, which comes first.
 *
 * The one header of the project with function bodies: each is an instruction or a few,
 * and a call would cost more. What an instruction does: Intel, "Intrinsics Guide". */
#ifndef VECTOR_H
#define VECTOR_H

#include <immintrin.h>
#include <limits.h>
#include <stddef.h>

/* How the compilers are told that a short loop becomes straight code, so that an array
 * of vectors can live in registers. */
#ifdef __clang__
#define UNROLLED _Pragma("clang loop unroll(full)")
#else
#define UNROLLED _Pragma("GCC unroll 16")
#endif

/* For functions whose arguments have to be constants, and for those that do nothing but ask for
 * memory: gcc takes a call of such a one for nothing at all, and drops it. */
#define INLINED static inline __attribute__((always_inline))

#ifndef __AVX512F__

typedef __m256 vec;         /* LANES floats */
typedef __m256 vec_mask;    /* yes or no for each lane */

enum { LANES = 8 };

/* p needs no alignment; where it has 4 * LANES bytes of it, no load crosses a cache line. */
static inline vec vec_load(const float *p)      { return _mm256_loadu_ps(p); }
static inline void vec_store(float *p, vec a)   { _mm256_storeu_ps(p, a); }

/* Past the caches; p is aligned to 4 * LANES bytes. A vec_fence ends a row of them. */
static inline void vec_stream(float *p, vec a)  { _mm256_stream_ps(p, a); }

static inline vec vec_zero(void)                { return _mm256_setzero_ps(); }
static inline vec vec_set1(float x)             { return _mm256_set1_ps(x); }
/* The float at p in every lane. */
static inline vec vec_spread(const float *p)    { return _mm256_broadcast_ss(p); }

static inline vec vec_add(vec a, vec b)         { return _mm256_add_ps(a, b); }
static inline vec vec_sub(vec a, vec b)         { return _mm256_sub_ps(a, b); }
static inline vec vec_mul(vec a, vec b)         { return _mm256_mul_ps(a, b); }
static inline vec vec_div(vec a, vec b)         { return _mm256_div_ps(a, b); }
static inline vec vec_sqrt(vec a)               { return _mm256_sqrt_ps(a); }
/* a * b + c and c - a * b, each rounded once. */
static inline vec vec_fma(vec a, vec b, vec c)  { return _mm256_fmadd_ps(a, b, c); }
static inline vec vec_fnma(vec a, vec b, vec c) { return _mm256_fnmadd_ps(a, b, c); }
/* Where one of the two is NaN, b. */
static inline vec vec_max(vec a, vec b)         { return _mm256_max_ps(a, b); }
static inline vec vec_min(vec a, vec b)         { return _mm256_min_ps(a, b); }

/* Without its sign, and a, which has none, with the sign of b: the sign is the first bit. */
static inline vec vec_abs(vec a)
{
    return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a);
}

static inline vec vec_signed(vec a, vec b)
{
    return _mm256_or_ps(a, _mm256_and_ps(_mm256_set1_ps(-0.0f), b));
}

/* The last 9 bits of each float as its sign and exponent: n + 127 there becomes 2^n. */
static inline vec vec_power(vec a)
{
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(a), 23));
}

/* a * 2^n for whole n from -252 to 254, rounded once. n in two halves, for alone it may
 * not fit into an exponent. */
static inline vec vec_scale(vec a, vec n)
{
    const __m256i whole = _mm256_cvtps_epi32(n), half = _mm256_srai_epi32(whole, 1);
    const __m256i rest = _mm256_sub_epi32(whole, half), bias = _mm256_set1_epi32(127);
    const __m256i first = _mm256_slli_epi32(_mm256_add_epi32(half, bias), 23);
    const __m256i then = _mm256_slli_epi32(_mm256_add_epi32(rest, bias), 23);

    return _mm256_mul_ps(_mm256_mul_ps(a, _mm256_castsi256_ps(first)), _mm256_castsi256_ps(then));
}

static inline vec_mask vec_less(vec a, vec b)   { return _mm256_cmp_ps(a, b, _CMP_LT_OQ); }
/* yes where the mask says so, else no. */
static inline vec vec_select(vec_mask m, vec yes, vec no) { return _mm256_blendv_ps(no, yes, m); }

/* The mask of the lanes below n. */
static inline vec_mask vec_first(size_t n)
{
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);

    return _mm256_castsi256_ps(_mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), lane));
}

/* n floats, at most LANES, and `fill` in the other lanes; nothing beyond them is read. */
static inline vec vec_load_part(const float *p, size_t n, float fill)
{
    const vec_mask m = vec_first(n);

    return vec_select(m, _mm256_maskload_ps(p, _mm256_castps_si256(m)), vec_set1(fill));
}

/* The first n lanes; nothing beyond them is written. */
static inline void vec_store_part(float *p, vec a, size_t n)
{
    _mm256_maskstore_ps(p, _mm256_castps_si256(vec_first(n)), a);
}

/* Sum and maximum of the lanes, always in the same order: halves, quarters, eighths. */
static inline float vec_sum(vec a)
{
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));

    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

static inline float vec_largest(vec a)
{
    __m128 s = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));

    s = _mm_max_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_max_ss(s, _mm_movehdup_ps(s)));
}

#else  /* the same on 16 lanes */

typedef __m512 vec;
typedef __mmask16 vec_mask;

enum { LANES = 16 };

static inline vec vec_load(const float *p)      { return _mm512_loadu_ps(p); }
static inline void vec_store(float *p, vec a)   { _mm512_storeu_ps(p, a); }
static inline void vec_stream(float *p, vec a)  { _mm512_stream_ps(p, a); }

static inline vec vec_zero(void)                { return _mm512_setzero_ps(); }
static inline vec vec_set1(float x)             { return _mm512_set1_ps(x); }
static inline vec vec_spread(const float *p)    { return _mm512_set1_ps(*p); }

static inline vec vec_add(vec a, vec b)         { return _mm512_add_ps(a, b); }
static inline vec vec_sub(vec a, vec b)         { return _mm512_sub_ps(a, b); }
static inline vec vec_mul(vec a, vec b)         { return _mm512_mul_ps(a, b); }
static inline vec vec_div(vec a, vec b)         { return _mm512_div_ps(a, b); }
static inline vec vec_sqrt(vec a)               { return _mm512_sqrt_ps(a); }
static inline vec vec_fma(vec a, vec b, vec c)  { return _mm512_fmadd_ps(a, b, c); }
static inline vec vec_fnma(vec a, vec b, vec c) { return _mm512_fnmadd_ps(a, b, c); }
static inline vec vec_max(vec a, vec b)         { return _mm512_max_ps(a, b); }
static inline vec vec_min(vec a, vec b)         { return _mm512_min_ps(a, b); }

static inline vec vec_abs(vec a)                { return _mm512_abs_ps(a); }

static inline vec vec_signed(vec a, vec b)
{
    const __m512i sign = _mm512_and_si512(_mm512_castps_si512(b), _mm512_set1_epi32(INT_MIN));

    return _mm512_castsi512_ps(_mm512_or_si512(_mm512_castps_si512(a), sign));
}

static inline vec vec_power(vec a)
{
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_castps_si512(a), 23));
}

static inline vec vec_scale(vec a, vec n)       { return _mm512_scalef_ps(a, n); }

static inline vec_mask vec_less(vec a, vec b)   { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
static inline vec vec_select(vec_mask m, vec yes, vec no)
{
    return _mm512_mask_blend_ps(m, no, yes);
}

static inline vec_mask vec_first(size_t n)
{
    return (vec_mask)((1u << n) - 1);
}

static inline vec vec_load_part(const float *p, size_t n, float fill)
{
    return _mm512_mask_loadu_ps(vec_set1(fill), vec_first(n), p);
}

static inline void vec_store_part(float *p, vec a, size_t n)
{
    _mm512_mask_storeu_ps(p, vec_first(n), a);
}

static inline __m256 vec_upper(vec a)
{
    return _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(a), 1));
}

static inline float vec_sum(vec a)
{
    const __m256 h = _mm256_add_ps(_mm512_castps512_ps256(a), vec_upper(a));
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(h), _mm256_extractf128_ps(h, 1));

    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

static inline float vec_largest(vec a)
{
    const __m256 h = _mm256_max_ps(_mm512_castps512_ps256(a), vec_upper(a));
    __m128 s = _mm_max_ps(_mm256_castps256_ps128(h), _mm256_extractf128_ps(h, 1));

    s = _mm_max_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_max_ss(s, _mm_movehdup_ps(s)));
}

#endif

/* *sum += a * b, rounded once. For long rows of sums that fill the registers: with vec_fma the
 * compiler moves sums from one register to another on the way, and a move takes the place of a
 * multiply-add where the core is given only so many instructions in a cycle. */
INLINED void vec_add_product(vec *sum, vec a, vec b)
{
    __asm__("vfmadd231ps %2, %1, %0" : "+v"(*sum) : "v"(a), "v"(b));
}

/* Orders vec_stream's stores before whatever another thread is told next. */
static inline void vec_fence(void)              { _mm_sfence(); }

#endif
