/* layernorm_backward.c: the gradient of layer norm, twin of
 * steps/07_backprop/layernorm_backward.c.
 *
 *     forward:   norm[c] = (x[c] - mean) / sqrt(var + eps)
 *                out[c]  = norm[c] * gain[c] + bias[c]
 *
 *     dbias[c] = sum over n of dout[c]
 *     dgain[c] = sum over n of dout[c] * norm[c]
 *     dnorm[c] = dout[c] * gain[c]
 *     dx[c]    = (dnorm[c] - mean(dnorm) - norm[c] * mean(dnorm * norm)) / sqrt(var + eps)
 *
 * dx is a matter of one row, dgain and dbias of one column. So threads first share out
 * the rows of a block, which leaves the moments of each, and then the columns: every sum
 * runs over the rows in order, whoever computes it. */
#include "07_backprop/layernorm_backward.h"

#include "moments.h"

enum { BLOCK = 256, ENOUGH = 1 << 14 };

/* What the rows of a block have in common. */
struct job {
    float *din, *dgain, *dbias;
    const float *dout, *in, *gain;
    size_t C;
};

/* The two means, which are taken out of dnorm. */
struct taken {
    vec mean, along;  /* mean(dnorm), mean(dnorm * norm) */
};

static struct taken taken_out(const float *x, const float *dy, const float *gain,
                              struct moments m, size_t C)
{
    const vec mean = vec_set1(m.mean), scale = vec_set1(m.scale), none = vec_zero();
    vec s = none, t = none, along_s = none, along_t = none;
    size_t c = 0;

    for (; c + 2 * LANES <= C; c += 2 * LANES) {
        const vec left = vec_mul(vec_load(dy + c), vec_load(gain + c));
        const vec right = vec_mul(vec_load(dy + c + LANES), vec_load(gain + c + LANES));
        s = vec_add(s, left);
        t = vec_add(t, right);
        along_s = vec_fma(left, vec_mul(vec_sub(vec_load(x + c), mean), scale), along_s);
        along_t = vec_fma(right, vec_mul(vec_sub(vec_load(x + c + LANES), mean), scale), along_t);
    }
    for (; c < C; c += LANES) {
        const size_t n = C - c < LANES ? C - c : LANES;
        const vec d = vec_mul(vec_load_part(dy + c, n, 0), vec_load_part(gain + c, n, 0));
        s = vec_add(s, d);
        along_s = vec_fma(d, vec_mul(vec_sub(vec_load_part(x + c, n, 0), mean), scale), along_s);
    }
    return (struct taken){vec_set1(mean_of(s, t, none, none, C)),
                          vec_set1(mean_of(along_s, along_t, none, none, C))};
}

/* One row of din. */
static void add_row(const struct job *j, size_t row, struct moments m)
{
    const float *x = j->in + row * j->C, *dy = j->dout + row * j->C;
    const struct taken out = taken_out(x, dy, j->gain, m, j->C);
    const vec mean = vec_set1(m.mean), scale = vec_set1(m.scale);
    float *dx = j->din + row * j->C;
    size_t c = 0;

    for (; c + LANES <= j->C; c += LANES) {
        const vec norm = vec_mul(vec_sub(vec_load(x + c), mean), scale);
        const vec dnorm = vec_mul(vec_load(dy + c), vec_load(j->gain + c));
        const vec rest = vec_fnma(norm, out.along, vec_sub(dnorm, out.mean));
        vec_store(dx + c, vec_fma(rest, scale, vec_load(dx + c)));
    }
    if (c < j->C) {
        const size_t n = j->C - c;
        const vec norm = vec_mul(vec_sub(vec_load_part(x + c, n, 0), mean), scale);
        const vec dnorm = vec_mul(vec_load_part(dy + c, n, 0), vec_load_part(j->gain + c, n, 0));
        const vec rest = vec_fnma(norm, out.along, vec_sub(dnorm, out.mean));
        vec_store_part(dx + c, vec_fma(rest, scale, vec_load_part(dx + c, n, 0)), n);
    }
}

/* One row's part in dgain and dbias, for LANES columns. */
static inline void add_part(vec *dgain, vec *dbias, vec x, vec dy, const struct moments *m)
{
    const vec norm = vec_mul(vec_sub(x, vec_spread(&m->mean)), vec_spread(&m->scale));

    *dbias = vec_add(*dbias, dy);
    *dgain = vec_fma(dy, norm, *dgain);
}

/* 2 * LANES columns from c on: of the rows from `begin` to before `end`. A cache line or
 * two of each row; of less, a part would be fetched for nothing. m [rows]. */
static void add_columns_of(const struct job *j, size_t c, size_t begin, size_t end,
                           const struct moments *m)
{
    const size_t all = j->C - c, right = all < LANES ? 0 : all < 2 * LANES ? all - LANES : LANES;
    const size_t left = all < LANES ? all : LANES;
    vec gain[2] = {vec_zero(), vec_zero()}, bias[2] = {vec_zero(), vec_zero()};
    float *dgain = j->dgain + c, *dbias = j->dbias + c;

    for (size_t row = begin; row < end; row++) {
        const float *x = j->in + row * j->C + c, *dy = j->dout + row * j->C + c;
        const struct moments *of = m + (row - begin);

        if (right == LANES) {
            add_part(&gain[0], &bias[0], vec_load(x), vec_load(dy), of);
            add_part(&gain[1], &bias[1], vec_load(x + LANES), vec_load(dy + LANES), of);
            continue;
        }
        add_part(&gain[0], &bias[0], vec_load_part(x, left, 0), vec_load_part(dy, left, 0), of);
        if (right)
            add_part(&gain[1], &bias[1], vec_load_part(x + LANES, right, 0),
                     vec_load_part(dy + LANES, right, 0), of);
    }
    vec_store_part(dgain, vec_add(vec_load_part(dgain, left, 0), gain[0]), left);
    vec_store_part(dbias, vec_add(vec_load_part(dbias, left, 0), bias[0]), left);
    if (right) {
        dgain += LANES;
        dbias += LANES;
        vec_store_part(dgain, vec_add(vec_load_part(dgain, right, 0), gain[1]), right);
        vec_store_part(dbias, vec_add(vec_load_part(dbias, right, 0), bias[1]), right);
    }
}

void layernorm_backward(real *din, real *dgain, real *dbias, const real *dout, const real *in,
                        const real *gain, double eps, size_t N, size_t C)
{
    const struct job j = {din, dgain, dbias, dout, in, gain, C};
    struct moments m[BLOCK];

#pragma omp parallel if (N > 1 && N * C > ENOUGH)
    for (size_t begin = 0; begin < N; begin += BLOCK) {
        const size_t end = N - begin < BLOCK ? N : begin + BLOCK;

#pragma omp for schedule(static)
        for (size_t n = begin; n < end; n++) {
            m[n - begin] = row_moments(in + n * C, eps, C);
            add_row(&j, n, m[n - begin]);
        }
#pragma omp for schedule(static)
        for (size_t c = 0; c < C; c += 2 * LANES)
            add_columns_of(&j, c, begin, end, m);
    }
}
