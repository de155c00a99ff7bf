/* alphabet.c: GPT-2's byte-level alphabet.
 *
 * The bytes that are printable in Latin-1 (33..126, 161..172, 174..255) stand for
 * themselves; the 68 others get the characters from U+0100 on, in rising order, so
 * that a space is U+0120 and a line feed U+010A. Vocabulary files can then be
 * text, and no symbol is ever unknown. Source: openai/gpt-2 src/encoder.py,
 * bytes_to_unicode. */
#include "alphabet.h"

enum { FIRST_OTHER = 0x100, N_OTHERS = 33 + 34 + 1 };

/* Byte 127 is the 33rd of the others: 0..32 come before it; 173 is the last. */
uint32_t alphabet_character(unsigned char byte)
{
    if (byte < 33)
        return FIRST_OTHER + (uint32_t)byte;
    if (byte >= 127 && byte < 161)
        return FIRST_OTHER + 33 + (uint32_t)byte - 127;
    if (byte == 173)
        return FIRST_OTHER + N_OTHERS - 1;
    return byte;
}

int alphabet_byte(uint32_t character)
{
    if (character >= FIRST_OTHER + N_OTHERS)
        return -1;
    if (character == FIRST_OTHER + N_OTHERS - 1)
        return 173;
    if (character >= FIRST_OTHER + 33)
        return (int)(character - FIRST_OTHER - 33 + 127);
    if (character >= FIRST_OTHER)
        return (int)(character - FIRST_OTHER);
    return alphabet_character((unsigned char)character) == character ? (int)character : -1;
}
