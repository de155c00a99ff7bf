/* store.c: named tensors in an HDF5 file; the only file that includes hdf5.h.
 *
 * Datasets other than scalars are chunked and carry the shuffle, gzip and
 * Fletcher-32 filters, so that a damaged one is refused when it is read; the
 * metadata of files written here carry checksums too (format 1.8 and newer).
 * No object keeps the time it was made at: the same tensors make the same bytes.
 * A file is written beside its place under another name and moved there when it
 * is whole, so that no partial file is ever seen. */
#include "store.h"

#include <errno.h>
#include <hdf5.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "die.h"
#include "guard.h"
#include "part.h"

enum { CHUNK_ELEMENTS = 1 << 17, PATH_ROOM = 4096, NAME_ROOM = 512 };
enum { CACHE_BYTES = 160 << 20, CACHE_SLOTS = 10007 };  /* of chunks that boxes cut */

struct store {
    hid_t file;
    hid_t open;                      /* the dataset that is read in boxes, or -1 */
    char open_name[NAME_ROOM];
    char path[PATH_ROOM];
    char temporary[PATH_ROOM + 16];  /* "" where the store is only read */
};

/* ------------------------------------------------------------- open, close */

static struct store *new_store(const char *path)
{
    static bool ready;
    struct store *s = allocate(1, sizeof *s);

    if (!ready) {
        H5dont_atexit();  /* its own clean-up would write on after a full disk */
        H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
        signal(SIGXFSZ, SIG_IGN);  /* a limit on file size is an error like a full disk */
        ready = true;
    }
    memset(s, 0, sizeof *s);
    s->open = -1;
    if (strlen(path) >= PATH_ROOM)
        die("%.60s...: the path is too long", path);
    strcpy(s->path, path);
    return s;
}

static hid_t access_properties(void)
{
    hid_t fapl = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_libver_bounds(fapl, H5F_LIBVER_V18, H5F_LIBVER_V110);
    return fapl;
}

/* Properties, of a kind of object that is to be made, which leave its time out. */
static hid_t timeless(hid_t kind)
{
    hid_t properties = H5Pcreate(kind);
    H5Pset_obj_track_times(properties, false);
    return properties;
}

static void open_file(struct store *s, const char *path, unsigned flags)
{
    struct stat st;
    FILE *probe = fopen(path, "rb");

    if (!probe)
        die("%s: cannot be read: %s", s->path, strerror(errno));
    fclose(probe);
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        die("%s: is a folder, an HDF5 file is needed", s->path);
    guard_enter(s->path, 0);
    if (H5Fis_hdf5(path) <= 0)
        die("%s: is not an HDF5 file, or its beginning is damaged", s->path);
    hid_t fapl = access_properties();
    s->file = H5Fopen(path, flags, fapl);
    H5Pclose(fapl);
    if (s->file < 0)
        die("%s: is damaged or cut short: get or make it again", s->path);
    guard_leave();
}

struct store *store_open(const char *path)
{
    struct store *s = new_store(path);
    open_file(s, path, H5F_ACC_RDONLY);
    return s;
}

static void name_temporary(struct store *s)
{
    part_name(s->temporary, sizeof s->temporary, s->path);
    guard_unfinished(s->temporary);  /* one at a time is enough */
}

struct store *store_create(const char *path)
{
    struct store *s = new_store(path);
    struct stat st;

    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        die("%s: is a folder, name a file in it", path);
    name_temporary(s);
    FILE *probe = fopen(s->temporary, "wb");
    if (!probe)
        die("%s: cannot be written: %s", path, strerror(errno));
    fclose(probe);
    hid_t creation = timeless(H5P_FILE_CREATE), access = access_properties();
    s->file = H5Fcreate(s->temporary, H5F_ACC_TRUNC, creation, access);
    H5Pclose(creation);
    H5Pclose(access);
    if (s->file < 0)
        die("%s: cannot be written", path);
    return s;
}

static void copy_file(const struct store *s)
{
    static char buffer[1 << 16];
    FILE *from = fopen(s->path, "rb"), *to = from ? fopen(s->temporary, "wb") : NULL;
    size_t n;

    if (!to)
        die("%s: cannot be changed: %s", s->path, strerror(errno));
    while ((n = fread(buffer, 1, sizeof buffer, from)) > 0)
        if (fwrite(buffer, 1, n, to) != n)
            die("%s: cannot be changed: %s", s->path, strerror(errno));
    if (ferror(from) || fclose(to) != 0)
        die("%s: cannot be changed: %s", s->path, strerror(errno));
    fclose(from);
}

