/* utf8.c: UTF-8 read and written.
 *
 *   bytes              characters          the second byte
 *   00..7F             U+0000..U+007F
 *   C2..DF 80..BF      U+0080..U+07FF
 *   E0..EF and two     U+0800..U+FFFF      A0..BF after E0, 80..9F after ED
 *   F0..F4 and three   U+10000..U+10FFFF   90..BF after F0, 80..8F after F4
 *
 * The limits on the second byte keep out what could be written shorter, the
 * surrogates and what is beyond U+10FFFF. Source: The Unicode Standard, table 3-7. */
#include "utf8.h"

size_t utf8_read(uint32_t *character, const unsigned char *at, const unsigned char *end)
{
    const unsigned first = at[0];
    unsigned low = 0x80, high = 0xBF;  /* the limits of the next byte */
    size_t length;

    if (first < 0x80) {
        *character = first;
        return 1;
    }
    if (first >= 0xC2 && first <= 0xDF) {
        length = 2;
        *character = first & 0x1F;
    } else if (first >= 0xE0 && first <= 0xEF) {
        length = 3;
        *character = first & 0x0F;
        low = first == 0xE0 ? 0xA0 : 0x80;
        high = first == 0xED ? 0x9F : 0xBF;
    } else if (first >= 0xF0 && first <= 0xF4) {
        length = 4;
        *character = first & 0x07;
        low = first == 0xF0 ? 0x90 : 0x80;
        high = first == 0xF4 ? 0x8F : 0xBF;
    } else {
        *character = UTF8_INVALID;
        return 1;
    }
    for (size_t i = 1; i < length; i++) {
        if (at + i == end || at[i] < low || at[i] > high) {
            *character = UTF8_INVALID;
            return i;
        }
        *character = *character << 6 | (at[i] & 0x3F);
        low = 0x80;
        high = 0xBF;
    }
    return length;
}

size_t utf8_write(unsigned char out[UTF8_MAX], uint32_t character)
{
    size_t length = 1;

    if (character < 0x80) {
        out[0] = (unsigned char)character;
        return 1;
    }
    length = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        out[i] = (unsigned char)(0x80 | (character & 0x3F));
        character >>= 6;
    }
    out[0] = (unsigned char)((0xF00 >> length & 0xFF) | character);
    return length;
}
