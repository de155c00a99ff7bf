/* json_file.c: reads small JSON files. What they say is left to others. */
#include "json_file.h"

#include <stdlib.h>

#include "die.h"
#include "numbers.h"

/* More than an index of a thousand files has; parsed, it takes up some ten times that. */
enum { MOST = 8 << 20 };

json_t *json_file(const char *path)
{
    struct source s = source_open(path);
    json_error_t error;

    if (s.size > MOST)
        die("%s: has %lld bytes, more than the %d that such a file may have", path,
            (long long)s.size, MOST);
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
