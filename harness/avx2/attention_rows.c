/* attention_rows.c: the two products of attention for one vector and the rows of a matrix.
 *
 *     dots[s] = scale * sum over d of x[d] * row[s][d]
 *     sum[d] += scale * sum over s of weight[s] * row[s][d]
 *
 * Four sums are under way at a time, since each waits 4 cycles for its last addition: of
 * four rows, or of four registers' columns. Every number of the matrix is used once, so
 * there is nothing to gain from packing; where many vectors meet the same rows, tiles are
 * faster (attention_fused.c). */
#include "attention_rows.h"

#include "vector.h"

enum { FOUR = 4 };

/* The sums of four rows, from row s on, as far as whole registers go; the rest by masks. */
static void dot_four(float *dots, const float *x, struct rows m, size_t s, size_t D)
{
    const float *a = m.at + s * m.stride, *b = a + m.stride, *c = b + m.stride;
    const float *e = c + m.stride;
    vec p = vec_zero(), q = p, r = p, t = p;
    size_t d = 0;

    for (; d + LANES <= D; d += LANES) {
        const vec y = vec_load(x + d);
        p = vec_fma(y, vec_load(a + d), p);
        q = vec_fma(y, vec_load(b + d), q);
        r = vec_fma(y, vec_load(c + d), r);
        t = vec_fma(y, vec_load(e + d), t);
    }
    if (d < D) {
        const vec y = vec_load_part(x + d, D - d, 0);
        p = vec_fma(y, vec_load_part(a + d, D - d, 0), p);
        q = vec_fma(y, vec_load_part(b + d, D - d, 0), q);
        r = vec_fma(y, vec_load_part(c + d, D - d, 0), r);
        t = vec_fma(y, vec_load_part(e + d, D - d, 0), t);
    }
    dots[0] = vec_sum(p);
    dots[1] = vec_sum(q);
    dots[2] = vec_sum(r);
    dots[3] = vec_sum(t);
}

void dot_rows(float *dots, const float *x, struct rows m, float scale, size_t D, bool add)
{
    for (size_t s = 0; s < m.n; s += FOUR) {
        float four[FOUR];
        const size_t n = m.n - s < FOUR ? m.n - s : FOUR;

        if (n == FOUR)
            dot_four(four, x, m, s, D);
        else
            for (size_t i = 0; i < n; i++) {
                float same[FOUR];
                dot_four(same, x, (struct rows){m.at + (s + i) * m.stride, 0, FOUR}, 0, D);
                four[i] = same[0];
            }
        for (size_t i = 0; i < n; i++)
            dots[s + i] = (add ? dots[s + i] : 0) + scale * four[i];
    }
}

static inline vec add_scaled(const float *p, vec sum, float scale)
{
    return vec_fma(sum, vec_set1(scale), vec_load(p));
}

void mix_rows(float *sum, const float *weights, size_t step, struct rows m, float scale,
              size_t D)
{
    size_t d = 0;

    for (; d + FOUR * LANES <= D; d += FOUR * LANES) {
        vec p = vec_zero(), q = p, r = p, t = p;

        for (size_t s = 0; s < m.n; s++) {
            const vec weight = vec_spread(weights + s * step);
            const float *row = m.at + s * m.stride + d;
            p = vec_fma(weight, vec_load(row), p);
            q = vec_fma(weight, vec_load(row + LANES), q);
            r = vec_fma(weight, vec_load(row + 2 * LANES), r);
            t = vec_fma(weight, vec_load(row + 3 * LANES), t);
        }
        vec_store(sum + d, add_scaled(sum + d, p, scale));
        vec_store(sum + d + LANES, add_scaled(sum + d + LANES, q, scale));
        vec_store(sum + d + 2 * LANES, add_scaled(sum + d + 2 * LANES, r, scale));
        vec_store(sum + d + 3 * LANES, add_scaled(sum + d + 3 * LANES, t, scale));
    }
    for (; d < D; d += LANES) {
        const size_t n = D - d < LANES ? D - d : LANES;
        vec p = vec_zero();

        for (size_t s = 0; s < m.n; s++)
            p = vec_fma(vec_spread(weights + s * step),
                        vec_load_part(m.at + s * m.stride + d, n, 0), p);
        vec_store_part(sum + d, vec_fma(p, vec_set1(scale), vec_load_part(sum + d, n, 0)), n);
    }
}
