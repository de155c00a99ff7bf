/* adamw.c: how a weight moves, given its gradient, twin of steps/08_train/adamw.c, where
 * the two formulas are explained.
 *
 *     mean   = beta1 * mean   + (1 - beta1) * g
 *     square = beta2 * square + (1 - beta2) * g^2
 *     weight = weight * (1 - rate * decay) - rate * mean' / (sqrt(square') + eps)
 *
 * For each weight 16 bytes are read and 12 written, and little is computed: the memory
 * sets the pace. All is rounded as in the step, so the result is equal to the bit. */
#include "08_train/adamw.h"

#include <math.h>

#include "vector.h"

enum { CHUNK = 4096 };  /* numbers for one thread at a time */

/* What is the same for all weights of a step, in every lane. */
struct rates {
    vec beta1, rest1, beta2, rest2;  /* rest = 1 - beta */
    vec scale, rate, keep, root, eps, decay;
};

/* The four arrays from one place on. */
struct arrays {
    float *weight, *mean, *square;
    const float *dweight;
};

static struct rates rates_of(const struct adam *o)
{
    return (struct rates){
        .beta1 = vec_set1((float)o->beta1), .rest1 = vec_set1((float)(1 - o->beta1)),
        .beta2 = vec_set1((float)o->beta2), .rest2 = vec_set1((float)(1 - o->beta2)),
        .scale = vec_set1((float)o->scale), .eps = vec_set1((float)o->eps),
        .keep = vec_set1((float)(1 - o->rate * o->decay)), .decay = vec_set1((float)o->decay),
    };
}

/* The running means after this step's gradient. */
static inline void take_in(vec *mean, vec *square, vec dweight, const struct rates *r)
{
    const vec g = vec_mul(dweight, r->scale);

    *mean = vec_add(vec_mul(r->beta1, *mean), vec_mul(r->rest1, g));
    *square = vec_add(vec_mul(r->beta2, *square), vec_mul(vec_mul(r->rest2, g), g));
}

static inline vec adamw_of(vec weight, vec mean, vec square, const struct rates *r)
{
    const vec size = vec_add(vec_div(vec_sqrt(square), r->root), r->eps);

    return vec_sub(vec_mul(weight, r->keep), vec_div(vec_mul(r->rate, mean), size));
}

static inline vec openai_adam_of(vec weight, vec mean, vec square, const struct rates *r)
{
    const vec size = vec_add(vec_sqrt(square), r->eps);
    const vec move = vec_add(vec_div(mean, size), vec_mul(r->decay, weight));

    return vec_sub(weight, vec_mul(r->rate, move));
}

typedef vec move(vec weight, vec mean, vec square, const struct rates *r);

/* One of the two, on n weights. */
INLINED void take_step(struct arrays a, struct rates r, size_t n, move *moved)
{
    for (size_t i = 0; i < n; i += LANES) {
        const size_t part = n - i < LANES ? n - i : LANES;
        vec weight, mean, square, dweight;

        if (part == LANES) {
            weight = vec_load(a.weight + i);
            mean = vec_load(a.mean + i);
            square = vec_load(a.square + i);
            dweight = vec_load(a.dweight + i);
        } else {
            weight = vec_load_part(a.weight + i, part, 0);
            mean = vec_load_part(a.mean + i, part, 0);
            square = vec_load_part(a.square + i, part, 0);
            dweight = vec_load_part(a.dweight + i, part, 0);
        }
        take_in(&mean, &square, dweight, &r);
        weight = moved(weight, mean, square, &r);
        if (part == LANES) {
            vec_store(a.weight + i, weight);
            vec_store(a.mean + i, mean);
            vec_store(a.square + i, square);
        } else {
            vec_store_part(a.weight + i, weight, part);
            vec_store_part(a.mean + i, mean, part);
            vec_store_part(a.square + i, square, part);
        }
    }
}

static struct arrays from(struct arrays a, size_t i)
{
    return (struct arrays){a.weight + i, a.mean + i, a.square + i, a.dweight + i};
}

void adamw(real *weight, real *mean, real *square, const real *dweight, const struct adam *o,
           size_t n)
{
    const double late1 = 1 - pow(o->beta1, (double)o->t), late2 = 1 - pow(o->beta2, (double)o->t);
    const struct arrays a = {weight, mean, square, dweight};
    struct rates r = rates_of(o);

    r.rate = vec_set1((float)(o->rate / late1));
    r.root = vec_set1((float)sqrt(late2));
#pragma omp parallel for schedule(static) if (n > CHUNK)
    for (size_t i = 0; i < n; i += CHUNK)
        take_step(from(a, i), r, n - i < CHUNK ? n - i : CHUNK, adamw_of);
}

void openai_adam(real *weight, real *mean, real *square, const real *dweight,
                 const struct adam *o, size_t n)
{
    const double late1 = 1 - pow(o->beta1, (double)o->t), late2 = 1 - pow(o->beta2, (double)o->t);
    const struct arrays a = {weight, mean, square, dweight};
    struct rates r = rates_of(o);

    r.rate = vec_set1((float)(o->rate * sqrt(late2) / late1));
#pragma omp parallel for schedule(static) if (n > CHUNK)
    for (size_t i = 0; i < n; i += CHUNK)
        take_step(from(a, i), r, n - i < CHUNK ? n - i : CHUNK, openai_adam_of);
}
