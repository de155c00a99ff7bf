/* dump_npz.c: an .npz file as a dump. It has no attributes. What the file looks like is said
 * by npz.h. */
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "dump.h"
#include "npz.h"

enum { BLOCK = 1 << 13 };  /* elements read at a time */

static bool find(void *file, const char *name, struct stored *what)
{
    struct npz *z = file;
    const size_t i = npz_find(z, name);

    if (i == npz_count(z))
        return false;
    const struct npy *n = npz_header(z, i);
    *what = (struct stored){.kind = n->kind != NUMBER_NONE ? STORED_FLOAT
                                    : n->is_int            ? STORED_INT
                                                           : STORED_OTHER,
                            .width = n->width, .is_unsigned = n->is_unsigned,
                            .rank = n->rank, .count = n->count};
    memcpy(what->dim, n->dim, sizeof what->dim);
    return true;
}

static void read_ints(void *file, const char *name, long long *out)
{
    struct npz *z = file;
    const size_t i = npz_find(z, name);
    const struct npy *n = npz_header(z, i);
    unsigned char *bytes = allocate(n->count, n->width);

    npz_read(bytes, z, i, 0, n->count * n->width);
    numbers_decode_ints(out, bytes, n->width, n->is_unsigned, n->count);
    free(bytes);
}

struct reading {
    struct npz *file;
    size_t member, width;
    enum number kind;
    double *out;
};

static void read_run(void *context, size_t flat, size_t local, size_t count)
{
    const struct reading *r = context;
    unsigned char bytes[BLOCK * 8];

    for (size_t done = 0; done < count;) {
        const size_t n = count - done < BLOCK ? count - done : BLOCK;

        npz_read(bytes, r->file, r->member, (flat + done) * r->width, n * r->width);
        numbers_decode_wide(r->out + local + done, bytes, r->kind, n);
        done += n;
    }
}

static void read_box(void *file, const char *name, const struct box *box, double *out)
{
    const size_t i = npz_find(file, name);
    const struct npy *n = npz_header(file, i);
    struct reading r = {file, i, n->width, n->kind, out};

    box_runs(box, read_run, &r);
}

static bool get_string(void *file, const char *object, const char *name, char *text,
                       size_t size)
{
    (void)file, (void)object, (void)name, (void)text, (void)size;
    return false;
}

static bool get_real(void *file, const char *object, const char *name, double *value)
{
    (void)file, (void)object, (void)name, (void)value;
    return false;
}

static void each(void *file, const char *group, void visit(void *context, const char *name),
                 void *context)
{
    const size_t length = strlen(group);

    for (size_t i = 0; i < npz_count(file); i++) {
        const char *name = npz_name(file, i);
        if (strncmp(name, group, length) == 0 && name[length] == '/')
            visit(context, name);
    }
}

static void close_file(void *file)
{
    npz_close(file);
}

struct dump *dump_of_npz(const char *path)
{
    struct dump *d = allocate(1, sizeof *d);

    *d = (struct dump){.path = path, .file = npz_open(path), .find = find,
                       .read_ints = read_ints, .read_box = read_box, .get_string = get_string,
                       .get_real = get_real, .each = each, .close = close_file};
    return d;
}
