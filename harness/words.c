/* words.c: words of a command line. */
#include "words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"

bool list_has(const char *list, const char *word)
{
    const size_t length = strlen(word);

    for (const char *at = strstr(list, word); at && length; at = strstr(at + 1, word))
        if ((at == list || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    return false;
}

long long whole_number(const char *option, const char *text, long long low, long long high)
{
    char *end;

    errno = 0;
    const long long value = strtoll(text, &end, 10);
    if (end == text || *end || errno || value < low || value > high)
        die("%s: `%s` is not a whole number from %lld to %lld", option, text, low, high);
    return value;
}

char *copy_text(const char *text)
{
    return strcpy(allocate(strlen(text) + 1, 1), text);
}

char *shell_word(char *text, size_t size, const char *word)
{
    size_t used = 0;

    if (*word && strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                              "_-./,=+@%:") == strlen(word)) {
        snprintf(text, size, "%s", word);
        return text;
    }
    text[used++] = '\'';
    for (; *word && used + 6 < size; word++)
        used += (size_t)snprintf(text + used, size - used, *word == '\'' ? "'\\''" : "%c", *word);
    snprintf(text + used, size - used, "'");
    return text;
}
