/* alphabet.h: GPT-2's byte-level alphabet, which spells any bytes in printable
 * characters, one character a byte. */
#ifndef ALPHABET_H
#define ALPHABET_H

#include <stdint.h>

/* The character that stands for a byte. */
uint32_t alphabet_character(unsigned char byte);

/* The byte that a character stands for; -1 where it is not in the alphabet. */
int alphabet_byte(uint32_t character);

#endif
