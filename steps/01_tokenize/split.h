/* split.h: cuts a text into the pieces inside which merging happens.
 *
 * No token of either family crosses the border between two pieces. */
#ifndef SPLIT_H
#define SPLIT_H

#include <stddef.h>

/* Called for each piece in turn; the bytes are valid until it returns. */
typedef void piece_visitor(void *context, const unsigned char *piece, size_t length);

/* GPT-2: all pieces together are the text, byte for byte. A byte that is not
 * valid UTF-8 counts as a character that is neither letter, number nor space. */
void split_gpt2(const unsigned char *text, size_t length, piece_visitor *visit, void *context);

/* GPT-1: the words of the normalised text, as UTF-8 and without white space.
 * Invalid bytes vanish, as U+FFFD does. */
void split_gpt1(const unsigned char *text, size_t length, piece_visitor *visit, void *context);

#endif
