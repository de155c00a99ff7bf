/* touchstone.h: writes a trace (docs/formats.md), for C and C++ programs of others.
 *
 *     struct touchstone t;
 *     touchstone_open(&t, stderr, "mine.trace.h5", "gpt2", "gpt2-124m", "mine, float32",
 *                     B, T, tokens, targets);
 *     touchstone_put_float(&t, x, B, T, C, 0, "forward/h.%d/ln_1", layer);
 *     touchstone_put_float(&t, &loss, 0, 0, 0, 0, "forward/loss");
 *     if (touchstone_close(&t) != 0)
 *         return 1;
 *
 * Then `touchstone compare --golden G mine.trace.h5`. Copy this file beside the program and
 * link it with HDF5 1.10 or newer: cc mine.c $(pkg-config --cflags --libs hdf5). It is
 * standard C99 and C++11 on a POSIX system. It is all in one header so that a program
 * has one file to copy; that is why it has function bodies, and why it includes hdf5.h
 * where in the project store.c alone does. docs/trace-from-c.md walks through an example.
 *
 * Errors: every function returns 0, or -1 where it could not do what it says. What went
 * wrong is then one line, touchstone_error(&t), and is printed to `errors` where that is
 * not NULL. The first error ends the trace: its file is removed, later calls do nothing
 * and return -1. So a program may look at what touchstone_close returns and nothing else.
 *
 * The file is written as PATH.part-PID and takes its own name in touchstone_close, when it
 * is whole. A program that gives up calls touchstone_drop; where one is killed, the part
 * stays and may be deleted. No signal handler is set and nothing in HDF5's settings is left
 * changed. One thread at a time, as HDF5 has it.
 *
 * Whether a name is in the table of tensors, and its shape right, is left to `compare`. */
#ifndef TOUCHSTONE_H
#define TOUCHSTONE_H

#include <errno.h>
#include <hdf5.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#if defined(__GNUC__)
#define TOUCHSTONE_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define TOUCHSTONE_PRINTF(text, first)
#endif

enum { TOUCHSTONE_PATH = 4096, TOUCHSTONE_NAME = 256, TOUCHSTONE_RANK = 4 };

/* A trace that is being written. Its fields are for the functions below. */
struct touchstone {
    hid_t file;                       /* below 0: none */
    FILE *errors;
    char path[TOUCHSTONE_PATH];
    char part[TOUCHSTONE_PATH + 32];  /* "" where nothing is being written */
    char error[2 * TOUCHSTONE_PATH];  /* "" where all is well */
};

/* Begins a trace of `family` ("gpt1" or "gpt2"). `model` is the name of the model, `producer`
 * says what computed it. tokens [B, T]; targets [B, T], -1 where none counts, or NULL. */
static inline int touchstone_open(struct touchstone *t, FILE *errors, const char *path,
                                  const char *family, const char *model, const char *producer,
                                  size_t B, size_t T, const int *tokens, const int *targets);

/* Puts a tensor of shape [d0, d1, d2, d3], row-major, the last index fastest. Dimensions that
 * it does not have are 0 and stand at the end; all 0 is a single number. The name is a format
 * of printf: "forward/h.%d/q", "backward/h.%d/q" or "grad/h.%d.attn.c_attn.weight". It is
 * stored in the width given, which tells `compare` how exact it has to be. */
static inline int touchstone_put_float(struct touchstone *t, const float *data, size_t d0,
                                       size_t d1, size_t d2, size_t d3, const char *name, ...)
    TOUCHSTONE_PRINTF(7, 8);
static inline int touchstone_put_double(struct touchstone *t, const double *data, size_t d0,
                                        size_t d1, size_t d2, size_t d3, const char *name, ...)
    TOUCHSTONE_PRINTF(7, 8);

/* Puts the file in its place. 0: everything that was put is in it. */
static inline int touchstone_close(struct touchstone *t);

/* Gives the trace up, so that nothing is left of it; does nothing where none is open (a struct
 * of zeros is not open). */
static inline void touchstone_drop(struct touchstone *t);

/* The first error in one line, or "". */
static inline const char *touchstone_error(const struct touchstone *t);

/* ------------------------------------------------------------------- errors */

static inline const char *touchstone_error(const struct touchstone *t)
{
    return t->error;
}

/* HDF5 prints a page for every error, unless told otherwise. */
struct touchstone_quiet {
    H5E_auto2_t function;
    void *data;
    int known;
};

static inline struct touchstone_quiet touchstone_hush(void)
{
    struct touchstone_quiet before;

    before.known = H5Eget_auto2(H5E_DEFAULT, &before.function, &before.data) >= 0;
    if (before.known)
        H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return before;
}

