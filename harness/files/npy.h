/* npy.h: a .npy file, its header read and validated, its numbers read where they are
 * wanted. */
#ifndef NPY_H
#define NPY_H

#include "numbers.h"

enum { NPY_MAX_RANK = 8 };

struct npy {
    struct source source;
    enum number kind;                /* NUMBER_NONE where they are no floating-point numbers */
    size_t width;                    /* bytes of an element, where they are numbers of any kind */
    bool is_int, is_unsigned;        /* little-endian whole numbers */
    char descr[32];                  /* as the header has it */
    size_t rank, dim[NPY_MAX_RANK];  /* rank 0 is a scalar */
    size_t count;                    /* elements */
    off_t at;                        /* where they begin */
};

enum { NPY_MOST_HEADER = (1 << 16) + 12 };

/* Takes a file's first bytes apart, of which there are NPY_MOST_HEADER or all `size` of the
 * file. Numbers of all kinds are taken. Ends the program with one line, that begins with
 * `path`, where they are not what they should be. `source` is left alone. */
void npy_header(struct npy *n, const unsigned char *bytes, off_t size, const char *path);

/* Reads the header. Ends the program with one line where the file is not what it
 * should be, or holds anything but floating-point numbers, little-endian and row-major.
 * `path` is kept. */
struct npy npy_open(const char *path);
void npy_close(struct npy *n);

/* Elements first .. first+count-1, as floats. */
void npy_read(float *out, const struct npy *n, size_t first, size_t count);

#endif
