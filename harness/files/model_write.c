/* model_write.c: writes what model.c and vocabulary.c read. */
#include "model_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"

static void write_config(struct store *s, const struct config *c)
{
    store_set_string(s, "/", "family", c->family == GPT1 ? "gpt1" : "gpt2");
    store_set_int(s, "/", "n_layer", (long long)c->n_layer);
    store_set_int(s, "/", "n_head", (long long)c->n_head);
    store_set_int(s, "/", "d_model", (long long)c->d_model);
    store_set_int(s, "/", "d_ff", (long long)c->d_ff);
    store_set_int(s, "/", "n_ctx", (long long)c->n_ctx);
    store_set_int(s, "/", "n_vocab", (long long)c->n_vocab);
    store_set_real(s, "/", "ln_eps", c->ln_eps);
}

/* A table of n texts, each of one or two parts with a space between them. */
static void write_table(struct store *s, const char *name, const struct bytes *part,
                        size_t n_parts, size_t n)
{
    long long *offsets = allocate(n + 1, sizeof *offsets);
    unsigned char *text;
    size_t room = 0, used = 0;
    char path[64];

    for (size_t i = 0; i < n * n_parts; i++)
        room += part[i].length + 1;
    text = allocate(room, 1);
    for (size_t i = 0; i < n; i++) {
        offsets[i] = (long long)used;
        for (size_t k = 0; k < n_parts; k++) {
            const struct bytes *b = &part[i * n_parts + k];
            if (k)
                text[used++] = ' ';
            memcpy(text + used, b->at, b->length);
            used += b->length;
        }
    }
    offsets[n] = (long long)used;
    snprintf(path, sizeof path, "tokenizer/%s", name);
    store_write_bytes(s, path, text, used);
    snprintf(path, sizeof path, "tokenizer/%s_offsets", name);
    store_write_longs(s, path, offsets, n + 1);
    free(offsets);
    free(text);
}

void model_write_tokenizer(struct store *s, const struct vocabulary *v)
{
    write_table(s, "vocab", v->token, 1, v->n_tokens);
    if (v->merge)
        write_table(s, "merges", v->merge[0], 2, v->n_merges);
    store_set_string(s, "tokenizer", "kind", v->kind == TOKENIZER_GPT1 ? "gpt1" : "gpt2");
}

void model_write_attributes(struct store *s, const struct config *c, const char *name,
                            const char *source)
{
    store_set_string(s, "/", "format", "touchstone-model");
    store_set_int(s, "/", "format_version", 1);
    store_set_string(s, "/", "name", name);
    store_set_string(s, "/", "source", source);
    write_config(s, c);
}

void model_write(struct store *s, const struct graph *g, const char *name, const char *source,
                 float *const weight[], const struct vocabulary *v)
{
    model_write_attributes(s, &g->cfg, name, source);
    for (size_t i = 0; i < g->n_weights; i++) {
        char path[MAX_NAME + 16];
        snprintf(path, sizeof path, "weights/%s", g->weight[i].name);
        store_write(s, path, sizeof(float), weight[i], g->weight[i].rank, g->weight[i].dim);
    }
    if (v)
        model_write_tokenizer(s, v);
}
