/* words.h: words of a command line, read and written. */
#ifndef WORDS_H
#define WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a list of words with spaces between them has the word. */
bool list_has(const char *list, const char *word);

/* A whole number from `low` to `high`; anything else ends the program with a line
 * that names the option. */
long long whole_number(const char *option, const char *text, long long low, long long high);

/* A copy of a text, to be freed. */
char *copy_text(const char *text);

/* A word as a shell takes it, quoted where it must be. Returns text. */
char *shell_word(char *text, size_t size, const char *word);

#endif
