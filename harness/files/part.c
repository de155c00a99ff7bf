/* part.c: files that are there whole or not at all. */
#include "part.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"

static const char mark[] = ".part-";

/* Whether `entry` is a part of `name` whose process is no more. */
static bool is_left_over(const char *entry, const char *name)
{
    const size_t length = strlen(name);
    char *end;

    if (strncmp(entry, name, length) != 0 || strncmp(entry + length, mark, strlen(mark)) != 0)
        return false;
    const long pid = strtol(entry + length + strlen(mark), &end, 10);
    return pid > 0 && !*end && kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

static void remove_left_over(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    char full[4096], folder[4096] = ".";
    struct dirent *entry;

    if (slash)
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - path + 1), path);
    DIR *all = opendir(folder);
    while (all && (entry = readdir(all)) != NULL)
        if (is_left_over(entry->d_name, name) &&
            snprintf(full, sizeof full, "%s/%s", folder, entry->d_name) < (int)sizeof full)
            unlink(full);
    if (all)
        closedir(all);
}

void part_name(char *part, size_t size, const char *path)
{
    remove_left_over(path);
    snprintf(part, size, "%s%s%d", path, mark, (int)getpid());
}

bool part_finish(const char *part, const char *path)
{
    const int fd = open(part, O_RDONLY);

    if (fd < 0 || fsync(fd) != 0 || close(fd) != 0)
        return false;
    return rename(part, path) == 0;
}

void part_write(const char *option, const char *path, const char *text, size_t size)
{
    char part[4200];

    part_name(part, sizeof part, path);
    FILE *f = fopen(part, "wb");
    if (!f)
        die("%s: %s cannot be written: %s", option, path, strerror(errno));
    const bool written = fwrite(text, 1, size, f) == size;
    if (fclose(f) != 0 || !written || !part_finish(part, path)) {
        const int why = errno;
        unlink(part);
        die("%s: %s cannot be written: %s", option, path, strerror(why));
    }
}