struct store *store_update(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0 && errno == ENOENT)
        return store_create(path);
    store_close(store_open(path));  /* says what is wrong with it, if anything */
    struct store *s = new_store(path);
    name_temporary(s);
    copy_file(s);
    open_file(s, s->temporary, H5F_ACC_RDWR);
    return s;
}

static size_t written_bytes(const struct store *s)
{
    struct stat st;
    return stat(s->temporary, &st) == 0 ? (size_t)st.st_size : 0;
}

void store_commit(struct store *s)
{
    guard_enter(s->path, written_bytes(s));
    if (H5Fflush(s->file, H5F_SCOPE_LOCAL) < 0 || H5Fclose(s->file) < 0)
        die("%s: could not be written whole: is the disk full?", s->path);
    guard_leave();
    if (!part_finish(s->temporary, s->path))
        die("%s: cannot be written: %s", s->path, strerror(errno));
    guard_unfinished("");
    free(s);
}

void store_close(struct store *s)
{
    if (!s)
        return;
    guard_enter(s->path, 0);
    if (s->open >= 0)
        H5Dclose(s->open);
    H5Fclose(s->file);
    guard_leave();
    if (s->temporary[0]) {
        unlink(s->temporary);
        guard_unfinished("");
    }
    free(s);
}

const char *store_path(const struct store *s)
{
    return s->path;
}

/* ------------------------------------------------------------------ reading */

/* H5Lexists wants every group on the way to be there. */
static bool link_exists(const struct store *s, const char *name)
{
    char part[NAME_ROOM];

    if (strcmp(name, "/") == 0)
        return true;
    for (size_t i = 1; name[i - 1] && i < sizeof part; i++)
        if (name[i] == '/' || name[i] == '\0') {
            memcpy(part, name, i);
            part[i] = '\0';
            if (H5Lexists(s->file, part, H5P_DEFAULT) <= 0)
                return false;
            if (name[i] == '\0')
                break;
        }
    return H5Oexists_by_name(s->file, name, H5P_DEFAULT) > 0;
}

static hid_t open_dataset(const struct store *s, const char *name)
{
    return link_exists(s, name) ? H5Dopen2(s->file, name, H5P_DEFAULT) : -1;
}

static void describe_chunk(hid_t dataset, struct stored *what)
{
    hid_t creation = H5Dget_create_plist(dataset);
    hsize_t chunk[H5S_MAX_RANK];

    if (what->rank && H5Pget_layout(creation) == H5D_CHUNKED &&
        H5Pget_chunk(creation, H5S_MAX_RANK, chunk) == (int)what->rank)
        for (size_t i = 0; i < what->rank; i++)
            what->chunk[i] = (size_t)chunk[i];
    H5Pclose(creation);
}

static void describe(hid_t dataset, struct stored *what)
{
    hid_t space = H5Dget_space(dataset), type = H5Dget_type(dataset);
    hsize_t dim[H5S_MAX_RANK];
    const int rank = H5Sget_simple_extent_dims(space, dim, NULL);
    const H5T_class_t class = H5Tget_class(type);

    *what = (struct stored){.kind = class == H5T_FLOAT     ? STORED_FLOAT
                                    : class == H5T_INTEGER ? STORED_INT
                                                           : STORED_OTHER,
                            .width = H5Tget_size(type), .count = 1,
                            .is_unsigned = class == H5T_INTEGER &&
                                           H5Tget_sign(type) == H5T_SGN_NONE};
    if (rank >= 0 && rank <= STORE_MAX_RANK && H5Sget_simple_extent_type(space) != H5S_NULL) {
        what->rank = (size_t)rank;
        for (int i = 0; i < rank; i++) {
            what->dim[i] = (size_t)dim[i];
            if (dim[i] && what->count > ((size_t)1 << 48) / dim[i])
                what->kind = STORED_OTHER;  /* no such size is real */
            else
                what->count *= (size_t)dim[i];
        }
    } else {
        what->kind = STORED_OTHER;
    }
    H5Sclose(space);
    H5Tclose(type);
    describe_chunk(dataset, what);
}

