/* circuits.c: the two circuits of an attention head, in numbers from the weights.
 *
 *     QK[i][j] = (x_i W_Q + b_Q) . (x_j W_K + b_K) / sqrt(D)    where the head looks
 *     OV[j][o] = x_j W_V W_O . wte_o                            what it writes there
 *
 * A head does two things that do not depend on each other. QK scores how much token i
 * would look at token j; OV says how far the logit of each token o is pushed by looking
 * at token j. Both maps are products of a [C, D] and a [D, C] matrix, so their rank is
 * at most D. Source: Elhage and others, "A Mathematical Framework for Transformer
 * Circuits" (2021), sections "Splitting attention head terms into circuits" and
 * "Detecting copying behavior".
 *
 * x_i is what the layer reads where the stream holds the embedding of token i and
 * nothing else: no position, nothing added by other heads or MLPs. It goes through the
 * layer norms that stand in the way: in GPT-2 this layer's ln_1, in GPT-1 both of every
 * layer before, so that layer 0 reads the embedding as it is. OV leaves out the biases,
 * which push the same whatever is read, and the layer norms after the head.
 *
 * W_Q, W_K and W_V [C, D] are columns of c_attn, W_O [D, C] rows of c_proj. */
#include "circuits.h"

#include <math.h>

#include "00_ingredients/layernorm.h"
#include "02_embed/vectors.h"

enum { QUERY, KEY, VALUE };

void read_alone(real *out, const struct config *cfg, const struct weights *w, size_t l,
                size_t token)
{
    const size_t C = cfg->d_model;

    for (size_t c = 0; c < C; c++)
        out[c] = w->wte[token * C + c];
    if (cfg->family == GPT2) {
        layernorm(out, out, w->h[l].ln_1_weight, w->h[l].ln_1_bias, cfg->ln_eps, 1, C);
        return;
    }
    for (size_t before = 0; before < l; before++) {
        const struct block_weights *p = &w->h[before];

        layernorm(out, out, p->ln_1_weight, p->ln_1_bias, cfg->ln_eps, 1, C);
        layernorm(out, out, p->ln_2_weight, p->ln_2_bias, cfg->ln_eps, 1, C);
    }
}

/* out [D] = x [C] times the D columns of c_attn that are the head's third `part`. */
static void project(real *out, const real *x, const real *c_attn, int part, size_t h, size_t C,
                    size_t D)
{
    const real *columns = c_attn + (size_t)part * C + h * D;

    for (size_t d = 0; d < D; d++)
        out[d] = 0;
    for (size_t c = 0; c < C; c++)
        for (size_t d = 0; d < D; d++)
            out[d] += x[c] * columns[c * 3 * C + d];
}

void circuits(struct circuits *x, real *room, const struct config *cfg, const struct weights *w,
              size_t l, size_t h)
{
    const struct block_weights *p = &w->h[l];
    const size_t V = cfg->n_vocab, C = cfg->d_model, D = C / cfg->n_head;
    const real *q_bias = p->c_attn_bias + h * D, *k_bias = q_bias + C;
    const real *W_O = p->attn_c_proj_weight + h * D * C;  /* [D, C] */

    x->V = V;
    x->D = D;
    for (size_t t = 0; t < V; t++) {
        read_alone(room, cfg, w, l, t);
        project(x->q + t * D, room, p->c_attn_weight, QUERY, h, C, D);
        project(x->k + t * D, room, p->c_attn_weight, KEY, h, C, D);
        project(x->v + t * D, room, p->c_attn_weight, VALUE, h, C, D);
        for (size_t d = 0; d < D; d++) {
            x->q[t * D + d] += q_bias[d];
            x->k[t * D + d] += k_bias[d];
            x->u[t * D + d] = 0;
            for (size_t c = 0; c < C; c++)
                x->u[t * D + d] += W_O[d * C + c] * w->wte[t * C + c];
        }
    }
}

double qk_score(const struct circuits *x, size_t query, size_t key)
{
    return inner_product(x->q + query * x->D, x->k + key * x->D, x->D) / sqrt((double)x->D);
}

double ov_push(const struct circuits *x, size_t token, size_t answer)
{
    return inner_product(x->v + token * x->D, x->u + answer * x->D, x->D);
}

/* A map's trace is the sum of its diagonal and of its eigenvalues. */
double ov_trace(const struct circuits *x)
{
    double sum = 0;

    for (size_t t = 0; t < x->V; t++)
        sum += ov_push(x, t, t);
    return sum;
}

size_t ov_copies(const struct circuits *x, size_t step)
{
    size_t copies = 0;

    for (size_t t = 0; t < x->V; t += step) {
        const double itself = ov_push(x, t, t);
        size_t o = 0;

        while (o < x->V && !(ov_push(x, t, o) > itself))
            o++;
        copies += o == x->V;
    }
    return copies;
}

/* |A B|^2 for A [C, D] and B [D, C] is the sum over d and e of (A^T A)[d][e] times
 * (B B^T)[d][e], which takes C D^2 products instead of the C^2 D of the map itself.
 * a[c * row + d * column] is A[c][d], and so for B transposed. */
static double product_norm(const real *a, size_t a_row, size_t a_column, const real *b,
                           size_t b_row, size_t b_column, size_t C, size_t D)
{
    double sum = 0;

    for (size_t d = 0; d < D; d++)
        for (size_t e = 0; e < D; e++) {
            double left = 0, right = 0;

            for (size_t c = 0; c < C; c++) {
                const real *x = a + c * a_row, *y = b + c * b_row;

                left += (double)x[d * a_column] * (double)x[e * a_column];
                right += (double)y[d * b_column] * (double)y[e * b_column];
            }
            sum += left * right;
        }
    return sqrt(sum > 0 ? sum : 0);
}

double qk_norm(const struct config *cfg, const struct weights *w, size_t l, size_t h)
{
    const size_t C = cfg->d_model, D = C / cfg->n_head;
    const real *W_Q = w->h[l].c_attn_weight + h * D;

    return product_norm(W_Q, 3 * C, 1, W_Q + C, 3 * C, 1, C, D);
}

double ov_norm(const struct config *cfg, const struct weights *w, size_t l, size_t h)
{
    const size_t C = cfg->d_model, D = C / cfg->n_head;
    const real *W_V = w->h[l].c_attn_weight + 2 * C + h * D;
    const real *W_O = w->h[l].attn_c_proj_weight + h * D * C;

    return product_norm(W_V, 3 * C, 1, W_O, 1, C, C, D);
}
