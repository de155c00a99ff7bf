/* npz.h: the arrays of an .npz file (numpy's savez and savez_compressed). */
#ifndef NPZ_H
#define NPZ_H

#include "npy.h"

struct npz;

/* Reads the directory. Ends the program with one line where the file is no sound zip file.
 * `path` is kept. */
struct npz *npz_open(const char *path);
void npz_close(struct npz *z);

/* How many arrays there are, and the names: of `forward/h.0/q.npy` and
 * `/forward/h.0/q.npy` alike `forward/h.0/q`. No name is there twice. */
size_t npz_count(const struct npz *z);
const char *npz_name(const struct npz *z, size_t i);

/* The array of that name, or npz_count where there is none. */
size_t npz_find(const struct npz *z, const char *name);

/* What array i is, by its header; its `source` is not set. */
const struct npy *npz_header(struct npz *z, size_t i);

/* Bytes of array i's elements, from byte `at` of them on. The first call inflates the whole
 * array, into memory or, where it is large, into a temporary file, and checks it; one array
 * is kept so at a time. */
void npz_read(unsigned char *out, struct npz *z, size_t i, size_t at, size_t size);

#endif
