/* trace.c: an example of harness/touchstone.h: GPT-2, forward, in float, written by itself and
 * not from steps/. It computes a model on a golden's tokens and writes every tensor as a trace:
 *
 *     trace MODEL INPUT TRACE
 *
 * docs/trace-from-c.md compiles, runs and checks it. B texts of T tokens, C d_model, H heads
 * of D, F d_ff, V n_vocab; a linear map is stored [in, out] (docs/formats.md). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "touchstone.h"

struct gpt {
    hid_t model, input;      /* the files that it reads */
    struct touchstone trace; /* the file that it writes */
    int L;
    size_t B, T, C, H, D, F, V;
};

/* ------------------------------------------------------- what the files hold */

/* Gives up where something that is needed could not be had. */
static void need(struct gpt *g, int ok, const char *what)
{
    if (ok)
        return;
    touchstone_drop(&g->trace);
    fprintf(stderr, "trace: %s: cannot be read\n", what);
    exit(2);
}

static hid_t open_file(struct gpt *g, const char *path)
{
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);

    need(g, file >= 0, path);
    return file;
}

static size_t size_of(struct gpt *g, const char *name)
{
    int value = 0;
    const hid_t a = H5Aopen(g->model, name, H5P_DEFAULT);

    need(g, a >= 0 && H5Aread(a, H5T_NATIVE_INT, &value) >= 0, name);
    H5Aclose(a);
    return (size_t)value;
}

/* A dataset as a new array; its shape goes to `dim`. */
static void *read_all(struct gpt *g, hid_t file, const char *name, hid_t type, hsize_t dim[2])
{
    const hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
    need(g, set >= 0, name);
    const hid_t space = H5Dget_space(set);
    const size_t count = (size_t)H5Sget_simple_extent_npoints(space);
    void *data = malloc(count * H5Tget_size(type));

    H5Sget_simple_extent_dims(space, dim, NULL);
    need(g, data && H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0, name);
    H5Sclose(space);
    H5Dclose(set);
    return data;
}

/* A weight of a layer, e.g. "ln_1.weight"; layer -1: of none. */
static float *weight(struct gpt *g, int layer, const char *map, const char *part)
{
    char name[128];
    hsize_t dim[2];

    if (layer < 0)
        snprintf(name, sizeof name, "weights/%s%s", map, part);
    else
        snprintf(name, sizeof name, "weights/h.%d.%s%s", layer, map, part);
    return (float *)read_all(g, g->model, name, H5T_NATIVE_FLOAT, dim);
}

static float *room(struct gpt *g, size_t count)
{
    float *zeros = (float *)calloc(count, sizeof *zeros);

    need(g, zeros != NULL, "memory");
    return zeros;
}

/* ----------------------------------------------------------------- the parts */

/* y [B T, out] = x [B T, in] . weight [in, out] + bias [out] */
static void linear(struct gpt *g, float *y, const float *x, int layer, const char *map,
                   size_t in, size_t out)
{
    float *w = weight(g, layer, map, ".weight"), *b = weight(g, layer, map, ".bias");

    for (size_t row = 0; row < g->B * g->T; row++)
        for (size_t o = 0; o < out; o++) {
            float sum = b[o];
            for (size_t i = 0; i < in; i++)
                sum += x[row * in + i] * w[i * out + o];
            y[row * out + o] = sum;
        }
    free(w);
    free(b);
}

/* Each row of x [B T, C] to mean 0 and variance 1, then gain and bias [C]. */
static void layer_norm(struct gpt *g, float *y, const float *x, int layer, const char *map)
{
    float *gain = weight(g, layer, map, ".weight"), *bias = weight(g, layer, map, ".bias");

    for (size_t row = 0; row < g->B * g->T; row++) {
        const float *in = x + row * g->C;
        float mean = 0, variance = 0;
        for (size_t c = 0; c < g->C; c++)
            mean += in[c] / (float)g->C;
        for (size_t c = 0; c < g->C; c++)
            variance += (in[c] - mean) * (in[c] - mean) / (float)g->C;
        for (size_t c = 0; c < g->C; c++)
            y[row * g->C + c] = (in[c] - mean) / sqrtf(variance + 1e-5f) * gain[c] + bias[c];
    }
    free(gain);
    free(bias);
}

