/* store.h: named tensors in an HDF5 file.
 *
 * The only interface to HDF5: store.c alone includes hdf5.h. Paths of tensors
 * are those of docs/formats.md, e.g. "forward/h.0/q". Functions that cannot do
 * what their comment says end the program with one line (die.h), unless they
 * return a bool that says so. */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "box.h"

struct store;

enum { STORE_MAX_RANK = BOX_MAX_RANK };
enum stored_kind { STORED_FLOAT, STORED_INT, STORED_OTHER };

/* What a dataset is, before it is read. */
struct stored {
    enum stored_kind kind;
    size_t width;                     /* bytes of one element, as stored */
    bool is_unsigned;
    size_t rank, dim[STORE_MAX_RANK]; /* rank 0 is a scalar */
    size_t count;                     /* elements */
    size_t chunk[STORE_MAX_RANK];     /* stored in pieces of this shape; 0 where it is not */
};

/* Opens a file for reading. */
struct store *store_open(const char *path);

/* Begins a new file, or a changed copy of an existing one (where there is none:
 * a new one). Nothing is seen at `path` before store_commit. */
struct store *store_create(const char *path);
struct store *store_update(const char *path);

/* Puts what was written in place, all at once, and closes the store. */
void store_commit(struct store *s);

/* Closes a store that was read; drops what was written and not committed. */
void store_close(struct store *s);

const char *store_path(const struct store *s);

/* Whether a dataset of that name is there, and what it is. */
bool store_find(struct store *s, const char *name, struct stored *what);

/* Reads a whole dataset of floats as float or double (width 4 or 8), or of
 * integers. False: the data are damaged. The caller has looked with store_find
 * and `out` has room for all elements. */
bool store_try_read(struct store *s, const char *name, size_t width, void *out);
bool store_try_read_ints(struct store *s, const char *name, long long *out);
void store_read(struct store *s, const char *name, size_t width, void *out);
void store_read_ints(struct store *s, const char *name, long long *out);

/* Reads elements first .. first+count-1 along the first dimension only. */
bool store_try_read_rows(struct store *s, const char *name, size_t width, void *out,
                         size_t first, size_t count);

/* Reads a part of a dataset as doubles. Chunks that the box cuts are kept, up to a limit, for
 * the boxes that follow; those that lie in it whole are read once. */
void store_read_box(struct store *s, const char *name, const struct box *box, double *out);

/* Writes a dataset of floats of that width, stored as such; or of int32. One of
 * that name is replaced. rank 0 writes a scalar. */
void store_write(struct store *s, const char *name, size_t width, const void *data,
                 size_t rank, const size_t *dim);
void store_write_ints(struct store *s, const char *name, const int *data,
                      size_t rank, const size_t *dim);

/* The same for arrays [n] of bytes, and of int64. */
void store_write_bytes(struct store *s, const char *name, const unsigned char *data, size_t n);
void store_write_longs(struct store *s, const char *name, const long long *data, size_t n);

/* Makes a dataset of floats of that width to be filled by store_write_rows; the rank is
 * 1 or more. Returns how many rows fill whole chunks: rows are best written in multiples
 * of it, each multiple once. */
size_t store_create_dataset(struct store *s, const char *name, size_t width, size_t rank,
                            const size_t *dim);

/* Writes elements first .. first+count-1 along the first dimension of a dataset that is
 * there; `data` are floats of that width, which need not be that of the dataset. */
void store_write_rows(struct store *s, const char *name, size_t width, const void *data,
                      size_t first, size_t count);

/* Removes a dataset or a group, if it is there. */
void store_remove(struct store *s, const char *name);

/* Attributes of the root ("/"), of a group or of a dataset. The optional ones return false
 * where there is none of that name; any integer or float width and fixed- and
 * variable-length strings are read. */
bool store_get_string(struct store *s, const char *object, const char *name,
                      char *text, size_t size);
bool store_get_int(struct store *s, const char *object, const char *name, long long *value);
bool store_get_real(struct store *s, const char *object, const char *name, double *value);
void store_set_string(struct store *s, const char *object, const char *name,
                      const char *text);
void store_set_int(struct store *s, const char *object, const char *name, long long value);
void store_set_real(struct store *s, const char *object, const char *name, double value);

/* Calls `visit` for every dataset below `group` (or every attribute of an
 * object), in the order of their names. */
void store_each_dataset(struct store *s, const char *group,
                        void visit(void *context, const char *name), void *context);
void store_each_attribute(struct store *s, const char *object,
                          void visit(void *context, const char *name), void *context);

#endif
