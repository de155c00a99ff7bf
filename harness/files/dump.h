/* dump.h: named arrays in a file of any of the formats in which people dump tensors: HDF5
 * (docs/formats.md), numpy's .npz, safetensors. Names are those of a trace, e.g.
 * "forward/h.0/q", with or without a `/` before them in the file. */
#ifndef DUMP_H
#define DUMP_H

#include "box.h"
#include "store.h"

/* An opened file, and what its format does. Functions that cannot do what they should end
 * the program with one line that names the file. */
struct dump {
    const char *path;
    void *file;  /* the format's own */
    struct store *store;  /* where it is HDF5; else NULL */

    bool (*find)(void *file, const char *name, struct stored *what);
    void (*read_ints)(void *file, const char *name, long long *out);
    /* Floating-point numbers; one that is not there is a mistake of the caller. */
    void (*read_box)(void *file, const char *name, const struct box *box, double *out);
    /* Attributes, as of store.h. An object is "/" or an array. */
    bool (*get_string)(void *file, const char *object, const char *name, char *text,
                       size_t size);
    bool (*get_real)(void *file, const char *object, const char *name, double *value);
    /* Every array below a group, without a `/` before its name. */
    void (*each)(void *file, const char *group, void visit(void *context, const char *name),
                 void *context);
    void (*close)(void *file);
};

/* dump_store.c: an HDF5 file; the store is taken over. */
struct dump *dump_of_store(struct store *s);

/* dump.c: a file of any format, told by its first bytes. `path` is kept. */
struct dump *dump_open(const char *path);

/* dump_npz.c and dump_safetensors.c. */
struct dump *dump_of_npz(const char *path);
struct dump *dump_of_safetensors(const char *path);

void dump_close(struct dump *d);

#endif