/* One query of one head: scores and pattern over the keys up to t, and what it reads. */
static void attend(struct gpt *g, float *z, float *score, float *pattern, const float *q,
                   const float *k, const float *v, size_t t)
{
    float largest = -INFINITY, sum = 0;

    for (size_t s = 0; s <= t; s++) {
        for (size_t i = 0; i < g->D; i++)
            score[s] += q[t * g->D + i] * k[s * g->D + i];
        score[s] /= sqrtf((float)g->D);
        largest = fmaxf(largest, score[s]);
    }
    for (size_t s = 0; s <= t; s++)
        sum += pattern[s] = expf(score[s] - largest);
    for (size_t s = 0; s <= t; s++) {
        pattern[s] /= sum;
        for (size_t i = 0; i < g->D; i++)
            z[i] += pattern[s] * v[s * g->D + i];
    }
}

/* Attention of a layer: ln [B, T, C] to z [B, T, C]. Everything on the way is traced. */
static void attention(struct gpt *g, float *z, const float *ln, int layer)
{
    const size_t B = g->B, T = g->T, C = g->C, H = g->H, D = g->D;
    float *qkv = room(g, B * T * 3 * C), *part[3];  /* q, k, v [B, H, T, D] */
    float *scores = room(g, B * H * T * T), *pattern = room(g, B * H * T * T);

    linear(g, qkv, ln, layer, "attn.c_attn", C, 3 * C);
    for (size_t p = 0; p < 3; p++) {
        part[p] = room(g, B * T * C);
        for (size_t b = 0; b < B; b++)
            for (size_t t = 0; t < T; t++)
                for (size_t c = 0; c < C; c++)
                    part[p][((b * H + c / D) * T + t) * D + c % D] =
                        qkv[((b * T + t) * 3 + p) * C + c];
    }
    for (size_t head = 0; head < B * H; head++)
        for (size_t t = 0; t < T; t++)
            attend(g, z + (head / H * T + t) * C + head % H * D, scores + (head * T + t) * T,
                   pattern + (head * T + t) * T, part[0] + head * T * D, part[1] + head * T * D,
                   part[2] + head * T * D, t);
    touchstone_put_float(&g->trace, part[0], B, H, T, D, "forward/h.%d/q", layer);
    touchstone_put_float(&g->trace, part[1], B, H, T, D, "forward/h.%d/k", layer);
    touchstone_put_float(&g->trace, part[2], B, H, T, D, "forward/h.%d/v", layer);
    touchstone_put_float(&g->trace, scores, B, H, T, T, "forward/h.%d/scores", layer);
    touchstone_put_float(&g->trace, pattern, B, H, T, T, "forward/h.%d/pattern", layer);
    touchstone_put_float(&g->trace, z, B, T, C, 0, "forward/h.%d/z", layer);
    for (size_t p = 0; p < 3; p++)
        free(part[p]);
    free(qkv);
    free(scores);
    free(pattern);
}

/* x [B, T, C] += y, into a name of its own */
static void add(struct gpt *g, float *x, const float *y, int layer, const char *name)
{
    for (size_t i = 0; i < g->B * g->T * g->C; i++)
        x[i] += y[i];
    touchstone_put_float(&g->trace, x, g->B, g->T, g->C, 0, "forward/h.%d/%s", layer, name);
}

/* One block: x [B, T, C] goes in as resid_pre and comes out as resid_post. */
static void block(struct gpt *g, float *x, int layer)
{
    const size_t B = g->B, T = g->T, C = g->C, F = g->F;
    float *ln = room(g, B * T * C), *z = room(g, B * T * C), *out = room(g, B * T * C);
    float *hidden = room(g, B * T * F);
    struct touchstone *t = &g->trace;

    touchstone_put_float(t, x, B, T, C, 0, "forward/h.%d/resid_pre", layer);
    layer_norm(g, ln, x, layer, "ln_1");
    touchstone_put_float(t, ln, B, T, C, 0, "forward/h.%d/ln_1", layer);
    attention(g, z, ln, layer);
    linear(g, out, z, layer, "attn.c_proj", C, C);
    touchstone_put_float(t, out, B, T, C, 0, "forward/h.%d/attn_out", layer);
    add(g, x, out, layer, "resid_mid");
    layer_norm(g, ln, x, layer, "ln_2");
    touchstone_put_float(t, ln, B, T, C, 0, "forward/h.%d/ln_2", layer);
    linear(g, hidden, ln, layer, "mlp.c_fc", C, F);
    touchstone_put_float(t, hidden, B, T, F, 0, "forward/h.%d/mlp_pre", layer);
    for (size_t i = 0; i < B * T * F; i++) {
        const float h = hidden[i];
        hidden[i] = h / 2 * (1 + tanhf(0.7978845608f * (h + 0.044715f * h * h * h)));
    }
    touchstone_put_float(t, hidden, B, T, F, 0, "forward/h.%d/mlp_post", layer);
    linear(g, out, hidden, layer, "mlp.c_proj", F, C);
    touchstone_put_float(t, out, B, T, C, 0, "forward/h.%d/mlp_out", layer);
    add(g, x, out, layer, "resid_post");
    free(ln);
    free(z);
    free(out);
    free(hidden);
}

