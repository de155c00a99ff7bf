/* vocabulary_write.c: writes vocab.json and merges.txt.
 *
 * vocab.json is one object, token to id, in the order of the ids; all that is not
 * ASCII is written \uXXXX. merges.txt has the line `#version: 0.2` and then a merge a
 * line, `left right`, in the order in which they were learned. */
#include "vocabulary_write.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "die.h"
#include "part.h"

enum { N_FILES = 2, PATH_ROOM = 4096 };

static const char *const names[N_FILES] = {"vocab.json", "merges.txt"};

struct path {
    char text[PATH_ROOM];
};

static struct path path_of(const char *folder, const char *name)
{
    struct path p;

    if (snprintf(p.text, sizeof p.text, "%s/%s", folder, name) >= PATH_ROOM)
        die("--out: the name is too long: %.60s...", folder);
    return p;
}

static struct path part_of(const char *folder, const char *name)
{
    const struct path whole = path_of(folder, name);
    struct path p;

    part_name(p.text, sizeof p.text, whole.text);
    return p;
}

void vocabulary_check_folder(const char *folder, bool force)
{
    struct stat st;

    if (stat(folder, &st) == 0 && !S_ISDIR(st.st_mode))
        die("--out %s: is not a folder: name one, or a new one", folder);
    for (int i = 0; i < N_FILES; i++) {
        const struct path p = path_of(folder, names[i]);
        if (stat(p.text, &st) == 0 && S_ISDIR(st.st_mode))
            die("%s: is a folder: name another --out", p.text);
        if (stat(p.text, &st) == 0 && !force)
            die("%s: is there already: name another --out, or add --force", p.text);
    }
}

/* ------------------------------------------------------------------ the contents */

static bool write_tokens(FILE *f, const struct vocabulary *v)
{
    json_t *object = json_object();

    for (size_t id = 0; id < v->n_tokens; id++) {
        char *token = allocate(v->token[id].length + 1, 1);
        memcpy(token, v->token[id].at, v->token[id].length);
        token[v->token[id].length] = '\0';
        if (json_object_set_new(object, token, json_integer((json_int_t)id)) != 0)
            die("vocab.json: no memory for %zu tokens", v->n_tokens);
        free(token);
    }
    const bool written = json_dumpf(object, f, JSON_ENSURE_ASCII) == 0;
    json_decref(object);
    return written && fputc('\n', f) != EOF;
}

static bool write_merges(FILE *f, const struct vocabulary *v)
{
    fputs("#version: 0.2\n", f);
    for (size_t r = 0; r < v->n_merges; r++) {
        const struct bytes left = v->merge[r][0], right = v->merge[r][1];
        fwrite(left.at, 1, left.length, f);
        fputc(' ', f);
        fwrite(right.at, 1, right.length, f);
        fputc('\n', f);
    }
    return !ferror(f);
}

/* --------------------------------------------------------------------- the files */

_Noreturn static void give_up(const char *folder, const char *name)
{
    const int why = errno;

    for (int i = 0; i < N_FILES; i++)
        unlink(part_of(folder, names[i]).text);
    die("%s/%s: cannot be written: %s", folder, name, strerror(why));
}

void vocabulary_write(const char *folder, const struct vocabulary *v)
{
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        die("--out %s: cannot be made: %s", folder, strerror(errno));
    for (int i = 0; i < N_FILES; i++) {
        FILE *f = fopen(part_of(folder, names[i]).text, "wb");
        if (!f)
            give_up(folder, names[i]);
        const bool written = (i == 0 ? write_tokens : write_merges)(f, v);
        if (fclose(f) != 0 || !written)
            give_up(folder, names[i]);
    }
    for (int i = 0; i < N_FILES; i++)
        if (!part_finish(part_of(folder, names[i]).text, path_of(folder, names[i]).text))
            give_up(folder, names[i]);
}
