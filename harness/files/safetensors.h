/* safetensors.h: a .safetensors file, its header read and validated, its numbers read
 * where they are wanted. */
#ifndef SAFETENSORS_H
#define SAFETENSORS_H

#include "numbers.h"

enum { SAFETENSORS_MAX_RANK = 8 };

struct safetensor {
    const char *name, *dtype;  /* as the header has them, e.g. "wte.weight", "F16" */
    size_t width;              /* bytes of an element */
    enum number kind;          /* NUMBER_NONE where they are no floating-point numbers */
    size_t rank, dim[SAFETENSORS_MAX_RANK];
    size_t count;              /* elements; may be 0 */
    off_t at, end;             /* its bytes in the file */
};

struct safetensors {
    struct source source;
    size_t n;
    struct safetensor *tensor;  /* [n] in the order in which they lie in the file */
    void *header;               /* what names point into */
};

/* Reads the header. Ends the program with one line where the file is not what it
 * should be. `path` is kept. */
struct safetensors *safetensors_open(const char *path);
void safetensors_close(struct safetensors *f);

/* Elements first .. first+count-1 of a tensor of numbers, as floats. */
void safetensors_read(float *out, const struct safetensors *f, const struct safetensor *t,
                      size_t first, size_t count);

/* A text of the header's __metadata__, or NULL where there is none of that key. */
const char *safetensors_metadata(const struct safetensors *f, const char *key);

#endif