/* -log p(target), averaged over the targets that count; its gradient is d_logits [B, T, V]. */
static float loss_of(struct gpt *g, float *d_logits, const float *logits,
                     const int *targets)
{
    float loss = 0, counted = 0;

    for (size_t i = 0; i < g->B * g->T; i++)
        counted += targets[i] >= 0 ? 1.0f : 0.0f;
    for (size_t i = 0; i < g->B * g->T; i++) {
        const float *row = logits + i * g->V;
        float *d = d_logits + i * g->V;
        float largest = row[0], sum = 0;
        if (targets[i] < 0)
            continue;
        for (size_t n = 1; n < g->V; n++)
            largest = fmaxf(largest, row[n]);
        for (size_t n = 0; n < g->V; n++)
            sum += d[n] = expf(row[n] - largest);
        for (size_t n = 0; n < g->V; n++)
            d[n] /= sum * counted;
        d[targets[i]] -= 1 / counted;
        loss += (logf(sum) + largest - row[targets[i]]) / counted;
    }
    return loss;
}

static void forward(struct gpt *g, const int *tokens, const int *targets)
{
    const size_t B = g->B, T = g->T, C = g->C, V = g->V;
    float *wte = weight(g, -1, "wte", ""), *wpe = weight(g, -1, "wpe", "");
    float *x = room(g, B * T * C), *logits = room(g, B * T * V), *d_logits = room(g, B * T * V);
    struct touchstone *t = &g->trace;

    for (size_t i = 0; i < B * T; i++)
        memcpy(x + i * C, wte + (size_t)tokens[i] * C, C * sizeof *x);
    touchstone_put_float(t, x, B, T, C, 0, "forward/tok_embed");
    touchstone_put_float(t, wpe, T, C, 0, 0, "forward/pos_embed");
    for (size_t i = 0; i < B * T * C; i++)
        x[i] += wpe[i % (T * C)];
    for (int layer = 0; layer < g->L; layer++)
        block(g, x, layer);
    layer_norm(g, x, x, -1, "ln_f");
    touchstone_put_float(t, x, B, T, C, 0, "forward/ln_f");
    for (size_t i = 0; i < B * T; i++)
        for (size_t n = 0; n < V; n++)
            for (size_t c = 0; c < C; c++)
                logits[i * V + n] += x[i * C + c] * wte[n * C + c];
    touchstone_put_float(t, logits, B, T, V, 0, "forward/logits");
    const float loss = loss_of(g, d_logits, logits, targets);
    touchstone_put_float(t, &loss, 0, 0, 0, 0, "forward/loss");
    touchstone_put_float(t, d_logits, B, T, V, 0, "backward/logits");
    free(wte);
    free(wpe);
    free(x);
    free(logits);
    free(d_logits);
}

int main(int argc, char **argv)
{
    static struct gpt g;
    hsize_t dim[2] = {0, 0};

    if (argc != 4) {
        fprintf(stderr, "usage: trace MODEL INPUT TRACE\n");
        return 2;
    }
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    g.model = open_file(&g, argv[1]);
    g.input = open_file(&g, argv[2]);
    g.L = (int)size_of(&g, "n_layer");
    g.C = size_of(&g, "d_model");
    g.H = size_of(&g, "n_head");
    g.D = g.C / g.H;
    g.F = size_of(&g, "d_ff");
    g.V = size_of(&g, "n_vocab");
    int *tokens = (int *)read_all(&g, g.input, "input/tokens", H5T_NATIVE_INT, dim);
    int *targets = (int *)read_all(&g, g.input, "input/targets", H5T_NATIVE_INT, dim);
    g.B = (size_t)dim[0];
    g.T = (size_t)dim[1];
    touchstone_open(&g.trace, stderr, argv[3], "gpt2", argv[1], "docs/examples/trace.c, float",
                    g.B, g.T, tokens, targets);
    forward(&g, tokens, targets);
    const int code = touchstone_close(&g.trace);
    free(tokens);
    free(targets);
    H5Fclose(g.model);
    H5Fclose(g.input);
    return code ? 2 : 0;
}
