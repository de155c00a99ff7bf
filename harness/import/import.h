/* import.h: published models, as the parts of the command import see them. */
#ifndef IMPORT_H
#define IMPORT_H

#include "files/store.h"
#include "files/vocabulary.h"
#include "graph.h"

enum { IMPORT_PATH = 4096 };

/* Where a published model lies. The paths of what the folder does not hold are "". */
struct place {
    char folder[IMPORT_PATH];       /* without a slash at its end */
    char weights[IMPORT_PATH];      /* .safetensors, its index, or params_shapes.json */
    char config[IMPORT_PATH];       /* config.json; none beside OpenAI's pieces */
    char vocab[IMPORT_PATH], merges[IMPORT_PATH];
};

/* A published model: its sizes, and how its weights are read. */
struct published {
    struct graph *graph;
    char form[64];           /* what the weights are, e.g. "F16 in safetensors" */
    size_t passed_over;      /* tensors that are there and are no weights */
    size_t n_unknown;        /* those among them that nobody knows */
    const char *unknown;     /* the name of the first of these */
    size_t n_paths;
    char **path;             /* [n_paths] all files that were opened */
    /* Elements first .. first+count-1 of weight i of the graph, as floats. */
    void (*read)(float *out, const struct published *p, size_t i, size_t first, size_t count);
    /* The file that weight i is in, for messages. */
    const char *(*path_of)(const struct published *p, size_t i);
    void (*close)(struct published *p);
    void *data;              /* of the functions above */
};

/* import_place.c: what a folder, or one file of it, holds. Ends the program with one line
 * that says which file is missing. */
void place_find(struct place *at, const char *operand);

/* Whether the weights are OpenAI's pieces. */
int place_is_pieces(const struct place *at);

/* import_config.c: the sizes in a config.json. `family` is 0 where it was not given. Ends
 * the program where it contradicts itself, or where the model is another than ours. */
struct config config_read(const char *path, enum family family);

/* import_huggingface.c and import_openai.c: open what is there and hold it against the
 * config; no number of a weight is read yet. `heads` is 0 where it was not given. */
struct published *huggingface_open(const struct place *at, enum family family);
struct published *openai_open(const struct place *at, size_t heads);

/* import_weights.c: reads every weight, block by block, and writes it into a store. Ends
 * the program where a number is not finite. */
void weights_copy(struct store *s, const struct published *p);

/* A list of all paths opened, for the struct. Keeps a copy. */
const char *published_add_path(struct published *p, const char *path);
void published_free(struct published *p);

#endif
