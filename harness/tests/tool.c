/* tool.c: helpers of the tests. */
#include "tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "damage.h"
#include "die.h"
#include "files/store.h"

static char folder[64];

int begin(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/touchstone-test-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

int finish(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

const char *file(const char *name)
{
    static char paths[64][128];
    static int n;
    char path[128];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    for (int i = 0; i < n; i++)
        if (strcmp(paths[i], path) == 0)
            return paths[i];
    if (n == 64)
        fail_msg("a test uses more than 64 files");
    return strcpy(paths[n++], path);
}

static void slurp(const char *name, char *text, size_t size)
{
    FILE *f = fopen(file(name), "rb");
    const size_t n = f ? fread(text, 1, size - 1, f) : 0;

    text[n] = '\0';
    if (f)
        fclose(f);
}

const struct outcome *shell(const char *format, ...)
{
    static struct outcome o;
    static char command[8192], whole[10000];
    const char *build = getenv("BUILD");
    va_list args;

    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    snprintf(whole, sizeof whole,
             "PATH=\"$PWD/%s:$PATH\" T='%s' F=fixtures; export T F PATH; { %s\n} >'%s/.out' "
             "2>'%s/.err' </dev/null", build ? build : "build", folder, command, folder, folder);
    const int status = system(whole);
    o.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    slurp(".out", o.out, sizeof o.out);
    slurp(".err", o.err, sizeof o.err);
    return &o;
}

const char *borrow(const char *fixture)
{
    const char *slash = strrchr(fixture, '/');

    assert_int_equal(shell("cp \"$F/%s\" \"$T/\" && chmod u+w \"$T\"/*.h5", fixture)->code, 0);
    return file(slash ? slash + 1 : fixture);
}

static void assert_has(const char *text, va_list words)
{
    const char *word;

    while ((word = va_arg(words, const char *)))
        if (!strstr(text, word))
            fail_msg("`%s` is not in: %s", word, text);
}

void assert_refused(const struct outcome *o, ...)
{
    va_list words;
    const char *end = strchr(o->err, '\n');

    if (o->code != 2)
        fail_msg("exit code %d instead of 2; it said: %s%s", o->code, o->out, o->err);
    if (!end || end[1])
        fail_msg("not one line: %s", o->err);
    va_start(words, o);
    assert_has(o->err, words);
    va_end(words);
}

void assert_says(const struct outcome *o, int code, ...)
{
    va_list words;

    if (o->code != code)
        fail_msg("exit code %d instead of %d; it said: %s%s", o->code, code, o->out, o->err);
    va_start(words, code);
    assert_has(o->out, words);
    va_end(words);
}

void damage_file(const char *path, const char *tensor, const char *kind)
{
    struct store *s = store_update(path);
    struct stored what;

    if (!store_find(s, tensor, &what))
        fail_msg("%s has no %s", path, tensor);
    double *x = allocate(what.count, sizeof *x);
    store_read(s, tensor, 8, x);
    if (!damage(kind, x, what.rank, what.dim))
        fail_msg("no such damage: %s", kind);
    store_write(s, tensor, 8, x, what.rank, what.dim);
    store_commit(s);
    free(x);
}
