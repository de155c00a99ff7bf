/* dump_safetensors.c: a safetensors file as a dump. Its __metadata__ are the attributes of
 * the root; an array has none. What the file looks like is said by safetensors.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "dump.h"
#include "safetensors.h"

enum { BLOCK = 1 << 13 };  /* elements read at a time */

static const char *plain_name(const char *name)
{
    return name[0] == '/' ? name + 1 : name;
}

static const struct safetensor *look_up(const struct safetensors *f, const char *name)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(plain_name(f->tensor[i].name), name) == 0)
            return &f->tensor[i];
    return NULL;
}

static bool find(void *file, const char *name, struct stored *what)
{
    const struct safetensor *t = look_up(file, name);

    if (!t)
        return false;
    *what = (struct stored){.kind = t->kind != NUMBER_NONE            ? STORED_FLOAT
                                    : strchr("IU", t->dtype[0]) ? STORED_INT
                                                                      : STORED_OTHER,
                            .width = t->width, .is_unsigned = t->dtype[0] == 'U',
                            .rank = t->rank, .count = t->count};
    memcpy(what->dim, t->dim, sizeof what->dim);
    return true;
}

static void read_ints(void *file, const char *name, long long *out)
{
    const struct safetensors *f = file;
    const struct safetensor *t = look_up(f, name);
    unsigned char *bytes = allocate(t->count, t->width);

    source_read(&f->source, bytes, t->count * t->width, t->at);
    numbers_decode_ints(out, bytes, t->width, t->dtype[0] == 'U', t->count);
    free(bytes);
}

struct reading {
    const struct safetensors *file;
    const struct safetensor *tensor;
    double *out;
};

static void read_run(void *context, size_t flat, size_t local, size_t count)
{
    const struct reading *r = context;
    const size_t width = r->tensor->width;
    unsigned char bytes[BLOCK * 8];

    for (size_t done = 0; done < count;) {
        const size_t n = count - done < BLOCK ? count - done : BLOCK;

        source_read(&r->file->source, bytes, n * width,
                    r->tensor->at + (off_t)((flat + done) * width));
        numbers_decode_wide(r->out + local + done, bytes, r->tensor->kind, n);
        done += n;
    }
}

static void read_box(void *file, const char *name, const struct box *box, double *out)
{
    struct reading r = {file, look_up(file, name), out};

    box_runs(box, read_run, &r);
}

static bool get_string(void *file, const char *object, const char *name, char *text,
                       size_t size)
{
    const char *value = strcmp(object, "/") == 0 ? safetensors_metadata(file, name) : NULL;

    if (value)
        snprintf(text, size, "%s", value);
    return value != NULL;
}

static bool get_real(void *file, const char *object, const char *name, double *value)
{
    (void)file, (void)object, (void)name, (void)value;
    return false;
}

static void each(void *file, const char *group, void visit(void *context, const char *name),
                 void *context)
{
    const struct safetensors *f = file;
    const size_t length = strlen(group);

    for (size_t i = 0; i < f->n; i++) {
        const char *name = plain_name(f->tensor[i].name);
        if (strncmp(name, group, length) == 0 && name[length] == '/')
            visit(context, name);
    }
}

static void close_file(void *file)
{
    safetensors_close(file);
}

/* With and without a `/` before it a name means the same. */
static void check_names(const struct safetensors *f)
{
    for (size_t i = 0; i < f->n; i++)
        if (look_up(f, plain_name(f->tensor[i].name)) != &f->tensor[i])
            die("%s: holds %s twice, with and without a / before its name: write it once",
                f->source.path, plain_name(f->tensor[i].name));
}

struct dump *dump_of_safetensors(const char *path)
{
    struct dump *d = allocate(1, sizeof *d);
    struct safetensors *f = safetensors_open(path);

    check_names(f);
    *d = (struct dump){.path = path, .file = f, .find = find, .read_ints = read_ints,
                       .read_box = read_box, .get_string = get_string, .get_real = get_real,
                       .each = each, .close = close_file};
    return d;
}
