/* catalogue.c: reads the index of the known mistakes, build/mutants/catalogue.tsv: a line
 * of column names, then a line a mistake, with tabs between the columns. It is made by
 * harness/mutants/catalogue.awk. */
#include "catalogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"
#include "subject.h"
#include "words.h"

enum { COLUMNS = 9 };

static const char columns[] = "id\tstep\tfile\tkind\tbuild\ttensors\tsentence\treported\tprobe";

static char *index_path(char *path, size_t size)
{
    return path_beside_program(path, size, "mutants/catalogue.tsv");
}

const char no_catalogue[] =
    "`make mutants` builds the known mistakes; then a check may say which one this is";

bool catalogue_is_there(void)
{
    char path[4400];

    return access(index_path(path, sizeof path), R_OK) == 0;
}

static char *read_whole(const char *path)
{
    FILE *f = fopen(path, "rb");
    size_t size = 1 << 16, n = 0;
    char *text = allocate(size, 1);

    if (!f)
        die("%s: the known mistakes are not built: `make mutants` builds them", path);
    while ((n += fread(text + n, 1, size - n - 1, f)) == size - 1) {
        size *= 2;
        if (!(text = realloc(text, size)))
            die("no memory for %s", path);
    }
    if (ferror(f))
        die("%s: cannot be read", path);
    fclose(f);
    text[n] = '\0';
    return text;
}

/* Ends a line's columns where their tabs are. */
static void read_line(struct mistake *m, char *line, const char *path)
{
    const char *column[COLUMNS];
    size_t n = 0;

    for (char *at = line; at && n < COLUMNS; n++) {
        char *tab = strchr(at, '\t');
        column[n] = at;
        if (tab)
            *tab = '\0';
        at = tab ? tab + 1 : NULL;
    }
    if (n < COLUMNS)
        die("%s: a line has %zu columns, not %d: `make mutants` makes it again", path, n, COLUMNS);
    *m = (struct mistake){column[0], column[1], column[2], column[3], column[4],
                          column[5], column[6], column[7], column[8]};
}

struct catalogue catalogue_open(void)
{
    char path[4400];
    struct catalogue c = {.text = read_whole(index_path(path, sizeof path))};
    char *line = strchr(c.text, '\n');

    if (!line || strncmp(c.text, columns, sizeof columns - 1) != 0)
        die("%s: is no catalogue of mistakes: `make mutants` makes it again", path);
    for (const char *at = line; (at = strchr(at + 1, '\n'));)
        c.count++;
    c.mistake = allocate(c.count + 1, sizeof *c.mistake);
    line++;
    for (size_t i = 0; i < c.count; i++) {
        char *end = strchr(line, '\n');
        *end = '\0';
        read_line(&c.mistake[i], line, path);
        line = end + 1;
    }
    return c;
}

void catalogue_close(struct catalogue *c)
{
    free(c->mistake);
    free(c->text);
    *c = (struct catalogue){0};
}

char *mistake_path(char *path, size_t size, const struct mistake *m)
{
    char below[300];

    snprintf(below, sizeof below, strcmp(m->kind, "checker") == 0 ? "mutants/%s/touchstone"
                                                                 : "mutants/%s.so", m->id);
    return path_beside_program(path, size, below);
}

char *base_name(char *base, size_t size, const char *tensor)
{
    const char *rest = strncmp(tensor, "backward/", 9) == 0 ? tensor + 9
                       : strncmp(tensor, "grad/", 5) == 0   ? tensor + 5 : tensor;
    const int group = (int)(rest - tensor);

    if (strncmp(rest, "h.", 2) == 0) {
        rest += 2;
        rest += strspn(rest, "0123456789");
        rest += *rest == '/' || *rest == '.';
    }
    snprintf(base, size, "%.*s%s", group, tensor, rest);
    return base;
}

bool shows_at(const struct mistake *m, const char *tensor)
{
    char base[128];

    base_name(base, sizeof base, tensor);
    for (char *slash; !list_has(m->tensors, base); *slash = '\0')
        if (!(slash = strrchr(base, '/')))
            return false;
    return true;
}
