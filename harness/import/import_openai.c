/* import_openai.c: GPT-1 as OpenAI published it (openai/finetune-transformer-lm a69b5c4).
 *
 * train.py, lines 404 to 411: params_0.npy to params_9.npy, joined, are one row of
 * numbers; params_shapes.json lists the shapes of the tensors that it is cut into, the
 * positions first, then the tokens, then each block's in the order in which block() makes
 * them: attn/c_attn, attn/c_proj, ln_1, mlp/c_fc, mlp/c_proj, ln_2, each w (or g) before b.
 * A linear map is [1, in, out], a convolution of width 1. The sizes are not written down:
 * they follow from the shapes, but for the heads, which are 12 of 64 (train.py, n_head).
 * Epsilon is 1e-5 (_norm). How a .npy file is laid out is left to npy.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"
#include "files/json_file.h"
#include "files/model.h"
#include "files/npy.h"
#include "import.h"

enum { N_PIECES = 10, N_BLOCK = 12, SHAPE_RANK = 3, C_FC = 8, PUBLISHED_WIDTH = 768,
       PUBLISHED_HEADS = 12, MOST_LAYERS = 1000, MOST_SIZE = 1 << 24 };

/* Our names of a block's tensors in the published order. */
static const char *const block_order[N_BLOCK] = {
    "attn.c_attn.weight", "attn.c_attn.bias", "attn.c_proj.weight", "attn.c_proj.bias",
    "ln_1.weight", "ln_1.bias", "mlp.c_fc.weight", "mlp.c_fc.bias", "mlp.c_proj.weight",
    "mlp.c_proj.bias", "ln_2.weight", "ln_2.bias",
};

struct shape {
    size_t rank, dim[SHAPE_RANK];
};

struct openai {
    struct npy piece[N_PIECES];
    size_t *begin;              /* [n_weights] where each weight begins in the row */
};

/* ------------------------------------------------------------------------ reading */

/* The piece that holds element `at` of the row, which then is its element *within. */
static const struct npy *piece_at(const struct openai *o, size_t at, size_t *within)
{
    size_t i = 0;

    while (at >= o->piece[i].count)
        at -= o->piece[i++].count;
    *within = at;
    return &o->piece[i];
}

static void read_part(float *out, const struct published *p, size_t i, size_t first, size_t count)
{
    const struct openai *o = p->data;

    for (size_t done = 0; done < count;) {
        size_t within;
        const struct npy *piece = piece_at(o, o->begin[i] + first + done, &within);
        const size_t left = piece->count - within;
        const size_t n = count - done < left ? count - done : left;

        npy_read(out + done, piece, within, n);
        done += n;
    }
}

static const char *path_of(const struct published *p, size_t i)
{
    const struct openai *o = p->data;
    size_t within;

    return piece_at(o, o->begin[i], &within)->source.path;
}

static void close_pieces(struct published *p)
{
    struct openai *o = p->data;

    for (size_t i = 0; i < N_PIECES; i++)
        npy_close(&o->piece[i]);
    free(o->begin);
    free(o);
}

/* ------------------------------------------------------------------------- shapes */

/* The list of shapes; the 1 before a linear map's sizes is left out. */
static struct shape *read_shapes(const char *path, size_t *n)
{
    json_t *json = json_file(path);
    struct shape *shapes = allocate(json_array_size(json), sizeof *shapes);

    *n = json_array_size(json);
    if (*n < 2 + N_BLOCK || (*n - 2) % N_BLOCK != 0)
        die("%s: lists %zu shapes: 2 and %d for each layer are needed", path, *n, N_BLOCK);
    for (size_t i = 0; i < *n; i++) {
        const json_t *list = json_array_get(json, i);
        const size_t all = json_array_size(list);
        size_t skip = all == SHAPE_RANK && json_integer_value(json_array_get(list, 0)) == 1;

        shapes[i] = (struct shape){.rank = all - skip};
        if (all < 1 || all > SHAPE_RANK)
            die("%s: shape %zu is no list of 1 to %d sizes", path, i, SHAPE_RANK);
        for (size_t k = skip; k < all; k++) {
            const json_int_t size = json_integer_value(json_array_get(list, k));
            if (size < 1 || size > MOST_SIZE)
                die("%s: shape %zu has a size that is not a whole number from 1 to %d", path, i,
                    MOST_SIZE);
            shapes[i].dim[k - skip] = (size_t)size;
        }
    }
    json_decref(json);
    return shapes;
}

