/* model.h: a model file (docs/formats.md), read and validated. */
#ifndef MODEL_H
#define MODEL_H

#include "graph.h"
#include "store.h"

struct model {
    struct store *file;
    char name[128];
    struct config cfg;
};

/* Opens a model file and checks its attributes, and that every weight of its
 * family is there in its shape. Ends the program with one line otherwise. */
struct model *model_open(const char *path);
void model_close(struct model *m);

/* Reads one weight, as float or double (width 4 or 8); it must be finite. The
 * caller frees it. */
void *model_weight(struct model *m, const struct weight *w, size_t width);

/* All weights in the graph's order; free with free_all. */
void **model_weights(struct model *m, const struct graph *g, size_t width);
void free_all(void **array, size_t count);

/* Both of these end the program with one line where the file is not what it
 * should be. `format` is touchstone-model or touchstone-trace. */
void check_format(struct store *s, const char *format);
enum family read_family(struct store *s);

/* "[2, 16, 32]", for messages. Returns text. */
char *shape_text(char *text, size_t size, size_t rank, const size_t *dim);

/* The index of the first element that is not finite, or count. */
size_t first_nonfinite(const void *data, size_t width, size_t count);

#endif
