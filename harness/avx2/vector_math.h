/* vector_math.h: exp and tanh of LANES floats at once, and GELU and its slope.
 *
 *     exp(x) = 2^n exp(r),   x = n ln 2 + r
 *     exp(r) = 1 + r + r^2 q(r)              for |r| up to ln 2 / 2
 *
 * A power of two costs a float nothing, and for a small r a short polynomial is enough
 * (Cody and Waite, "Software Manual for the Elementary Functions" (1980), chapter 6).
 * n ln 2 is subtracted in two parts. The first has 15 bits, so that its product with n is
 * exact; the second holds the rest.
 *
 *     tanh(x) = x + x^3 p(x^2)               for |x| below 0.6
 *             = 1 - 2 / (exp(2x) + 1)        from there on, with the sign of x
 *
 * The second form would lose digits where x is small: 1 less nearly 1. From 0.6 on the
 * fraction is below 1/2, and its error counts half or less. Both are computed for all
 * lanes, which costs less than to ask which one is wanted.
 *
 * q and p, both of degree 4, are the polynomials whose largest relative error in exp(r)
 * and tanh(x) is least (Remez' exchange): with coefficients rounded to floats 3.8e-9 and
 * 4.7e-9. A float's rounding is 6e-8, so nearly all of the error comes from the last few
 * operations. At most, over all floats (harness/tests/all_floats.c): exp 0.91 ulp,
 * tanh 1.41 ulp.
 *
 * Bodies stand here as in vector.h: a loop keeps the coefficients in registers. */
#ifndef VECTOR_MATH_H
#define VECTOR_MATH_H

#include "vector.h"

/* exp(r), and n, also as 2^n where it is from -126 to 127. |x| is at most 110. */
static inline vec vec_exp_reduced(vec *n, vec *power, vec x)
{
    /* A sum with it has no room for a fraction, and ends in the bits of n + 127. */
    const vec shift = vec_set1(0x1.8p23f + 127);
    const vec shifted = vec_fma(x, vec_set1(0x1.715476p0f), shift);
    vec r, q;

    *n = vec_sub(shifted, shift);
    *power = vec_power(shifted);
    r = vec_fnma(*n, vec_set1(0x1.62e4p-1f), x);
    r = vec_fnma(*n, vec_set1(0x1.7f7d1cp-20f), r);
    q = vec_fma(vec_set1(0x1.6a243ap-10f), r, vec_set1(0x1.1239e0p-7f));
    q = vec_fma(q, r, vec_set1(0x1.5558f2p-5f));
    q = vec_fma(q, r, vec_set1(0x1.555492p-3f));
    q = vec_fma(q, r, vec_set1(0x1.fffffcp-2f));
    return vec_fma(vec_fma(q, r, vec_set1(1)), r, vec_set1(1));
}

/* Beyond the bounds the result is 0 or infinite in any case. NaN passes both, as the
 * second argument. */
static inline vec vec_exp(vec x)
{
    vec n, power;
    const vec bounded = vec_min(vec_set1(89), vec_max(vec_set1(-104), x));
    const vec e = vec_exp_reduced(&n, &power, bounded);

    return vec_scale(e, n);
}

/* The same for x up to 88, in less time: below -87.7, where n is -127 and `power` no power
 * but 0, so is the result. For a softmax, whose largest exponential is 1. */
static inline vec vec_exp_share(vec x)
{
    vec n, power;
    const vec e = vec_exp_reduced(&n, &power, vec_max(vec_set1(-88), x));

    return vec_mul(e, power);
}

/* From 9.02 on the nearest float is 1. NaN passes the bound as above. */
static inline vec vec_tanh(vec x)
{
    const vec one = vec_set1(1), size = vec_min(vec_set1(10), vec_abs(x));
    const vec square = vec_mul(size, size);
    vec n, power, p;
    const vec e = vec_exp_reduced(&n, &power, vec_add(size, size));
    const vec fraction = vec_div(vec_set1(2), vec_fma(power, e, one));

    p = vec_fma(vec_set1(-0x1.825858p-8f), square, vec_set1(0x1.54b8a0p-6f));
    p = vec_fma(p, square, vec_set1(-0x1.b898dep-5f));
    p = vec_fma(p, square, vec_set1(0x1.1109aep-3f));
    p = vec_fma(p, square, vec_set1(-0x1.55553ep-2f));
    p = vec_fma(vec_mul(p, square), size, size);
    return vec_signed(vec_select(vec_less(size, vec_set1(0.6f)), p, vec_sub(one, fraction)), x);
}

/* GELU and its derivative, of u = sqrt(2/pi) * (x + 0.044715 x^3), for loops that have x at
 * hand. Since (1 + tanh(u)) / 2 = 1 / (1 + exp(-2u)),
 *
 *     gelu(x) = x / (1 + exp(-2u))
 *
 * with half of tanh's instructions. -2u is bounded to where exp is a normal number: beyond,
 * the result is x or, as a share of x, below 1e-38. */
static inline vec vec_gelu(vec x)
{
    const vec root = vec_set1(-1.5957691216057307f);       /* -2 sqrt(2 / pi) */
    const vec cubic = vec_set1(-0.071354816272600245f);    /* 0.044715 times that */
    const vec y = vec_mul(x, vec_fma(cubic, vec_mul(x, x), root));
    vec n, power;
    const vec e = vec_exp_reduced(&n, &power, vec_min(vec_set1(88), vec_max(vec_set1(-88), y)));

    return vec_div(x, vec_fma(power, e, vec_set1(1)));
}

static inline vec vec_gelu_slope(vec x)
{
    const vec root = vec_set1(0.79788456080286535588f), cubic = vec_set1(0.044715f);
    const vec one = vec_set1(1), half = vec_set1(0.5f), square = vec_mul(x, x);
    const vec t = vec_tanh(vec_mul(root, vec_fma(vec_mul(cubic, square), x, x)));
    const vec slope = vec_mul(root, vec_fma(vec_mul(vec_set1(3), cubic), square, one));
    const vec bend = vec_mul(vec_mul(half, x), vec_fnma(t, t, one));

    return vec_fma(bend, slope, vec_fma(half, t, half));
}

#endif
