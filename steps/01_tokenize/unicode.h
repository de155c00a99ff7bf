/* unicode.h: what the two tokenizers ask about a character. */
#ifndef UNICODE_H
#define UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The classes of GPT-2's split pattern: \p{L}, \p{N}, \s, and all else. */
enum unicode_class { CLASS_OTHER, CLASS_LETTER, CLASS_NUMBER, CLASS_SPACE };

enum unicode_class unicode_class(uint32_t character);

/* GPT-1's normalisation of one character: what is left of it after cleaning,
 * decomposing, removing accents and lowering the case. Writes at most UNICODE_MOST
 * characters and returns how many: 0 for a character that vanishes, one U+0020 for
 * white space, and a Chinese character between two of them. */
enum { UNICODE_MOST = 3 };
size_t unicode_normalize(uint32_t out[UNICODE_MOST], uint32_t character);

/* Whether GPT-1 makes the character, after normalisation, a word of its own. */
bool unicode_is_punctuation(uint32_t character);

#endif
