/* vocabulary.c: reads vocabularies. The published format is one JSON object, token to
 * id, and a text file with a merge a line; docs/formats.md has the model file's. What
 * may be wrong with either is said in one line. */
#include "vocabulary.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "model.h"

/* ------------------------------------------------------------------- vocab.json */

static json_t *load_object(const char *path)
{
    json_error_t error;
    FILE *file = fopen(path, "rb");

    if (!file)
        die("%s: cannot be read: %s", path, strerror(errno));
    json_t *object = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
    if (ferror(file))
        die("%s: cannot be read: %s", path, strerror(errno));
    fclose(file);
    if (!object)
        die("%s: is no vocabulary in JSON, or damaged: line %d: %s", path, error.line,
            error.text);
    if (!json_is_object(object) || json_object_size(object) == 0)
        die("%s: a JSON object of tokens and ids is needed", path);
    if (json_object_size(object) > INT_MAX)
        die("%s: has more tokens than there are ids", path);
    return object;
}

/* The spellings stay in the JSON object, which is kept. */
static void read_tokens(struct vocabulary *v, const char *path, json_t *object)
{
    const size_t n = json_object_size(object);
    const char *key;
    json_t *value;

    v->n_tokens = n;
    v->token = allocate(n, sizeof *v->token);
    memset(v->token, 0, n * sizeof *v->token);
    json_object_foreach(object, key, value) {
        const json_int_t id = json_integer_value(value);
        if (!json_is_integer(value) || id < 0 || (size_t)id >= n)
            die("%s: the id of `%s` is not a whole number from 0 to %zu, one for each token",
                path, key, n - 1);
        if (v->token[id].at)
            die("%s: the id %lld is there twice, for `%s` and `%s`", path, (long long)id,
                (const char *)v->token[id].at, key);
        v->token[id] = (struct bytes){(const unsigned char *)key, strlen(key)};
    }
}

/* ------------------------------------------------------------------- merges.txt */

/* The whole of a file, which has to be UTF-8. */
static char *read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    size_t room = 1 << 16, n;

    if (!file)
        die("%s: cannot be read: %s", path, strerror(errno));
    char *text = allocate(room, 1);
    *length = 0;
    while ((n = fread(text + *length, 1, room - *length, file)) > 0) {
        *length += n;
        if (*length == room) {
            char *larger = allocate(2 * room, 1);
            memcpy(larger, text, room);
            free(text);
            text = larger;
            room *= 2;
        }
    }
    if (ferror(file))
        die("%s: cannot be read: %s", path, strerror(errno));
    fclose(file);
    return text;
}

static bool is_utf8(const char *text, size_t length)
{
    json_t *checked = json_stringn(text, length);
    const bool valid = checked != NULL;

    json_decref(checked);
    return valid;
}

/* "left right" into its halves; what the file or entry is called is for messages. */
static void cut_merge(struct bytes half[2], const char *text, size_t length, const char *name,
                      const char *what, size_t number)
{
    const char *space = memchr(text, ' ', length);
    const size_t left = space ? (size_t)(space - text) : 0;

    if (length && text[length - 1] == '\r')
        die("%s: %s %zu ends with a carriage return: lines end with a line feed alone", name,
            what, number);
    if (left == 0 || left + 1 == length || memchr(space + 1, ' ', length - left - 1))
        die("%s: %s %zu is not two symbols with one space between them", name, what, number);
    half[0] = (struct bytes){(const unsigned char *)text, left};
    half[1] = (struct bytes){(const unsigned char *)space + 1, length - left - 1};
}

static void read_merges(struct vocabulary *v, const char *path)
{
    static const char version[] = "#version";
    size_t length, lines = 0, line = 0;
    char *text = read_file(path, &length);

    v->blob[0] = text;
    if (!is_utf8(text, length))
        die("%s: is not UTF-8, so it is no list of merges", path);
    for (size_t i = 0; i < length; i++)
        lines += text[i] == '\n';
    if (length && text[length - 1] != '\n')
        die("%s: ends in the middle of line %zu: is it cut short?", path, lines + 1);
    v->merge = allocate(lines, sizeof *v->merge);
    for (const char *at = text, *end; at < text + length; at = end + 1) {
        end = memchr(at, '\n', (size_t)(text + length - at));
        if (++line > 1 || (size_t)(end - at) < sizeof version - 1 ||
            memcmp(at, version, sizeof version - 1) != 0)
            cut_merge(v->merge[v->n_merges++], at, (size_t)(end - at), path, "line", line);
    }
}

