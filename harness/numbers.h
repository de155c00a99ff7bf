/* numbers.h: floating-point numbers as published files hold them. */
#ifndef NUMBERS_H
#define NUMBERS_H

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

/* The same from a file, from offset `at` on. */
void numbers_read(float *out, const struct source *s, off_t at, enum number kind, size_t count);

#endif