bool store_find(struct store *s, const char *name, struct stored *what)
{
    guard_enter(s->path, 0);
    hid_t dataset = open_dataset(s, name);
    if (dataset >= 0) {
        describe(dataset, what);
        H5Dclose(dataset);
    }
    guard_leave();
    return dataset >= 0;
}

static bool read_as(struct store *s, const char *name, hid_t type, void *out)
{
    struct stored what;
    bool ok = false;

    if (!store_find(s, name, &what))
        return false;
    guard_enter(s->path, what.count * what.width);
    hid_t dataset = open_dataset(s, name);
    if (dataset >= 0) {
        ok = H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, out) >= 0;
        H5Dclose(dataset);
    }
    guard_leave();
    return ok;
}

static hid_t float_type(size_t width)
{
    return width == 4 ? H5T_NATIVE_FLOAT : H5T_NATIVE_DOUBLE;
}

bool store_try_read(struct store *s, const char *name, size_t width, void *out)
{
    return read_as(s, name, float_type(width), out);
}

bool store_try_read_ints(struct store *s, const char *name, long long *out)
{
    return read_as(s, name, H5T_NATIVE_LLONG, out);
}

static _Noreturn void damaged(const struct store *s, const char *name)
{
    die("%s: /%s is damaged (its checksum or compression does not hold): get or make the "
        "file again", s->path, name);
}

void store_read(struct store *s, const char *name, size_t width, void *out)
{
    if (!store_try_read(s, name, width, out))
        damaged(s, name);
}

void store_read_ints(struct store *s, const char *name, long long *out)
{
    if (!store_try_read_ints(s, name, out))
        damaged(s, name);
}

/* Selects elements first .. first+count-1 along the first dimension of a dataset;
 * returns the file's dataspace. Both are the caller's to close. */
static hid_t select_rows(hid_t *memory_space, hid_t dataset, const struct stored *what,
                         size_t first, size_t count)
{
    hsize_t start[STORE_MAX_RANK] = {first}, dim[STORE_MAX_RANK] = {count};
    hid_t file_space = H5Dget_space(dataset);

    for (size_t i = 1; i < what->rank; i++)
        dim[i] = what->dim[i];
    *memory_space = H5Screate_simple((int)what->rank, dim, NULL);
    H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start, NULL, dim, NULL);
    return file_space;
}

bool store_try_read_rows(struct store *s, const char *name, size_t width, void *out,
                         size_t first, size_t count)
{
    struct stored what;
    bool ok = false;

    if (!store_find(s, name, &what) || what.rank == 0)
        return false;
    guard_enter(s->path, what.count / what.dim[0] * count * what.width);
    hid_t dataset = open_dataset(s, name);
    if (dataset >= 0) {
        hid_t memory_space, file_space = select_rows(&memory_space, dataset, &what, first, count);
        ok = H5Dread(dataset, float_type(width), memory_space, file_space, H5P_DEFAULT, out) >= 0;
        H5Sclose(memory_space);
        H5Sclose(file_space);
        H5Dclose(dataset);
    }
    guard_leave();
    return ok;
}

/* The bytes of the chunks that a box cuts and that the next box will want again; 0 where
 * it cuts none. */
static size_t cut_bytes(const struct box *box, const struct stored *what)
{
    size_t bytes = what->width;
    bool cuts = false;

    for (size_t i = 0; i < what->rank; i++) {
        const size_t chunk = what->chunk[i], end = box->start[i] + box->count[i];

        if (chunk == 0)
            return 0;
        cuts |= box->start[i] % chunk != 0 || (end % chunk != 0 && end != what->dim[i]);
        bytes *= ((end - 1) / chunk - box->start[i] / chunk + 1) * chunk;
    }
    return !cuts ? 0 : bytes < CACHE_BYTES ? bytes : CACHE_BYTES;
}

/* Opens a dataset with room for `cache` bytes of its chunks, in place of the one before. */
static void open_for_boxes(struct store *s, const char *name, size_t cache)
{
    hid_t access = H5Pcreate(H5P_DATASET_ACCESS);

    if (s->open >= 0)
        H5Dclose(s->open);
    H5Pset_chunk_cache(access, CACHE_SLOTS, cache, 1);
    s->open = H5Dopen2(s->file, name, access);
    H5Pclose(access);
    snprintf(s->open_name, sizeof s->open_name, "%s", name);
}