/* ------------------------------------------------------- GPT-2 from merges alone */

/* The 256 characters of the byte-level alphabet in rising order, in UTF-8: those that
 * print, then as many from U+0100 on as bytes are left (openai/gpt-2 src/encoder.py,
 * bytes_to_unicode). */
static unsigned char *put_alphabet(struct bytes *token, unsigned char *at)
{
    size_t n = 0;

    for (unsigned c = 33; n < 256; c++) {
        if ((c > 126 && c < 161) || c == 173)
            continue;
        token[n].at = at;
        if (c >= 0x80)
            *at++ = (unsigned char)(0xC0 | c >> 6);
        *at++ = (unsigned char)(c < 0x80 ? c : 0x80 | (c & 0x3F));
        token[n].length = (size_t)(at - token[n].at);
        n++;
    }
    return at;
}

/* The published ids follow from the merges: the bytes, what each merge makes, and
 * <|endoftext|>. */
static void derive_tokens(struct vocabulary *v)
{
    static const char last[] = "<|endoftext|>";
    size_t room = 2 * 256 + sizeof last;

    for (size_t i = 0; i < v->n_merges; i++)
        room += v->merge[i][0].length + v->merge[i][1].length;
    unsigned char *at = v->blob[1] = allocate(room, 1);
    v->n_tokens = 256 + v->n_merges + 1;
    v->token = allocate(v->n_tokens, sizeof *v->token);
    at = put_alphabet(v->token, at);
    for (size_t i = 0; i < v->n_merges; i++) {
        const struct bytes *half = v->merge[i];
        v->token[256 + i] = (struct bytes){at, half[0].length + half[1].length};
        memcpy(at, half[0].at, half[0].length);
        memcpy(at + half[0].length, half[1].at, half[1].length);
        at += half[0].length + half[1].length;
    }
    memcpy(at, last, sizeof last - 1);
    v->token[v->n_tokens - 1] = (struct bytes){at, sizeof last - 1};
}

struct vocabulary *vocabulary_from_files(enum tokenizer_kind kind, const char *vocab_path,
                                         const char *merges_path)
{
    struct vocabulary *v = allocate(1, sizeof *v);

    *v = (struct vocabulary){.kind = kind, .vocab_name = vocab_path ? vocab_path : merges_path,
                             .merges_name = merges_path};
    if (vocab_path)
        read_tokens(v, vocab_path, v->json = load_object(vocab_path));
    read_merges(v, merges_path);
    if (!vocab_path)
        derive_tokens(v);
    return v;
}

/* ------------------------------------------------------------------- model files */

static void find_ints(struct stored *what, struct model *m, const char *name)
{
    if (!store_find(m->file, name, what))
        die("%s: /%s is missing", store_path(m->file), name);
    if (what->kind != STORED_INT || what->rank != 1)
        die("%s: /%s must be a list of whole numbers", store_path(m->file), name);
}

