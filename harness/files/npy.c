/* npy.c: reads .npy files.
 *
 * The format (numpy/numpy, numpy/lib/format.py, its first comment): the 6 bytes
 * \x93NUMPY, two bytes of version, the length of the header in 2 bytes (version 1) or 4
 * (versions 2 and 3), little-endian; the header, a Python dictionary with exactly the keys
 * 'descr', 'fortran_order' and 'shape', filled up with spaces and ended by a line feed;
 * then the elements. Floating-point numbers '<f2', '<f4' and '<f8' in C order are read here, of
 * whole numbers ('|i1', '<i8', '<u2' ...) the header. */
#include "npy.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "json_file.h"

enum { MAGIC = 6, BEGINNING = 12, MOST_HEADER = 1 << 16, MOST_TEXT = 32 };

static const size_t most_elements = (size_t)1 << 48;

/* The header while it is read: what comes next, and the file's name for messages. */
struct reader {
    const char *begin, *at, *path;
};

static _Noreturn void damaged(const struct reader *r)
{
    die("%s: its header is damaged at its byte %zu: get it again", r->path,
        (size_t)(r->at - r->begin));
}

static void skip_spaces(struct reader *r)
{
    while (*r->at == ' ' || *r->at == '\n')
        r->at++;
}

static bool take(struct reader *r, const char *word)
{
    skip_spaces(r);
    if (strncmp(r->at, word, strlen(word)) != 0)
        return false;
    r->at += strlen(word);
    return true;
}

/* 'descr' or "descr". */
static void take_text(struct reader *r, char text[MOST_TEXT])
{
    skip_spaces(r);
    const char quote = *r->at;
    const char *end = quote == '\'' || quote == '"' ? strchr(r->at + 1, quote) : NULL;
    const size_t length = end ? (size_t)(end - r->at - 1) : MOST_TEXT;

    if (length >= MOST_TEXT)
        damaged(r);
    memcpy(text, r->at + 1, length);
    text[length] = '\0';
    if (!is_plain(text))
        damaged(r);
    r->at = end + 1;
}

/* (3, 4), (3,) or (). Python 2 wrote (3L,). */
static void take_shape(struct npy *n, struct reader *r)
{
    if (!take(r, "("))
        damaged(r);
    while (!take(r, ")")) {
        char *end;
        if (!isdigit((unsigned char)*r->at) || n->rank == NPY_MAX_RANK)
            damaged(r);
        const unsigned long long size = strtoull(r->at, &end, 10);
        if (size > most_elements || (size && n->count > most_elements / size))
            die("%s: its shape is damaged: no such array is real", r->path);
        r->at = end;
        n->dim[n->rank++] = (size_t)size;
        n->count *= (size_t)size;
        take(r, "L");
        if (!take(r, ",") && *r->at != ')')
            damaged(r);
    }
}

/* '<f4': byte order, kind and width. Little-endian is `<`, or `|` where there is one byte. */
static void take_descr(struct npy *n, struct reader *r)
{
    char text[MOST_TEXT];

    take_text(r, text);
    n->kind = strcmp(text, "<f2") == 0   ? NUMBER_F16
              : strcmp(text, "<f4") == 0 ? NUMBER_F32
              : strcmp(text, "<f8") == 0 ? NUMBER_F64
                                         : NUMBER_NONE;
    if (n->kind != NUMBER_NONE || (strchr("<|", text[0]) && text[0] && text[1] &&
                                   strchr("iu", text[1]) && text[2] && strchr("1248", text[2]) &&
                                   !text[3])) {
        n->is_int = n->kind == NUMBER_NONE;
        n->is_unsigned = text[1] == 'u';
        n->width = (size_t)(text[2] - '0');
    }
    snprintf(n->descr, sizeof n->descr, "%s", text);
}

static void take_order(struct reader *r)
{
    if (take(r, "True"))
        die("%s: is in Fortran's order: only C's is read (numpy.ascontiguousarray)", r->path);
    if (!take(r, "False"))
        damaged(r);
}

static void read_dictionary(struct npy *n, struct reader *r)
{
    static const char *const keys[] = {"descr", "fortran_order", "shape"};
    bool seen[3] = {false};

    if (!take(r, "{"))
        damaged(r);
    while (!take(r, "}")) {
        char key[MOST_TEXT];
        size_t k = 0;
        take_text(r, key);
        while (k < 3 && strcmp(keys[k], key) != 0)
            k++;
        if (k == 3 || seen[k] || !take(r, ":"))
            damaged(r);
        seen[k] = true;
        if (k == 0)
            take_descr(n, r);
        else if (k == 1)
            take_order(r);
        else
            take_shape(n, r);
        if (!take(r, ",") && *r->at != '}')
            damaged(r);
    }
    skip_spaces(r);
    if (*r->at)
        damaged(r);
    for (size_t k = 0; k < 3; k++)
        if (!seen[k])
            die("%s: its header is damaged: it has no '%s'", r->path, keys[k]);
}

void npy_header(struct npy *n, const unsigned char *b, off_t size, const char *path)
{
    if (size < BEGINNING)
        die("%s: is cut short: it has %lld bytes", path, (long long)size);
    if (memcmp(b, "\x93NUMPY", MAGIC) != 0)
        die("%s: is no .npy file: it does not begin like one", path);
    if (b[6] < 1 || b[6] > 3)
        die("%s: version %d of the .npy format is not known, only 1 to 3", path, b[6]);
    const size_t begin = b[6] == 1 ? 10 : 12;
    const size_t length = b[6] == 1 ? b[8] + 256U * b[9]
                                    : b[8] + 256U * (b[9] + 256U * (b[10] + 256UL * b[11]));
    if (length > MOST_HEADER)
        die("%s: is damaged: its header would have %zu bytes", path, length);
    if ((off_t)(begin + length) > size)
        die("%s: is cut short: its header has %zu bytes, the file %lld", path, length,
            (long long)size);
    char *text = allocate(length + 1, 1);
    struct reader r = {.begin = text, .at = text, .path = path};

    memcpy(text, b + begin, length);
    text[length] = '\0';
    n->rank = 0;
    n->count = 1;
    n->at = (off_t)(begin + length);
    read_dictionary(n, &r);
    free(text);
    const off_t need = n->at + (off_t)(n->count * n->width);
    if (n->width && size < need)
        die("%s: is cut short: it has %lld bytes of %lld", path, (long long)size,
            (long long)need);
    if (n->width && size > need)
        die("%s: is damaged: %lld bytes at its end belong to no element", path,
            (long long)(size - need));
}

struct npy npy_open(const char *path)
{
    struct npy n = {.source = source_open(path)};
    const off_t size = n.source.size;
    unsigned char *bytes = allocate(NPY_MOST_HEADER, 1);

    source_read(&n.source, bytes, size < NPY_MOST_HEADER ? (size_t)size : NPY_MOST_HEADER, 0);
    npy_header(&n, bytes, size, path);
    free(bytes);
    if (n.kind == NUMBER_NONE)
        die("%s: holds `%s`: only little-endian floating-point numbers are read (<f2, <f4, <f8)",
            path, n.descr);
    return n;
}

void npy_close(struct npy *n)
{
    source_close(&n->source);
}

void npy_read(float *out, const struct npy *n, size_t first, size_t count)
{
    numbers_read(out, &n->source, n->at + (off_t)(first * number_width(n->kind)), n->kind, count);
}