static inline void touchstone_unhush(struct touchstone_quiet before)
{
    if (before.known)
        H5Eset_auto2(H5E_DEFAULT, before.function, before.data);
}

/* HDF5 1.10 crashes when the program ends if a file could not be closed. Emptying the part
 * first makes room on a full disk for what closing still writes. */
static inline void touchstone_drop(struct touchstone *t)
{
    if (!t->part[0])
        return;
    if (t->file >= 0) {
        const struct touchstone_quiet before = touchstone_hush();
        FILE *emptied = fopen(t->part, "wb");
        if (emptied)
            fclose(emptied);
        H5Fclose(t->file);
        touchstone_unhush(before);
    }
    t->file = -1;
    remove(t->part);
    t->part[0] = '\0';
}

/* Ends the trace, keeps the first error and returns -1. */
static inline int touchstone_fail(struct touchstone *t, const char *format, ...)
    TOUCHSTONE_PRINTF(2, 3);
static inline int touchstone_fail(struct touchstone *t, const char *format, ...)
{
    va_list args;

    touchstone_drop(t);
    if (t->error[0])
        return -1;
    const int n = snprintf(t->error, sizeof t->error, "%s: ", t->path);
    va_start(args, format);
    vsnprintf(t->error + n, sizeof t->error - (size_t)n, format, args);
    va_end(args);
    if (t->errors)
        fprintf(t->errors, "touchstone.h: %s\n", t->error);
    return -1;
}

/* Whether `bytes` more, and the names that go with them, fit on the disk and into the limit
 * on the size of files. To ask first is better than to let HDF5 fail half-way. */
static inline int touchstone_room(struct touchstone *t, const char *name, size_t bytes)
{
    const unsigned long long need = (unsigned long long)bytes + bytes / 16 + (1 << 20);
    struct rlimit limit;
    struct statvfs disk;
    hsize_t size = 0;

    if (t->file >= 0)
        H5Fget_filesize(t->file, &size);
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        size + need > limit.rlim_cur)
        return touchstone_fail(t, "no room for /%s: the limit on the size of files (ulimit -f)",
                               name);
    if (statvfs(t->part, &disk) == 0 && disk.f_blocks > 0 &&
        (unsigned long long)disk.f_bavail * disk.f_frsize < need)
        return touchstone_fail(t, "no room for /%s: the disk is full", name);
    return 0;
}

/* ----------------------------------------------------------------- datasets */

/* Chunks of at most a megabyte: the whole tensor, or as many of its last dimensions as fit.
 * Shuffle, gzip and a Fletcher-32 checksum, so that damage is seen when the file is read. */
static inline hid_t touchstone_filters(int rank, const hsize_t *dim, size_t width)
{
    const hid_t made = H5Pcreate(H5P_DATASET_CREATE);
    hsize_t chunk[TOUCHSTONE_RANK], room = (1 << 20) / width;

    H5Pset_obj_track_times(made, 0);  /* the same numbers make the same file */
    if (rank == 0) {  /* filters are for chunks; within the header there is a checksum, too */
        H5Pset_layout(made, H5D_COMPACT);
        return made;
    }
    for (int i = rank - 1; i >= 0; i--) {
        chunk[i] = dim[i] < room ? dim[i] : room;
        room = room / chunk[i] > 1 ? room / chunk[i] : 1;
    }
    H5Pset_chunk(made, rank, chunk);
    H5Pset_shuffle(made);
    H5Pset_deflate(made, 4);
    H5Pset_fletcher32(made);
    return made;
}

/* Makes the groups that a name needs. Below 0: a tensor has the name of one of them. */
static inline int touchstone_groups(hid_t file, const char *name)
{
    char group[TOUCHSTONE_NAME];

    for (size_t i = 0; name[i]; i++) {
        if (name[i] == '/') {
            const hid_t how = H5Pcreate(H5P_GROUP_CREATE);
            memcpy(group, name, i);
            group[i] = '\0';
            H5Pset_obj_track_times(how, 0);
            /* Names stay in the header, which has a checksum. */
            H5Pset_link_phase_change(how, 65535, 65535);
            const hid_t made = H5Lexists(file, group, H5P_DEFAULT) > 0
                                   ? H5Gopen2(file, group, H5P_DEFAULT)
                                   : H5Gcreate2(file, group, H5P_DEFAULT, how, H5P_DEFAULT);
            H5Pclose(how);
            if (made < 0 || H5Gclose(made) < 0)
                return -1;
        }
    }
    return 0;
}

