/* safetensors.c: reads .safetensors files.
 *
 * The format (huggingface/safetensors, README.md, "Format"; safetensors/src/tensor.rs,
 * Metadata::validate): 8 bytes N, little-endian; N bytes of JSON, an object of names, each
 * with "dtype", "shape" and "data_offsets" [begin, end] into what follows; then the
 * tensors, row-major and little-endian, one after another without gaps or overlaps to the
 * end of the file. "__metadata__" is an object of texts. No checksum covers the numbers.
 * That library takes headers up to 100 MB; 8 MB are more than any GPT has, and what they
 * take up when parsed stays small. What the tensors are for is left to others. */
#include "safetensors.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "json_file.h"

enum { LENGTH_BYTES = 8, MOST_HEADER = 8 << 20 };

static const size_t most_elements = (size_t)1 << 48;

/* All of them with whole bytes; floating-point numbers with their kind. */
static const struct {
    const char *name;
    size_t width;
    enum number kind;
} dtypes[] = {
    {"F32", 4, NUMBER_F32}, {"F16", 2, NUMBER_F16}, {"BF16", 2, NUMBER_BF16},
    {"F64", 8, NUMBER_F64}, {"BOOL", 1, NUMBER_NONE}, {"U8", 1, NUMBER_NONE},
    {"I8", 1, NUMBER_NONE}, {"F8_E4M3", 1, NUMBER_NONE}, {"F8_E5M2", 1, NUMBER_NONE},
    {"I16", 2, NUMBER_NONE}, {"U16", 2, NUMBER_NONE}, {"I32", 4, NUMBER_NONE},
    {"U32", 4, NUMBER_NONE}, {"I64", 8, NUMBER_NONE}, {"U64", 8, NUMBER_NONE},
};

enum { N_DTYPES = sizeof dtypes / sizeof dtypes[0] };

/* ------------------------------------------------------------------- the header */

/* Where the tensors begin is returned in `data`. */
static json_t *read_header(const struct source *s, off_t *data)
{
    unsigned char length[LENGTH_BYTES];
    json_error_t error;
    unsigned long long n = 0;

    if (s->size < LENGTH_BYTES)
        die("%s: is cut short: it has %lld bytes, a safetensors file at least %d", s->path,
            (long long)s->size, LENGTH_BYTES + 2);
    source_read(s, length, LENGTH_BYTES, 0);
    for (size_t i = LENGTH_BYTES; i-- > 0;)
        n = n << 8 | length[i];
    if (n > MOST_HEADER)
        die("%s: is no safetensors file, or damaged: its header would have %llu bytes, more than "
            "the %d that one may have", s->path, n, MOST_HEADER);
    if ((off_t)n > s->size - LENGTH_BYTES)
        die("%s: is cut short: its header has %llu bytes, the file %lld", s->path, n,
            (long long)s->size);
    char *text = allocate((size_t)n, 1);
    source_read(s, text, (size_t)n, LENGTH_BYTES);
    if (n == 0 || text[0] != '{')
        die("%s: is no safetensors file, or damaged: its header does not begin with {", s->path);
    json_t *header = json_loadb(text, (size_t)n, JSON_REJECT_DUPLICATES, &error);
    if (!header)
        die("%s: its header is damaged: byte %d: %s", s->path, error.position, error.text);
    free(text);
    *data = LENGTH_BYTES + (off_t)n;
    return header;
}

static void read_dtype(struct safetensor *t, const char *path, const json_t *entry)
{
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    size_t i = 0;

    if (!dtype || !is_plain(dtype))
        die("%s: %s has no dtype", path, t->name);
    while (i < N_DTYPES && strcmp(dtypes[i].name, dtype) != 0)
        i++;
    if (i == N_DTYPES)
        die("%s: the dtype of %s is `%s`, which is not known", path, t->name, dtype);
    t->dtype = dtype;
    t->kind = dtypes[i].kind;
    t->width = dtypes[i].width;
}

static void read_shape(struct safetensor *t, const char *path, const json_t *entry)
{
    const json_t *shape = json_object_get(entry, "shape");

    if (!json_is_array(shape) || json_array_size(shape) > SAFETENSORS_MAX_RANK)
        die("%s: the shape of %s is no list of at most %d sizes", path, t->name,
            SAFETENSORS_MAX_RANK);
    t->rank = json_array_size(shape);
    t->count = 1;
    for (size_t i = 0; i < t->rank; i++) {
        const json_t *size = json_array_get(shape, i);
        const json_int_t n = json_integer_value(size);
        if (!json_is_integer(size) || n < 0 || (n && t->count > most_elements / (size_t)n))
            die("%s: the shape of %s is damaged: its size %zu cannot be", path, t->name, i);
        t->dim[i] = (size_t)n;
        t->count *= (size_t)n;
    }
}

