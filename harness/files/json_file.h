/* json_file.h: small JSON files, and texts of files as they may be shown. */
#ifndef JSON_FILE_H
#define JSON_FILE_H

#include <jansson.h>
#include <stdbool.h>

/* The object or list that a file holds. Ends the program with one line that names the
 * file where there is none. Free it with json_decref. */
json_t *json_file(const char *path);

/* The same of a file of at most that many bytes. */
json_t *json_file_of(const char *path, long long most);

/* Whether a text can stand in a line for people: it has no control characters. */
bool is_plain(const char *text);

/* A copy with `?` in place of all that is no such text: control characters, and bytes that
 * are no UTF-8, as paths may hold. Returns text. */
char *make_plain(char *text, size_t size, const char *from);

#endif
