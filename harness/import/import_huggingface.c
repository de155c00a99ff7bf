/* import_huggingface.c: a model as HuggingFace publishes it.
 *
 * The names are those of huggingface/transformers, src/transformers/models/gpt2/
 * modeling_gpt2.py and openai/modeling_openai.py, with or without `transformer.` before
 * them: GPT-2's are ours but for wte.weight and wpe.weight, GPT-1's but for
 * tokens_embed.weight and positions_embed.weight. Its Conv1D keeps a linear map [in, out],
 * as we do. What it also stores is passed over: the mask of attention (h.N.attn.bias,
 * h.N.attn.masked_bias), position_ids, and lm_head.weight, which has to be the token
 * embedding once more. How files are laid out is left to safetensors.c. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "files/json_file.h"
#include "files/model.h"
#include "files/safetensors.h"
#include "import.h"

enum { MOST_FILES = 256, COMPARED = 1 << 14 };

struct huggingface {
    size_t n_files;
    struct safetensors *file[MOST_FILES];
    struct found {
        const struct safetensors *file;
        const struct safetensor *tensor;  /* NULL where it was not found */
    } *weight,                            /* [n_weights] */
      head;                               /* lm_head.weight */
};

static void read_part(float *out, const struct published *p, size_t i, size_t first, size_t count)
{
    const struct huggingface *h = p->data;

    safetensors_read(out, h->weight[i].file, h->weight[i].tensor, first, count);
}

static const char *path_of(const struct published *p, size_t i)
{
    const struct huggingface *h = p->data;

    return h->weight[i].file->source.path;
}

static void close_files(struct published *p)
{
    struct huggingface *h = p->data;

    for (size_t i = 0; i < h->n_files; i++)
        safetensors_close(h->file[i]);
    free(h->weight);
    free(h);
}

/* ---------------------------------------------------------------------- the files */

static void add_file(struct published *p, const char *path)
{
    struct huggingface *h = p->data;

    h->file[h->n_files++] = safetensors_open(published_add_path(p, path));
}

/* An index maps each name to the file in the same folder that holds it. */
static void add_shards(struct published *p, const char *index, const char *folder)
{
    struct huggingface *h = p->data;
    json_t *json = json_file(published_add_path(p, index));
    json_t *map = json_object_get(json, "weight_map"), *value;
    char path[2 * IMPORT_PATH];
    const char *name;

    if (json_object_size(map) == 0)
        die("%s: has no weight_map of names and files", index);
    json_object_foreach(map, name, value) {
        const char *file = json_string_value(value);
        bool is_new = true;
        if (!file || !*file || !is_plain(file) || strchr(file, '/'))
            die("%s: its weight_map is damaged: a name has no file of the same folder", index);
        snprintf(path, sizeof path, "%s/%s", folder, file);
        for (size_t i = 0; i < h->n_files; i++)
            is_new = is_new && strcmp(h->file[i]->source.path, path) != 0;
        if (is_new && h->n_files == MOST_FILES)
            die("%s: names more than %d files", index, MOST_FILES);
        if (is_new)
            add_file(p, path);
    }
    json_decref(json);
}

/* ---------------------------------------------------------------------- the names */

/* The name that HuggingFace's modules give to a weight of ours. */
static const char *published_name(const char *name, enum family family)
{
    if (strcmp(name, "wte") == 0)
        return family == GPT1 ? "tokens_embed.weight" : "wte.weight";
    if (strcmp(name, "wpe") == 0)
        return family == GPT1 ? "positions_embed.weight" : "wpe.weight";
    return name;
}

static bool is_buffer(const char *name)
{
    int layer, length = 0;

    if (strcmp(name, "position_ids") == 0)
        return true;
    if (sscanf(name, "h.%d.%n", &layer, &length) < 1 || length == 0)
        return false;
    return strcmp(name + length, "attn.bias") == 0 ||
           strcmp(name + length, "attn.masked_bias") == 0;
}

static bool is_embedding(const char *name, enum family family)
{
    return strcmp(name, published_name("wte", family)) == 0 ||
           strcmp(name, published_name("wpe", family)) == 0;
}

/* A tensor that belongs to no weight of this model. */
static void pass_over(struct published *p, const struct safetensors *f, const char *name)
{
    const struct config *c = &p->graph->cfg;
    const enum family other = c->family == GPT1 ? GPT2 : GPT1;

    if (family_has_weight(c->family, name))
        die("%s: holds %s, config.json has n_layer %zu", f->source.path, name, c->n_layer);
    if (family_has_weight(other, name) || is_embedding(name, other))
        die("%s: %s is no weight of a %s model: do config.json and weights belong together?",
            f->source.path, name, c->family == GPT1 ? "gpt1" : "gpt2");
    p->passed_over++;
    if (!is_buffer(name) && !p->n_unknown++)
        p->unknown = name;
}