/* Writes a dataset through to the disk, so that an error shows here and not at the end. */
static inline int touchstone_write(struct touchstone *t, const char *name, hid_t stored,
                                   hid_t given, const void *data, int rank, const hsize_t *dim)
{
    const size_t width = H5Tget_size(stored);
    size_t bytes = width;

    for (int i = 0; i < rank; i++)
        bytes *= (size_t)dim[i];
    if (touchstone_room(t, name, bytes) != 0)
        return -1;
    if (touchstone_groups(t->file, name) < 0 || H5Lexists(t->file, name, H5P_DEFAULT) > 0)
        return touchstone_fail(t, "/%s is put twice, or is a group of others", name);
    const hid_t how = touchstone_filters(rank, dim, width);
    const hid_t space = rank ? H5Screate_simple(rank, dim, NULL) : H5Screate(H5S_SCALAR);
    const hid_t made = H5Dcreate2(t->file, name, stored, space, H5P_DEFAULT, how, H5P_DEFAULT);
    int ok = made >= 0 && H5Dwrite(made, given, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0;
    ok = made >= 0 && H5Dclose(made) >= 0 && ok;
    ok = ok && H5Fflush(t->file, H5F_SCOPE_LOCAL) >= 0;
    H5Sclose(space);
    H5Pclose(how);
    return ok ? 0 : touchstone_fail(t, "/%s could not be written: is the disk full?", name);
}

static inline int touchstone_attribute(struct touchstone *t, const char *name, hid_t type,
                                       hid_t given, const void *value)
{
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t made = H5Acreate2(t->file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    const int ok = made >= 0 && H5Awrite(made, given, value) >= 0;

    if (made >= 0)
        H5Aclose(made);
    H5Sclose(space);
    return ok ? 0 : touchstone_fail(t, "the attribute %s could not be written: is the disk full?",
                                    name);
}

static inline int touchstone_text(struct touchstone *t, const char *name, const char *text)
{
    const hid_t type = H5Tcopy(H5T_C_S1);

    H5Tset_size(type, strlen(text) + 1);
    H5Tset_cset(type, H5T_CSET_UTF8);
    const int code = touchstone_attribute(t, name, type, type, text);
    H5Tclose(type);
    return code;
}

/* ------------------------------------------------------------- open, close */

static inline int touchstone_check_input(struct touchstone *t, size_t B, size_t T,
                                         const int *tokens, const int *targets)
{
    int counted = 0;

    if (B == 0 || T == 0 || T > ((size_t)1 << 28) / B)
        return touchstone_fail(t, "tokens [%zu, %zu]: both sizes must be at least 1, and real", B,
                               T);
    for (size_t i = 0; i < B * T; i++) {
        if (tokens[i] < 0)
            return touchstone_fail(t, "the token %d at [%zu, %zu]: tokens are 0 or more",
                                   tokens[i], i / T, i % T);
        if (targets && targets[i] < -1)
            return touchstone_fail(t, "the target %d at [%zu, %zu]: a token, or -1 for none",
                                   targets[i], i / T, i % T);
        counted |= targets && targets[i] >= 0;
    }
    if (targets && !counted)
        return touchstone_fail(t, "all targets are -1: the loss is undefined");
    return 0;
}

/* Creates the file; the name in the end must be one that a file can have. */
static inline int touchstone_create(struct touchstone *t)
{
    struct stat is;

    if (stat(t->path, &is) == 0 && S_ISDIR(is.st_mode))
        return touchstone_fail(t, "is a folder, name a file in it");
    snprintf(t->part, sizeof t->part, "%s.part-%ld", t->path, (long)getpid());
    FILE *probe = fopen(t->part, "wb");  /* HDF5 would not say why it cannot */
    if (!probe) {
        t->part[0] = '\0';
        return touchstone_fail(t, "cannot be written: %s", strerror(errno));
    }
    fclose(probe);
    if (touchstone_room(t, "input/tokens", 0) != 0)
        return -1;
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS), how = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V110);
    H5Pset_obj_track_times(how, 0);
    t->file = H5Fcreate(t->part, H5F_ACC_TRUNC, how, access);
    H5Pclose(how);
    H5Pclose(access);
    return t->file >= 0 ? 0 : touchstone_fail(t, "cannot be written: is the disk full?");
}

