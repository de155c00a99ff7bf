/* dump_store.c: an HDF5 file as a dump. What is read is said by store.h. */
#include <stdlib.h>

#include "die.h"
#include "dump.h"

static bool find(void *file, const char *name, struct stored *what)
{
    return store_find(file, name, what);
}

static void read_ints(void *file, const char *name, long long *out)
{
    store_read_ints(file, name, out);
}

static void read_box(void *file, const char *name, const struct box *box, double *out)
{
    store_read_box(file, name, box, out);
}

static bool get_string(void *file, const char *object, const char *name, char *text,
                       size_t size)
{
    return store_get_string(file, object, name, text, size);
}

static bool get_real(void *file, const char *object, const char *name, double *value)
{
    return store_get_real(file, object, name, value);
}

static void each(void *file, const char *group, void visit(void *context, const char *name),
                 void *context)
{
    store_each_dataset(file, group, visit, context);
}

static void close_store(void *file)
{
    store_close(file);
}

struct dump *dump_of_store(struct store *s)
{
    struct dump *d = allocate(1, sizeof *d);

    *d = (struct dump){.path = store_path(s), .file = s, .store = s, .find = find,
                       .read_ints = read_ints, .read_box = read_box, .get_string = get_string,
                       .get_real = get_real, .each = each, .close = close_store};
    return d;
}

void dump_close(struct dump *d)
{
    if (!d)
        return;
    d->close(d->file);
    free(d);
}