/* Finds the place of one tensor of a file. */
static void place_tensor(struct published *p, const struct safetensors *f,
                         const struct safetensor *t)
{
    static const char prefix[] = "transformer.";
    struct huggingface *h = p->data;
    const struct graph *g = p->graph;
    const bool has_prefix = strncmp(t->name, prefix, sizeof prefix - 1) == 0;
    const char *name = t->name + (has_prefix ? sizeof prefix - 1 : 0);
    const bool is_head = strcmp(t->name, "lm_head.weight") == 0;
    size_t i = 0;

    while (i < g->n_weights &&
           strcmp(published_name(g->weight[i].name, g->cfg.family), name) != 0)
        i++;
    if (i == g->n_weights && !is_head) {
        pass_over(p, f, name);
        return;
    }
    struct found *place = is_head ? &h->head : &h->weight[i];
    if (place->tensor)
        die("%s: holds %s, %s holds %s: which of the two is the weight?",
            place->file->source.path, place->tensor->name, f->source.path, t->name);
    *place = (struct found){f, t};
    p->passed_over += is_head;
}

/* ----------------------------------------------------------------------- the whole */

static void check_tensor(const struct found *at, const struct weight *w)
{
    const struct safetensor *t = at->tensor;
    const char *path = at->file->source.path;
    char is[160], should[160];

    if (t->rank != w->rank || memcmp(t->dim, w->dim, w->rank * sizeof w->dim[0]) != 0)
        die("%s: %s has shape %s, config.json says %s", path, t->name,
            shape_text(is, sizeof is, t->rank, t->dim),
            shape_text(should, sizeof should, w->rank, w->dim));
    if (t->kind == NUMBER_NONE)
        die("%s: %s holds %s: a weight has to be F16, BF16, F32 or F64", path, t->name, t->dtype);
}

/* Shapes first: where the config is wrong, weights may be missing for that reason. */
static void check_weights(const struct published *p, const char *weights)
{
    const struct huggingface *h = p->data;
    const struct graph *g = p->graph;
    size_t missing = 0, first = 0;

    for (size_t i = 0; i < g->n_weights; i++)
        if (h->weight[i].tensor)
            check_tensor(&h->weight[i], &g->weight[i]);
        else if (!missing++)
            first = i;
    const char *name = published_name(g->weight[first].name, g->cfg.family);
    if (missing == 1)
        die("%s: %s is missing", weights, name);
    if (missing)
        die("%s: %s is missing, and %zu more", weights, name, missing - 1);
    if (h->head.tensor)
        check_tensor(&h->head, &g->weight[0]);  /* wte, once more */
}

/* The unembedding is the token embedding: a model whose own differs is another model. */
static void check_head(const struct published *p)
{
    const struct huggingface *h = p->data;
    float *wte = allocate(COMPARED, sizeof *wte), *head = allocate(COMPARED, sizeof *head);
    const size_t count = h->head.tensor ? h->head.tensor->count : 0;

    for (size_t first = 0; first < count; first += COMPARED) {
        const size_t n = count - first < COMPARED ? count - first : COMPARED;
        safetensors_read(wte, h->weight[0].file, h->weight[0].tensor, first, n);
        safetensors_read(head, h->head.file, h->head.tensor, first, n);
        if (memcmp(wte, head, n * sizeof *wte) != 0)
            die("%s: lm_head.weight is not the token embedding: a model with an unembedding of "
                "its own cannot be imported", h->head.file->source.path);
    }
    free(wte);
    free(head);
}

struct published *huggingface_open(const struct place *at, enum family family)
{
    static const char index[] = ".index.json";
    const size_t length = strlen(at->weights);
    struct published *p = allocate(1, sizeof *p);
    struct huggingface *h = allocate(1, sizeof *h);

    if (!at->config[0])
        die("%s/config.json: is missing: it has the sizes of the model (--config FILE names it "
            "elsewhere)", at->folder);
    const struct config cfg = config_read(at->config, family);
    *h = (struct huggingface){0};
    *p = (struct published){.graph = graph_make(&cfg, 1, 1), .read = read_part,
                            .path_of = path_of, .close = close_files, .data = h};
    published_add_path(p, at->config);
    if (length > strlen(index) && strcmp(at->weights + length - strlen(index), index) == 0)
        add_shards(p, at->weights, at->folder);
    else
        add_file(p, at->weights);
    h->weight = allocate(p->graph->n_weights, sizeof *h->weight);
    memset(h->weight, 0, p->graph->n_weights * sizeof *h->weight);
    for (size_t f = 0; f < h->n_files; f++)
        for (size_t i = 0; i < h->file[f]->n; i++)
            place_tensor(p, h->file[f], &h->file[f]->tensor[i]);
    check_weights(p, at->weights);
    check_head(p);
    snprintf(p->form, sizeof p->form, "%.8s in safetensors", h->weight[0].tensor->dtype);
    return p;
}