static void read_offsets(struct safetensor *t, const struct source *s, off_t data,
                         const json_t *entry)
{
    const json_t *offsets = json_object_get(entry, "data_offsets");
    const json_t *begin = json_array_get(offsets, 0), *end = json_array_get(offsets, 1);
    const json_int_t from = json_integer_value(begin), to = json_integer_value(end);

    if (json_array_size(offsets) != 2 || !json_is_integer(begin) || !json_is_integer(end) ||
        from < 0 || to < from)
        die("%s: the data_offsets of %s are not where it begins and where it ends", s->path,
            t->name);
    if ((unsigned long long)(to - from) != t->count * t->width)
        die("%s: %s has %lld bytes, its shape and dtype need %zu", s->path, t->name,
            (long long)(to - from), t->count * t->width);
    if (to > s->size - data)
        die("%s: is cut short: %s ends %lld bytes behind the end of the file", s->path, t->name,
            (long long)(to - (s->size - data)));
    t->at = data + from;
    t->end = data + to;
}

static void check_metadata(const char *path, json_t *metadata)
{
    const char *key;
    json_t *value;

    if (!json_is_object(metadata))
        die("%s: its __metadata__ is damaged: it is no object of texts", path);
    json_object_foreach(metadata, key, value)
        if (!json_is_string(value))
            die("%s: its __metadata__ is damaged: an entry is no text", path);
}

/* --------------------------------------------------------------------- the file */

static int compare_places(const void *a, const void *b)
{
    const struct safetensor *left = a, *right = b;

    if (left->at != right->at)
        return left->at < right->at ? -1 : 1;
    return (left->end > right->end) - (left->end < right->end);
}

/* Tensors follow each other without gaps and without overlaps, to the end. */
static void check_places(struct safetensors *f, off_t data)
{
    const char *path = f->source.path;
    off_t at = data;

    if (f->n == 0)
        die("%s: holds no tensors", path);
    qsort(f->tensor, f->n, sizeof *f->tensor, compare_places);
    for (size_t i = 0; i < f->n; i++) {
        const struct safetensor *t = &f->tensor[i];
        if (t->at < at)
            die("%s: is damaged: %s and %s overlap", path, f->tensor[i - 1].name, t->name);
        if (t->at > at)
            die("%s: is damaged: %lld bytes before %s belong to no tensor", path,
                (long long)(t->at - at), t->name);
        at = t->end;
    }
    if (at != f->source.size)
        die("%s: is damaged: %lld bytes at its end belong to no tensor", path,
            (long long)(f->source.size - at));
}

struct safetensors *safetensors_open(const char *path)
{
    struct safetensors *f = allocate(1, sizeof *f);
    const char *name;
    json_t *entry;
    off_t data;

    *f = (struct safetensors){.source = source_open(path)};
    json_t *header = f->header = read_header(&f->source, &data);
    f->tensor = allocate(json_object_size(header), sizeof *f->tensor);
    json_object_foreach(header, name, entry) {
        struct safetensor *t = &f->tensor[f->n];
        if (strcmp(name, "__metadata__") == 0) {
            check_metadata(path, entry);
            continue;
        }
        *t = (struct safetensor){.name = name};
        if (!is_plain(name))
            die("%s: its header is damaged: a name holds control characters", path);
        if (!json_is_object(entry))
            die("%s: its header is damaged: %s is no object", path, name);
        read_dtype(t, path, entry);
        read_shape(t, path, entry);
        read_offsets(t, &f->source, data, entry);
        f->n++;
    }
    check_places(f, data);
    return f;
}

void safetensors_close(struct safetensors *f)
{
    if (!f)
        return;
    source_close(&f->source);
    json_decref(f->header);
    free(f->tensor);
    free(f);
}

void safetensors_read(float *out, const struct safetensors *f, const struct safetensor *t,
                      size_t first, size_t count)
{
    numbers_read(out, &f->source, t->at + (off_t)(first * number_width(t->kind)), t->kind, count);
}

const char *safetensors_metadata(const struct safetensors *f, const char *key)
{
    return json_string_value(json_object_get(json_object_get(f->header, "__metadata__"), key));
}