/* A string table: the texts end where the next one begins. Each is UTF-8. */
static struct bytes *read_table(void **blob, size_t *count, struct model *m, const char *name,
                                const char *offsets_name)
{
    const char *path = store_path(m->file);
    struct stored bytes, offsets;

    find_ints(&bytes, m, name);
    find_ints(&offsets, m, offsets_name);
    if (offsets.count == 0)
        die("%s: /%s is empty: it must begin with 0", path, offsets_name);
    long long *byte = allocate(bytes.count, sizeof *byte);
    long long *from = allocate(offsets.count, sizeof *from);
    char *text = *blob = allocate(bytes.count, 1);
    store_read_ints(m->file, name, byte);
    store_read_ints(m->file, offsets_name, from);
    for (size_t i = 0; i < bytes.count; i++) {
        if (byte[i] < -128 || byte[i] > 255)
            die("%s: /%s holds %lld at %zu, which is no byte", path, name, byte[i], i);
        text[i] = (char)byte[i];
    }
    if (!is_utf8(text, bytes.count))
        die("%s: /%s is not UTF-8", path, name);
    *count = offsets.count - 1;
    if (from[*count] != (long long)bytes.count)
        die("%s: /%s ends at %lld, /%s has %zu bytes", path, offsets_name, from[*count], name,
            bytes.count);
    struct bytes *table = allocate(*count, sizeof *table);
    for (size_t i = 0; i < *count; i++) {
        if ((i == 0 && from[0] != 0) || from[i + 1] < from[i] ||
            from[i + 1] > (long long)bytes.count ||
            (from[i] < (long long)bytes.count && (text[from[i]] & 0xC0) == 0x80))
            die("%s: /%s is damaged at entry %zu", path, offsets_name, i);
        table[i] = (struct bytes){(unsigned char *)text + from[i],
                                  (size_t)(from[i + 1] - from[i])};
    }
    free(byte);
    free(from);
    return table;
}

static enum tokenizer_kind read_kind(struct model *m)
{
    char kind[16];

    if (!store_get_string(m->file, "/tokenizer", "kind", kind, sizeof kind))
        die("%s: /tokenizer has no attribute `kind` (gpt1 or gpt2)", store_path(m->file));
    if (strcmp(kind, "gpt1") == 0)
        return TOKENIZER_GPT1;
    if (strcmp(kind, "gpt2") == 0)
        return TOKENIZER_GPT2;
    die("%s: the kind of /tokenizer is `%s`, only gpt1 and gpt2 are known",
        store_path(m->file), kind);
}

struct vocabulary *vocabulary_from_model(struct model *m)
{
    const char *path = store_path(m->file);
    struct stored what;

    if (!store_find(m->file, "tokenizer/vocab", &what))
        return NULL;
    struct vocabulary *v = allocate(1, sizeof *v);
    *v = (struct vocabulary){.kind = read_kind(m), .vocab_name = path, .merges_name = path};
    v->token = read_table(&v->blob[0], &v->n_tokens, m, "tokenizer/vocab",
                          "tokenizer/vocab_offsets");
    if (v->n_tokens != m->cfg.n_vocab)
        die("%s: /tokenizer/vocab has %zu tokens, n_vocab is %zu", path, v->n_tokens,
            m->cfg.n_vocab);
    if (!store_find(m->file, "tokenizer/merges", &what))
        return v;
    struct bytes *line = read_table(&v->blob[1], &v->n_merges, m, "tokenizer/merges",
                                    "tokenizer/merges_offsets");
    v->merge = allocate(v->n_merges, sizeof *v->merge);
    for (size_t i = 0; i < v->n_merges; i++)
        cut_merge(v->merge[i], (const char *)line[i].at, line[i].length, path,
                  "/tokenizer/merges, entry", i);
    free(line);
    return v;
}

void vocabulary_free(struct vocabulary *v)
{
    if (!v)
        return;
    free(v->token);
    free(v->merge);
    free(v->blob[0]);
    free(v->blob[1]);
    json_decref(v->json);
    free(v);
}

/* ---------------------------------------------------------------------- for people */

/* U+0000..U+001F, U+007F and U+0080..U+009F, which in UTF-8 are C2 80 .. C2 9F. */
static bool is_control(struct bytes spelling, size_t i)
{
    const unsigned char byte = spelling.at[i];

    return byte < 0x20 || byte == 0x7F ||
           (byte == 0xC2 && i + 1 < spelling.length && spelling.at[i + 1] < 0xA0);
}

char **vocabulary_texts(const struct vocabulary *v)
{
    char **texts = allocate(v->n_tokens, sizeof *texts);

    for (size_t t = 0; t < v->n_tokens; t++) {
        const struct bytes spelling = v->token[t];
        char *out = texts[t] = allocate(4 * spelling.length + 1, 1);
        for (size_t i = 0; i < spelling.length; i++)
            if (is_control(spelling, i)) {
                i += spelling.at[i] == 0xC2;
                out += sprintf(out, "\\x%02X", spelling.at[i]);
            } else {
                *out++ = (char)spelling.at[i];
            }
        *out = '\0';
    }
    return texts;
}
