/* import_weights.c: copies published weights into a model file.
 *
 * A weight is read, converted and written block by block, each block whole chunks of the
 * file: memory does not grow with the model. Where the numbers lie is left to
 * import_huggingface.c and import_openai.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"
#include "files/model.h"
#include "import.h"
#include "words.h"

enum { BLOCK_ELEMENTS = 1 << 20 };

const char *published_add_path(struct published *p, const char *path)
{
    char **longer = allocate(p->n_paths + 1, sizeof *longer);

    if (p->n_paths)
        memcpy(longer, p->path, p->n_paths * sizeof *longer);
    free(p->path);
    p->path = longer;
    return p->path[p->n_paths++] = copy_text(path);
}

void published_free(struct published *p)
{
    p->close(p);
    graph_free(p->graph);
    free_all((void **)p->path, p->n_paths);
    free(p);
}

static void copy_weight(struct store *s, const struct published *p, size_t i)
{
    const struct weight *w = &p->graph->weight[i];
    const size_t rows = w->dim[0], row = w->count / rows;
    char path[MAX_NAME + 16];

    snprintf(path, sizeof path, "weights/%s", w->name);
    const size_t chunk = store_create_dataset(s, path, sizeof(float), w->rank, w->dim);
    const size_t chunks = BLOCK_ELEMENTS / (chunk * row);
    const size_t at_once = chunk * (chunks ? chunks : 1);
    float *block = allocate(row * (at_once < rows ? at_once : rows), sizeof *block);
    for (size_t first = 0; first < rows; first += at_once) {
        const size_t n = rows - first < at_once ? rows - first : at_once;
        p->read(block, p, i, first * row, n * row);
        const size_t bad = first_nonfinite(block, sizeof *block, n * row);
        if (bad < n * row)
            die("%s: %s is not finite at element %zu: weights must be numbers that fit a float",
                p->path_of(p, i), w->name, first * row + bad);
        store_write_rows(s, path, sizeof *block, block, first, n);
    }
    free(block);
}

void weights_copy(struct store *s, const struct published *p)
{
    const int shows = isatty(STDERR_FILENO);
    size_t all = 0, done = 0;

    for (size_t i = 0; i < p->graph->n_weights; i++)
        all += p->graph->weight[i].count;
    for (size_t i = 0; i < p->graph->n_weights; i++) {
        copy_weight(s, p, i);
        done += p->graph->weight[i].count;
        if (shows)
            fprintf(stderr, "\r%3.0f %%%s", 100.0 * (double)done / (double)all,
                    done == all ? "\n" : "");
    }
}
