/* npz.c: reads .npz files.
 *
 * An .npz file is a zip file with a .npy file for each array (numpy/numpy,
 * numpy/lib/npyio.py, _savez), stored or deflated. A deflated file cannot be read from its
 * middle, and only at its end is known whether its checksum holds; so an array is inflated
 * whole before any of it is used: into memory up to IN_MEMORY bytes, else into a file in
 * TMPDIR, or /var/tmp, that has no name. The zip format is left to libzip, the header of an
 * array to npy.c. */
#include "npz.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

#include "die.h"
#include "json_file.h"

enum { IN_MEMORY = 64 << 20, BLOCK = 1 << 16, PATH_ROOM = 4096 };

struct member {
    char *name;         /* without .npy */
    zip_uint64_t index; /* in the directory */
    size_t size;        /* inflated */
    bool is_read;       /* the header */
    struct npy header;
};

struct npz {
    const char *path;
    zip_t *zip;
    size_t n;
    struct member *member;
    size_t kept;            /* the array that is inflated, or n */
    unsigned char *memory;  /* its bytes, or */
    int file;               /* where they lie; -1 */
};

static _Noreturn void damaged(const struct npz *z, const char *name, const char *why)
{
    die("%s: %s cannot be read: %s: get or make the file again", z->path, name, why);
}

/* Adds entry `index` of the directory, where it is an array. */
static void add_member(struct npz *z, zip_uint64_t index)
{
    zip_stat_t stat;

    if (zip_stat_index(z->zip, index, 0, &stat) != 0 || !(stat.valid & ZIP_STAT_NAME) ||
        !(stat.valid & ZIP_STAT_SIZE))
        die("%s: its directory is damaged: get or make the file again", z->path);
    const char *name = stat.name[0] == '/' ? stat.name + 1 : stat.name;
    const size_t length = strlen(name);

    if (!is_plain(name))
        die("%s: its directory is damaged: a name holds control characters", z->path);
    if (length < 5 || strcmp(name + length - 4, ".npy") != 0)
        return;
    struct member *m = &z->member[z->n];
    *m = (struct member){.name = allocate(length, 1), .index = index, .size = stat.size};
    memcpy(m->name, name, length - 4);
    m->name[length - 4] = '\0';
    if (npz_find(z, m->name) < z->n)
        die("%s: holds %s twice: write it once", z->path, m->name);
    z->n++;
}

struct npz *npz_open(const char *path)
{
    struct npz *z = allocate(1, sizeof *z);
    zip_error_t error;
    int code = 0;

    *z = (struct npz){.path = path, .zip = zip_open(path, ZIP_RDONLY, &code), .file = -1};
    if (!z->zip) {
        zip_error_init_with_code(&error, code);
        die("%s: is no sound .npz file: %s: get or make it again", path,
            zip_error_strerror(&error));
    }
    const zip_int64_t count = zip_get_num_entries(z->zip, 0);
    z->member = allocate((size_t)count + 1, sizeof *z->member);
    for (zip_int64_t i = 0; i < count; i++)
        add_member(z, (zip_uint64_t)i);
    z->kept = z->n;
    return z;
}

static void drop_kept(struct npz *z)
{
    free(z->memory);
    z->memory = NULL;
    if (z->file >= 0)
        close(z->file);
    z->file = -1;
    z->kept = z->n;
}

void npz_close(struct npz *z)
{
    drop_kept(z);
    for (size_t i = 0; i < z->n; i++)
        free(z->member[i].name);
    free(z->member);
    zip_discard(z->zip);
    free(z);
}

size_t npz_count(const struct npz *z)
{
    return z->n;
}

const char *npz_name(const struct npz *z, size_t i)
{
    return z->member[i].name;
}

size_t npz_find(const struct npz *z, const char *name)
{
    size_t i = 0;

    while (i < z->n && strcmp(z->member[i].name, name) != 0)
        i++;
    return i;
}

