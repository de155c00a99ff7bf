/* npy.h: a .npy file, its header read and validated, its numbers read where they are
 * wanted. */
#ifndef NPY_H
#define NPY_H

#include "numbers.h"

enum { NPY_MAX_RANK = 8 };

struct npy {
    struct source source;
    enum number kind;
    size_t rank, dim[NPY_MAX_RANK];  /* rank 0 is a scalar */
    size_t count;                    /* elements */
    off_t at;                        /* where they begin */
};

/* Reads the header. Ends the program with one line where the file is not what it
 * should be, or holds anything but floating-point numbers, little-endian and row-major.
 * `path` is kept. */
struct npy npy_open(const char *path);
void npy_close(struct npy *n);

/* Elements first .. first+count-1, as floats. */
void npy_read(float *out, const struct npy *n, size_t first, size_t count);

#endif
