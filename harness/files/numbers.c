/* numbers.c: floating-point numbers as published files hold them, read as floats.
 *
 * All are little-endian: IEEE 754 binary16, binary32 and binary64 (IEEE 754-2008, section
 * 3.4), and bfloat16, which is the upper half of a binary32. A binary16 has 5 bits of
 * exponent with bias 15, a binary32 8 bits with bias 127: with its bits in a binary32's
 * places it is too small by 2^(127-15), and multiplying by that is exact, for the
 * subnormal ones too. What the numbers mean is left to others. */
#include "numbers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "die.h"

enum { BLOCK = 1 << 16 };  /* bytes read at a time */

struct source source_open(const char *path)
{
    struct source s = {.path = path, .file = open(path, O_RDONLY)};
    struct stat st;

    if (s.file < 0 || fstat(s.file, &st) != 0)
        die("%s: cannot be read: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        die("%s: is no ordinary file", path);
    s.size = st.st_size;
    return s;
}

void source_close(struct source *s)
{
    close(s->file);
}

void source_read(const struct source *s, void *bytes, size_t size, off_t at)
{
    for (size_t have = 0; have < size;) {
        const ssize_t n = pread(s->file, (char *)bytes + have, size - have, at + (off_t)have);

        if (n < 0 && errno != EINTR)
            die("%s: cannot be read: %s", s->path, strerror(errno));
        if (n == 0)
            die("%s: is cut short: get it again", s->path);
        have += n > 0 ? (size_t)n : 0;
    }
}

size_t number_width(enum number kind)
{
    static const size_t widths[] = {0, 2, 2, 4, 8};

    return widths[kind];
}

static uint64_t little_endian(const unsigned char *bytes, size_t width)
{
    uint64_t value = 0;

    for (size_t i = width; i-- > 0;)
        value = value << 8 | bytes[i];
    return value;
}

static float float_of_bits(uint32_t bits)
{
    float x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

static float float_of_half(uint32_t half)
{
    const uint32_t sign = (half & 0x8000) << 16, rest = (half & 0x7FFF) << 13;

    if ((half & 0x7C00) == 0x7C00)  /* infinite or NaN, as in a binary32 */
        return float_of_bits(sign | 0x7F800000 | rest);
    return float_of_bits(sign | rest) * 0x1p112F;
}

static double double_of_bits(uint64_t bits)
{
    double x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

static float float_of(uint64_t bits, enum number kind)
{
    return kind == NUMBER_F16    ? float_of_half((uint32_t)bits)
           : kind == NUMBER_BF16 ? float_of_bits((uint32_t)bits << 16)
           : kind == NUMBER_F32  ? float_of_bits((uint32_t)bits)
                                 : (float)double_of_bits(bits);
}

void numbers_decode(float *out, const unsigned char *bytes, enum number kind, size_t count)
{
    const size_t width = number_width(kind);

    for (size_t i = 0; i < count; i++)
        out[i] = float_of(little_endian(bytes + i * width, width), kind);
}

void numbers_decode_wide(double *out, const unsigned char *bytes, enum number kind,
                         size_t count)
{
    if (kind == NUMBER_F64)
        for (size_t i = 0; i < count; i++)
            out[i] = double_of_bits(little_endian(bytes + i * 8, 8));
    else if (kind == NUMBER_F32)
        for (size_t i = 0; i < count; i++)
            out[i] = float_of_bits((uint32_t)little_endian(bytes + i * 4, 4));
    else
        for (size_t i = 0; i < count; i++)
            out[i] = float_of(little_endian(bytes + i * 2, 2), kind);
}

void numbers_decode_ints(long long *out, const unsigned char *bytes, size_t width,
                         bool is_unsigned, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = little_endian(bytes + i * width, width);

        if (!is_unsigned && width < 8 && bits >> (8 * width - 1))
            bits |= UINT64_MAX << (8 * width);
        memcpy(&out[i], &bits, sizeof bits);
    }
}

void numbers_read(float *out, const struct source *s, off_t at, enum number kind, size_t count)
{
    const size_t width = number_width(kind), at_once = BLOCK / width;
    unsigned char bytes[BLOCK];

    for (size_t done = 0; done < count;) {
        const size_t n = count - done < at_once ? count - done : at_once;

        source_read(s, bytes, n * width, at + (off_t)(done * width));
        numbers_decode(out + done, bytes, kind, n);
        done += n;
    }
}