static bool read_box(hid_t dataset, const struct box *box, double *out)
{
    hsize_t start[STORE_MAX_RANK], count[STORE_MAX_RANK];
    hid_t space = H5Dget_space(dataset);

    for (size_t i = 0; i < box->rank; i++) {
        start[i] = box->start[i];
        count[i] = box->count[i];
    }
    hid_t memory = H5Screate_simple((int)box->rank, count, NULL);
    const bool ok = H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
                    H5Dread(dataset, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, out) >= 0;
    H5Sclose(memory);
    H5Sclose(space);
    return ok;
}

void store_read_box(struct store *s, const char *name, const struct box *box, double *out)
{
    struct stored what;

    if (box->rank == 0 || !store_find(s, name, &what) || what.rank != box->rank) {
        store_read(s, name, 8, out);
        return;
    }
    guard_enter(s->path, what.count * what.width);
    if (s->open < 0 || strcmp(s->open_name, name) != 0)
        open_for_boxes(s, name, cut_bytes(box, &what));
    const bool ok = s->open >= 0 && read_box(s->open, box, out);
    guard_leave();
    if (!ok)
        damaged(s, name);
}

/* ------------------------------------------------------------------ writing */

/* Halves the longest side until a chunk is small: reading a part of a large
 * tensor then costs little. */
static hid_t filters(size_t rank, const size_t *dim)
{
    hsize_t chunk[STORE_MAX_RANK];
    size_t elements = 1;

    for (size_t i = 0; i < rank; i++) {
        chunk[i] = dim[i];
        elements *= dim[i];
    }
    while (elements > CHUNK_ELEMENTS) {
        size_t longest = 0;
        for (size_t i = 1; i < rank; i++)
            if (chunk[i] > chunk[longest])
                longest = i;
        elements /= chunk[longest];
        chunk[longest] = (chunk[longest] + 1) / 2;
        elements *= chunk[longest];
    }
    hid_t properties = timeless(H5P_DATASET_CREATE);
    H5Pset_chunk(properties, (int)rank, chunk);
    H5Pset_shuffle(properties);
    H5Pset_deflate(properties, 4);
    H5Pset_fletcher32(properties);
    return properties;
}

void store_remove(struct store *s, const char *name)
{
    guard_enter(s->path, 0);
    if (link_exists(s, name))
        H5Ldelete(s->file, name, H5P_DEFAULT);
    guard_leave();
}

static _Noreturn void not_written(const struct store *s, const char *name)
{
    die("%s: /%s could not be written: is the disk full?", s->path, name);
}

/* Makes the groups on the way to `name`, those that are missing. */
static void make_groups(struct store *s, const char *name)
{
    char group[NAME_ROOM];
    hid_t creation = timeless(H5P_GROUP_CREATE);

    for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(group, sizeof group, "%.*s", (int)(slash - name), name);
        if (link_exists(s, group))
            continue;
        hid_t made = H5Gcreate2(s->file, group, H5P_DEFAULT, creation, H5P_DEFAULT);
        if (made < 0 || H5Gclose(made) < 0)
            not_written(s, name);
    }
    H5Pclose(creation);
}

/* Makes a dataset in place of one of that name. `chunk_rows`, where it is not NULL, is
 * how many rows a chunk has. */
