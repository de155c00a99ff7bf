/* utf8.h: characters of a text in UTF-8, whatever its bytes are. */
#ifndef UTF8_H
#define UTF8_H

#include <stddef.h>
#include <stdint.h>

enum { UTF8_MAX = 4, UTF8_INVALID = 0x110000, UTF8_REPLACEMENT = 0xFFFD };

/* Reads the character at `at`, before `end`, and returns how many bytes it takes.
 * Where the bytes are no character, *character is UTF8_INVALID and the result is
 * the length of the maximal invalid part, at least 1: the bytes that begin a
 * character but are not gone on with, which a reader replaces by one U+FFFD
 * (The Unicode Standard, section 3.9; Python's "replace" and the web do so). */
size_t utf8_read(uint32_t *character, const unsigned char *at, const unsigned char *end);

/* Writes a character; returns how many bytes it took. */
size_t utf8_write(unsigned char out[UTF8_MAX], uint32_t character);

#endif