/* ------------------------------------------------------------------- one array */

static zip_file_t *open_member(const struct npz *z, const struct member *m)
{
    zip_file_t *f = zip_fopen_index(z->zip, m->index, 0);

    if (!f)
        damaged(z, m->name, zip_strerror(z->zip));
    return f;
}

/* Exactly `size` bytes. */
static void take(unsigned char *out, const struct npz *z, const struct member *m, zip_file_t *f,
                 size_t size)
{
    for (size_t have = 0; have < size;) {
        const zip_int64_t n = zip_fread(f, out + have, size - have);

        if (n < 0)
            damaged(z, m->name, zip_file_strerror(f));
        if (n == 0)
            damaged(z, m->name, "it ends too early");
        have += (size_t)n;
    }
}

const struct npy *npz_header(struct npz *z, size_t i)
{
    struct member *m = &z->member[i];
    const size_t size = m->size < NPY_MOST_HEADER ? m->size : NPY_MOST_HEADER;
    char place[PATH_ROOM];

    if (m->is_read)
        return &m->header;
    unsigned char *bytes = allocate(NPY_MOST_HEADER, 1);
    zip_file_t *f = open_member(z, m);
    take(bytes, z, m, f, size);
    zip_fclose(f);
    snprintf(place, sizeof place, "%s: %s.npy", z->path, m->name);
    npy_header(&m->header, bytes, (off_t)m->size, place);
    free(bytes);
    m->is_read = true;
    return &m->header;
}

/* A file without a name, which is gone when the program ends. */
static int temporary_file(const struct npz *z, const struct member *m)
{
    const char *folder = getenv("TMPDIR");
    char path[PATH_ROOM];

    snprintf(path, sizeof path, "%s/touchstone-XXXXXX", folder && *folder ? folder : "/var/tmp");
    const int file = mkstemp(path);
    if (file < 0 || unlink(path) != 0)
        die("%s: %s needs a temporary file of %zu bytes, %s cannot be written: %s: set TMPDIR",
            z->path, m->name, m->size, path, strerror(errno));
    return file;
}

static void put(const struct npz *z, const struct member *m, const unsigned char *bytes,
                size_t size)
{
    for (size_t done = 0; done < size;) {
        const ssize_t n = write(z->file, bytes + done, size - done);

        if (n < 0 && errno != EINTR)
            die("%s: %s needs a temporary file of %zu bytes: %s: set TMPDIR", z->path, m->name,
                m->size, strerror(errno));
        done += n > 0 ? (size_t)n : 0;
    }
}

static void inflate_member(struct npz *z, const struct member *m)
{
    unsigned char block[BLOCK];
    zip_file_t *f = open_member(z, m);

    if (m->size <= IN_MEMORY) {
        z->memory = allocate(m->size + 1, 1);
        take(z->memory, z, m, f, m->size);
    } else {
        z->file = temporary_file(z, m);
        for (size_t done = 0; done < m->size;) {
            const size_t n = m->size - done < BLOCK ? m->size - done : BLOCK;
            take(block, z, m, f, n);
            put(z, m, block, n);
            done += n;
        }
    }
    /* The checksum is compared when the end is read. */
    const zip_int64_t rest = zip_fread(f, block, 1);
    if (rest != 0)
        damaged(z, m->name, rest < 0 ? zip_file_strerror(f) : "it is longer than it says");
    zip_fclose(f);
}

void npz_read(unsigned char *out, struct npz *z, size_t i, size_t at, size_t size)
{
    const struct member *m = &z->member[i];
    const size_t from = (size_t)npz_header(z, i)->at + at;

    if (z->kept != i) {
        drop_kept(z);
        inflate_member(z, m);
        z->kept = i;
    }
    if (z->memory)
        memcpy(out, z->memory + from, size);
    else
        source_read(&(struct source){.path = z->path, .file = z->file}, out, size, (off_t)from);
}
