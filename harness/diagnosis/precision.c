/* precision.c: floating-point formats, and rounding to them.
 *
 * float16, float32 and float64 are IEEE 754's binary16, 32 and 64; bfloat16 is the upper
 * half of a float32. TF32 is how NVIDIA's tensor cores multiply floats (A100 whitepaper,
 * "TensorFloat-32"): the factors are rounded to 11 bits of significand with the exponents
 * of float32, and their products summed as float32. */
#include "precision.h"

#include <math.h>
#include <string.h>

const struct precision precisions[] = {
    {"f64", "float64", 53, -1022, 0x1.fffffffffffffp1023, false},
    {"f32", "float32", 24, -126, 0x1.fffffep127, false},
    {"tf32", "TF32", 11, -126, 0x1.ffcp127, true},
    {"f16", "float16", 11, -14, 65504, false},
    {"bf16", "bfloat16", 8, -126, 0x1.fep127, false},
    {0},
};

const struct precision *precision_find(const char *name)
{
    for (const struct precision *p = precisions; p->name; p++)
        if (strcmp(p->name, name) == 0)
            return p;
    return NULL;
}

const char *precision_names(void)
{
    return "f16, bf16, tf32, f32 and f64";
}

const struct precision *precision_of_width(size_t width)
{
    return precision_find(width == 8 ? "f64" : "f32");
}

double roundoff(const struct precision *p)
{
    return ldexp(1, -p->bits);
}

double underflow(const struct precision *p)
{
    return ldexp(1, p->lowest - p->bits);
}

double round_to(double x, const struct precision *p)
{
    int exponent;

    if (!isfinite(x) || x == 0)
        return x;
    frexp(x, &exponent);  /* x is 0.5 to 1 times 2^exponent */
    exponent = exponent - 1 < p->lowest ? p->lowest + 1 : exponent;
    const double rounded = ldexp(nearbyint(ldexp(x, p->bits - exponent)), exponent - p->bits);

    return fabs(rounded) > p->largest ? copysign(INFINITY, x) : rounded;
}

bool op_is_product(enum op op)
{
    return op == OP_QKV || op == OP_SCORES || op == OP_MIX || op == OP_LINEAR ||
           op == OP_UNEMBED;
}

static size_t first_product(const struct graph *g)
{
    size_t i = 0;

    while (i < g->n_nodes && !op_is_product(g->node[i].op))
        i++;
    return i;
}

/* A gradient is the sum over the ops that read the tensor. */
static bool gradient_takes_products(const struct graph *g, size_t i)
{
    for (size_t k = 0; k < g->n_nodes; k++)
        for (size_t j = 0; j < g->node[k].n_in; j++)
            if (g->node[k].in[j] == i && op_is_product(g->node[k].op))
                return true;
    return false;
}

/* That of a bias is often made as a product with ones. */
static bool weight_takes_products(const struct graph *g, size_t w)
{
    for (size_t k = 0; k < g->n_nodes; k++)
        for (size_t j = 0; j < g->node[k].n_weight; j++)
            if (g->node[k].weight[j] == w && op_is_product(g->node[k].op))
                return true;
    return false;
}

bool takes_products(const struct graph *g, size_t place, bool chain)
{
    const size_t n = g->n_nodes;

    if (place < n)
        return chain ? place >= first_product(g) : op_is_product(g->node[place].op);
    if (chain)
        return true;
    return place <= 2 * n ? gradient_takes_products(g, 2 * n - place)
                          : weight_takes_products(g, place - 2 * n - 1);
}