static hid_t create_dataset(struct store *s, const char *name, hid_t stored, size_t rank,
                            const size_t *dim, size_t *chunk_rows)
{
    hsize_t extent[STORE_MAX_RANK];
    size_t elements = rank;  /* filters are for arrays that hold something */

    for (size_t i = 0; i < rank; i++) {
        extent[i] = dim[i];
        elements *= dim[i];
    }
    store_remove(s, name);
    guard_enter(s->path, 0);
    hid_t space = rank ? H5Screate_simple((int)rank, extent, NULL) : H5Screate(H5S_SCALAR);
    hid_t creation = elements ? filters(rank, dim) : timeless(H5P_DATASET_CREATE);
    make_groups(s, name);
    hid_t dataset = H5Dcreate2(s->file, name, stored, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    if (dataset < 0)
        not_written(s, name);
    if (chunk_rows) {
        hsize_t chunk[STORE_MAX_RANK] = {1};
        H5Pget_chunk(creation, STORE_MAX_RANK, chunk);
        *chunk_rows = (size_t)chunk[0];
    }
    H5Pclose(creation);
    H5Sclose(space);
    guard_leave();
    return dataset;
}

static void write_as(struct store *s, const char *name, hid_t stored, hid_t memory,
                     const void *data, size_t rank, const size_t *dim)
{
    hid_t dataset = create_dataset(s, name, stored, rank, dim, NULL);
    size_t bytes = H5Tget_size(memory);

    for (size_t i = 0; i < rank; i++)
        bytes *= dim[i];
    guard_enter(s->path, bytes);
    if (H5Dwrite(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0 ||
        H5Dclose(dataset) < 0)
        not_written(s, name);
    guard_leave();
}

static hid_t stored_float(size_t width)
{
    return width == 4 ? H5T_IEEE_F32LE : H5T_IEEE_F64LE;
}

size_t store_create_dataset(struct store *s, const char *name, size_t width, size_t rank,
                            const size_t *dim)
{
    size_t chunk_rows;
    hid_t dataset = create_dataset(s, name, stored_float(width), rank, dim, &chunk_rows);

    if (H5Dclose(dataset) < 0)
        not_written(s, name);
    return chunk_rows;
}

void store_write_rows(struct store *s, const char *name, size_t width, const void *data,
                      size_t first, size_t count)
{
    struct stored what;

    if (!store_find(s, name, &what) || what.rank == 0 || first + count > what.dim[0])
        not_written(s, name);
    guard_enter(s->path, what.count / what.dim[0] * count * what.width);
    hid_t dataset = open_dataset(s, name);
    hid_t memory_space, file_space = select_rows(&memory_space, dataset, &what, first, count);
    if (H5Dwrite(dataset, float_type(width), memory_space, file_space, H5P_DEFAULT, data) < 0 ||
        H5Dclose(dataset) < 0)
        not_written(s, name);
    H5Sclose(memory_space);
    H5Sclose(file_space);
    guard_leave();
}

void store_write(struct store *s, const char *name, size_t width, const void *data,
                 size_t rank, const size_t *dim)
{
    write_as(s, name, stored_float(width), float_type(width), data, rank, dim);
}

void store_write_ints(struct store *s, const char *name, const int *data,
                      size_t rank, const size_t *dim)
{
    write_as(s, name, H5T_STD_I32LE, H5T_NATIVE_INT, data, rank, dim);
}

void store_write_bytes(struct store *s, const char *name, const unsigned char *data, size_t n)
{
    write_as(s, name, H5T_STD_U8LE, H5T_NATIVE_UCHAR, data, 1, &n);
}

void store_write_longs(struct store *s, const char *name, const long long *data, size_t n)
{
    write_as(s, name, H5T_STD_I64LE, H5T_NATIVE_LLONG, data, 1, &n);
}

/* --------------------------------------------------------------- attributes */

static bool has_attribute(const struct store *s, const char *object, const char *name)
{
    return link_exists(s, object) &&
           H5Aexists_by_name(s->file, object, name, H5P_DEFAULT) > 0;
}

/* The attribute, where it is there and holds one value of that class. */
static hid_t open_attribute(const struct store *s, const char *object, const char *name,
                            H5T_class_t class)
{
    if (!has_attribute(s, object, name))
        return -1;
    hid_t attribute = H5Aopen_by_name(s->file, object, name, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0)
        return -1;
    hid_t space = H5Aget_space(attribute), type = H5Aget_type(attribute);
    const bool fits = H5Sget_simple_extent_npoints(space) == 1 && H5Tget_class(type) == class;
    H5Sclose(space);
    H5Tclose(type);
    if (fits)
        return attribute;
    H5Aclose(attribute);
    return -1;
}

static bool get_string(const struct store *s, const char *object, const char *name,
                       char *text, size_t size)
{
    hid_t attribute = open_attribute(s, object, name, H5T_STRING);

    if (attribute < 0)
        return false;
    hid_t type = H5Aget_type(attribute);
    const size_t length = H5Tget_size(type);
    const bool padded = H5Tget_strpad(type) == H5T_STR_SPACEPAD;
    bool ok = false;

    text[0] = '\0';
    if (H5Tis_variable_str(type) > 0) {
        char *read = NULL;
        ok = H5Aread(attribute, type, &read) >= 0;
        if (ok && read)
            snprintf(text, size, "%s", read);
        if (read)
            H5free_memory(read);
    } else if (length < (1 << 20)) {
        char *read = allocate(length + 1, 1);
        ok = H5Aread(attribute, type, read) >= 0;
        read[length] = '\0';
        for (size_t n = strlen(read); padded && n > 0 && read[n - 1] == ' '; n--)
            read[n - 1] = '\0';
        if (ok)
            snprintf(text, size, "%s", read);
        free(read);
    }
    H5Tclose(type);
    H5Aclose(attribute);
    return ok;
}

bool store_get_string(struct store *s, const char *object, const char *name,
                      char *text, size_t size)
{
    guard_enter(s->path, 0);
    const bool ok = get_string(s, object, name, text, size);
    guard_leave();
    return ok;
}

static bool get_number(struct store *s, const char *object, const char *name,
                       H5T_class_t class, hid_t memory, void *value)
{
    bool ok = false;

    guard_enter(s->path, 0);
    hid_t attribute = open_attribute(s, object, name, class);
    if (attribute >= 0) {
        ok = H5Aread(attribute, memory, value) >= 0;
        H5Aclose(attribute);
    }
    guard_leave();
    return ok;
}

bool store_get_int(struct store *s, const char *object, const char *name, long long *value)
{
    return get_number(s, object, name, H5T_INTEGER, H5T_NATIVE_LLONG, value);
}

bool store_get_real(struct store *s, const char *object, const char *name, double *value)
{
    return get_number(s, object, name, H5T_FLOAT, H5T_NATIVE_DOUBLE, value) ||
           get_number(s, object, name, H5T_INTEGER, H5T_NATIVE_DOUBLE, value);
}

static void set_attribute(struct store *s, const char *object, const char *name, hid_t stored,
                          hid_t memory, const void *value)
{
    if (H5Aexists_by_name(s->file, object, name, H5P_DEFAULT) > 0)
        H5Adelete_by_name(s->file, object, name, H5P_DEFAULT);
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate_by_name(s->file, object, name, stored, space, H5P_DEFAULT,
                                        H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0 || H5Awrite(attribute, memory, value) < 0 || H5Aclose(attribute) < 0)
        die("%s: the attribute %s could not be written: is the disk full?", s->path, name);
    H5Sclose(space);
}

void store_set_string(struct store *s, const char *object, const char *name,
                      const char *text)
{
    hid_t type = H5Tcopy(H5T_C_S1);

    H5Tset_size(type, strlen(text) + 1);
    H5Tset_cset(type, H5T_CSET_UTF8);
    set_attribute(s, object, name, type, type, text);
    H5Tclose(type);
}

void store_set_int(struct store *s, const char *object, const char *name, long long value)
{
    set_attribute(s, object, name, H5T_STD_I64LE, H5T_NATIVE_LLONG, &value);
}

void store_set_real(struct store *s, const char *object, const char *name, double value)
{
    set_attribute(s, object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &value);
}

/* ------------------------------------------------------------------ walking */

struct walk {
    struct store *store;
    const char *group;
    void (*visit)(void *context, const char *name);
    void *context;
};

static herr_t visit_object(hid_t group, const char *name, const H5O_info_t *info, void *data)
{
    const struct walk *w = data;
    char full[NAME_ROOM];

    (void)group;
    if (info->type != H5O_TYPE_DATASET)
        return 0;
    if (strcmp(w->group, "/") == 0)
        snprintf(full, sizeof full, "%s", name);
    else
        snprintf(full, sizeof full, "%s/%s", w->group, name);
    w->visit(w->context, full);
    return 0;
}

void store_each_dataset(struct store *s, const char *group,
                        void visit(void *context, const char *name), void *context)
{
    struct walk w = {s, group, visit, context};

    guard_enter(s->path, 0);
    if (link_exists(s, group) &&
        H5Ovisit_by_name2(s->file, group, H5_INDEX_NAME, H5_ITER_INC, visit_object, &w,
                          H5O_INFO_BASIC, H5P_DEFAULT) < 0)
        die("%s: the list of what it holds is damaged: get or make the file again", s->path);
    guard_leave();
}

static herr_t visit_attribute(hid_t object, const char *name, const H5A_info_t *info, void *data)
{
    const struct walk *w = data;

    (void)object;
    (void)info;
    w->visit(w->context, name);
    return 0;
}

void store_each_attribute(struct store *s, const char *object,
                          void visit(void *context, const char *name), void *context)
{
    struct walk w = {s, object, visit, context};

    guard_enter(s->path, 0);
    if (link_exists(s, object))
        H5Aiterate_by_name(s->file, object, H5_INDEX_NAME, H5_ITER_INC, NULL, visit_attribute,
                           &w, H5P_DEFAULT);
    guard_leave();
}