static inline int touchstone_open(struct touchstone *t, FILE *errors, const char *path,
                                  const char *family, const char *model, const char *producer,
                                  size_t B, size_t T, const int *tokens, const int *targets)
{
    const hsize_t shape[2] = {B, T};
    const int version = 1;

    t->file = -1;
    t->errors = errors;
    t->part[0] = t->error[0] = '\0';
    snprintf(t->path, sizeof t->path, "%s", path);
    if (strlen(path) >= sizeof t->path)
        return touchstone_fail(t, "the path is too long");
    if (strcmp(family, "gpt1") != 0 && strcmp(family, "gpt2") != 0)
        return touchstone_fail(t, "the family `%s` is not known: gpt1 or gpt2", family);
    if (touchstone_check_input(t, B, T, tokens, targets) != 0)
        return -1;
    const struct touchstone_quiet before = touchstone_hush();
    int code = touchstone_create(t);
    if (code == 0)
        code = touchstone_text(t, "format", "touchstone-trace");
    if (code == 0)
        code = touchstone_attribute(t, "format_version", H5T_STD_I64LE, H5T_NATIVE_INT, &version);
    if (code == 0)
        code = touchstone_text(t, "family", family);
    if (code == 0)
        code = touchstone_text(t, "model", model);
    if (code == 0)
        code = touchstone_text(t, "producer", producer);
    if (code == 0)
        code = touchstone_write(t, "input/tokens", H5T_STD_I32LE, H5T_NATIVE_INT, tokens, 2,
                                shape);
    if (code == 0 && targets)
        code = touchstone_write(t, "input/targets", H5T_STD_I32LE, H5T_NATIVE_INT, targets, 2,
                                shape);
    touchstone_unhush(before);
    return code;
}

static inline int touchstone_close(struct touchstone *t)
{
    if (t->error[0])
        return -1;
    if (!t->part[0])
        return touchstone_fail(t, "is not open");
    const struct touchstone_quiet before = touchstone_hush();
    const int ok = H5Fclose(t->file) >= 0;
    t->file = -1;
    touchstone_unhush(before);
    if (!ok)
        return touchstone_fail(t, "could not be written whole: is the disk full?");
    if (rename(t->part, t->path) != 0)
        return touchstone_fail(t, "cannot be written: %s", strerror(errno));
    t->part[0] = '\0';
    return 0;
}

/* --------------------------------------------------------------------- put */

/* Whether a name is one of a tensor: a group of the format, and no empty part. */
static inline int touchstone_is_name(const char *name)
{
    return (strncmp(name, "forward/", 8) == 0 || strncmp(name, "backward/", 9) == 0 ||
            strncmp(name, "grad/", 5) == 0) &&
           !strstr(name, "//") && !strstr(name, "/.") && name[strlen(name) - 1] != '/';
}

static inline int touchstone_put(struct touchstone *t, hid_t stored, hid_t given,
                                 const void *data, const size_t *size, const char *format,
                                 va_list args)
{
    char name[TOUCHSTONE_NAME];
    hsize_t dim[TOUCHSTONE_RANK];
    size_t count = 1;
    int rank = 0;

    if (t->error[0])
        return -1;
    if (!t->part[0])
        return touchstone_fail(t, "is not open: nothing can be put into it");
    const int length = vsnprintf(name, sizeof name, format, args);
    if (length < 0 || length >= TOUCHSTONE_NAME || !touchstone_is_name(name))
        return touchstone_fail(t, "`%s` is no name of a tensor: forward/..., backward/... or "
                               "grad/...", length < 0 ? format : name);
    for (int i = 0; i < TOUCHSTONE_RANK; i++) {
        if (size[i] && (rank < i || size[i] > ((size_t)1 << 48) / count))
            return touchstone_fail(t, "/%s: the shape [%zu, %zu, %zu, %zu] is none: sizes of 0 "
                                   "stand at its end", name, size[0], size[1], size[2], size[3]);
        if (size[i]) {
            dim[rank++] = size[i];
            count *= size[i];
        }
    }
    const struct touchstone_quiet before = touchstone_hush();
    const int code = touchstone_write(t, name, stored, given, data, rank, dim);
    touchstone_unhush(before);
    return code;
}

static inline int touchstone_put_float(struct touchstone *t, const float *data, size_t d0,
                                       size_t d1, size_t d2, size_t d3, const char *name, ...)
{
    const size_t size[TOUCHSTONE_RANK] = {d0, d1, d2, d3};
    va_list args;

    va_start(args, name);
    const int code = touchstone_put(t, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, data, size, name, args);
    va_end(args);
    return code;
}

static inline int touchstone_put_double(struct touchstone *t, const double *data, size_t d0,
                                        size_t d1, size_t d2, size_t d3, const char *name, ...)
{
    const size_t size[TOUCHSTONE_RANK] = {d0, d1, d2, d3};
    va_list args;

    va_start(args, name);
    const int code = touchstone_put(t, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, data, size, name, args);
    va_end(args);
    return code;
}

#endif