static struct config config_of(const char *path, const struct shape *shapes, size_t n,
                               size_t heads)
{
    static const size_t matrices[] = {0, 1, C_FC};
    struct config c = {.family = GPT1, .n_layer = (n - 2) / N_BLOCK, .n_head = heads,
                       .d_model = shapes[1].dim[1], .d_ff = shapes[C_FC].dim[1],
                       .n_ctx = shapes[0].dim[0], .n_vocab = shapes[1].dim[0], .ln_eps = 1e-5};

    if (c.n_layer > MOST_LAYERS)
        die("%s: lists %zu layers, more than %d is surely damage", path, c.n_layer, MOST_LAYERS);
    for (size_t i = 0; i < sizeof matrices / sizeof matrices[0]; i++)
        if (shapes[matrices[i]].rank != 2)
            die("%s: shape %zu has not the two sizes of a matrix", path, matrices[i]);
    if (!heads && c.d_model != PUBLISHED_WIDTH)
        die("%s: says nothing of heads, and this is not the published model of %d with %d heads: "
            "say --heads N", path, PUBLISHED_WIDTH, PUBLISHED_HEADS);
    if (!heads)
        c.n_head = PUBLISHED_HEADS;
    if (c.d_model % c.n_head != 0)
        die("--heads %zu: the model's width %zu is no multiple of it", c.n_head, c.d_model);
    return c;
}

/* Which of our weights is tensor k of the published order. */
static size_t weight_at(const struct graph *g, size_t k)
{
    char name[MAX_NAME];
    size_t i = 0;

    if (k < 2)
        snprintf(name, sizeof name, "%s", k == 0 ? "wpe" : "wte");
    else
        snprintf(name, sizeof name, "h.%zu.%s", (k - 2) / N_BLOCK, block_order[(k - 2) % N_BLOCK]);
    while (strcmp(g->weight[i].name, name) != 0)
        i++;
    return i;
}

/* Where each of our weights begins, and how long the row is; every shape has to be that
 * of its weight. */
static size_t *find_places(size_t *row, const char *path, const struct graph *g,
                           const struct shape *shapes)
{
    size_t *begin = allocate(g->n_weights, sizeof *begin);
    char is[160], should[160];

    *row = 0;
    for (size_t k = 0; k < g->n_weights; k++) {
        const size_t i = weight_at(g, k);
        const struct weight *w = &g->weight[i];
        if (shapes[k].rank != w->rank ||
            memcmp(shapes[k].dim, w->dim, w->rank * sizeof w->dim[0]) != 0)
            die("%s: shape %zu, of %s, is %s: with the others it has to be %s", path, k, w->name,
                shape_text(is, sizeof is, shapes[k].rank, shapes[k].dim),
                shape_text(should, sizeof should, w->rank, w->dim));
        begin[i] = *row;
        *row += w->count;
    }
    return begin;
}

/* ---------------------------------------------------------------------- the whole */

static void open_pieces(struct published *p, const char *folder, size_t row)
{
    struct openai *o = p->data;
    char path[2 * IMPORT_PATH];
    size_t count = 0;

    for (size_t i = 0; i < N_PIECES; i++) {
        snprintf(path, sizeof path, "%s/params_%zu.npy", folder, i);
        if (access(path, F_OK) != 0)
            die("%s: is missing: all of params_0.npy to params_%d.npy are needed", path,
                N_PIECES - 1);
        o->piece[i] = npy_open(published_add_path(p, path));
        if (o->piece[i].rank != 1)
            die("%s: has %zu dimensions: a piece is one row of numbers", path, o->piece[i].rank);
        count += o->piece[i].count;
    }
    if (count != row)
        die("%s: the pieces have %zu numbers, the shapes in params_shapes.json need %zu", folder,
            count, row);
}

struct published *openai_open(const struct place *at, size_t heads)
{
    static const char *const names[] = {"", "F16", "BF16", "F32", "F64"};
    struct published *p = allocate(1, sizeof *p);
    struct openai *o = allocate(1, sizeof *o);
    size_t n, row;
    struct shape *shapes = read_shapes(at->weights, &n);
    const struct config cfg = config_of(at->weights, shapes, n, heads);

    *p = (struct published){.graph = graph_make(&cfg, 1, 1), .read = read_part,
                            .path_of = path_of, .close = close_pieces, .data = o};
    published_add_path(p, at->weights);
    o->begin = find_places(&row, at->weights, p->graph, shapes);
    open_pieces(p, at->folder, row);
    free(shapes);
    snprintf(p->form, sizeof p->form, "%s in %d pieces of npy", names[o->piece[0].kind],
             N_PIECES);
    return p;
}
