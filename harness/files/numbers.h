/* numbers.h: floating-point numbers as published files hold them. */
#ifndef NUMBERS_H
#define NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum number { NUMBER_NONE, NUMBER_F16, NUMBER_BF16, NUMBER_F32, NUMBER_F64 };

/* A file that is read piece by piece; never all of it is in memory. */
struct source {
    const char *path;
    int file;     /* its descriptor */
    off_t size;
};

/* Opens a file. Ends the program with one line where that fails. */
struct source source_open(const char *path);
void source_close(struct source *s);

/* Reads `size` bytes from offset `at` on; they are there, says the file's own header. */
void source_read(const struct source *s, void *bytes, size_t size, off_t at);

/* Bytes of one number; 0 for NUMBER_NONE. */
size_t number_width(enum number kind);

/* `count` numbers as floats, [count]: float16, bfloat16 and float32 exactly, infinities and
 * NaN too; float64 rounded to the nearest. */
void numbers_decode(float *out, const unsigned char *bytes, enum number kind, size_t count);

/* The same as doubles: all of them exactly. */
void numbers_decode_wide(double *out, const unsigned char *bytes, enum number kind,
                         size_t count);

/* Whole numbers of 1, 2, 4 or 8 bytes, little-endian and in two's complement. An unsigned
 * one of 8 bytes beyond the range comes out negative. */
void numbers_decode_ints(long long *out, const unsigned char *bytes, size_t width,
                         bool is_unsigned, size_t count);

/* `count` numbers of a file as floats, from offset `at` on. */
void numbers_read(float *out, const struct source *s, off_t at, enum number kind, size_t count);

#endif
