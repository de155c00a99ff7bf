/* json_file.c: reads small JSON files. What they say is left to others. */
#include "json_file.h"

#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "numbers.h"

/* More than an index of a thousand files has; parsed, it takes up some ten times that. */
enum { MOST = 8 << 20 };

json_t *json_file(const char *path)
{
    return json_file_of(path, MOST);
}

json_t *json_file_of(const char *path, long long most)
{
    struct source s = source_open(path);
    json_error_t error;

    if (s.size > most)
        die("%s: has %lld bytes, more than the %lld that such a file may have", path,
            (long long)s.size, most);
    char *text = allocate((size_t)s.size, 1);
    source_read(&s, text, (size_t)s.size, 0);
    source_close(&s);
    json_t *value = json_loadb(text, (size_t)s.size, JSON_REJECT_DUPLICATES, &error);
    if (!value)
        die("%s: is no JSON, or damaged: line %d: %s", path, error.line, error.text);
    free(text);
    return value;
}

bool is_plain(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7F)
            return false;
    return true;
}

/* Bytes of the UTF-8 character at `text`; 0 where there is none that XML allows: control
 * characters, surrogates and the two that are no characters are not. */
static size_t character(const unsigned char *text)
{
    static const unsigned long least[] = {0, 0x20, 0x80, 0x800, 0x10000};
    const size_t n = text[0] < 0x80 ? 1 : text[0] >> 5 == 6 ? 2 : text[0] >> 4 == 14 ? 3
                     : text[0] >> 3 == 30 ? 4 : 0;
    unsigned long code = n == 1 ? text[0] : text[0] & (0x7FUL >> n);

    for (size_t i = 1; i < n; i++) {
        if (text[i] >> 6 != 2)
            return 0;
        code = code << 6 | (text[i] & 0x3F);
    }
    return n && code >= least[n] && code != 0x7F && (code < 0xD800 || code > 0xDFFF) &&
           (code & 0xFFFE) != 0xFFFE && code <= 0x10FFFF ? n : 0;
}

char *make_plain(char *text, size_t size, const char *from)
{
    size_t used = 0;

    while (*from && used + 5 < size) {
        const size_t n = character((const unsigned char *)from);
        memcpy(text + used, n ? from : "?", n ? n : 1);
        used += n ? n : 1;
        from += n ? n : 1;
    }
    text[used] = '\0';
    return text;
}
