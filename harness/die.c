/* die.c: errors as one line and exit code 2. */
#define _DEFAULT_SOURCE  /* madvise */
#include "die.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { LARGE_PAGE = 1 << 21 };

static const char *name = "touchstone";  /* set once, by main */
static bool dead;

/* Where a standard stream is closed, the next file opened would take its place. So it
 * is opened for the wrong direction: using it is an error, as it was before. */
static void keep_standard_streams(void)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
            exit(2);
}

void die_as(const char *program)
{
    name = program;
    keep_standard_streams();
}

const char *die_name(void)
{
    return name;
}

static void say(const char *format, va_list args)
{
    fflush(stdout);
    fprintf(stderr, "%s: ", name);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
}

void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(format, args);
    va_end(args);
    dead = true;
    exit(2);
}

bool has_died(void)
{
    return dead;
}

void warn(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(format, args);
    va_end(args);
}

void finish_output(void)
{
    if (fflush(stdout) != 0 || ferror(stdout))
        die("standard output cannot be written: %s", strerror(errno));
}

/* Large arrays are asked for in pages of 2 MB. With those of 4 kB a processor that walks
 * through hundreds of megabytes searches for a page at every line or two, and the system
 * hands them out one by one. */
static void *memory_of(size_t bytes)
{
    void *memory;

    if (bytes < LARGE_PAGE)
        return malloc(bytes ? bytes : 1);
    if (posix_memalign(&memory, LARGE_PAGE, bytes) != 0)
        return NULL;
#ifdef MADV_HUGEPAGE
    madvise(memory, bytes / LARGE_PAGE * LARGE_PAGE, MADV_HUGEPAGE);  /* a wish, no more */
#endif
    return memory;
}

void *allocate(size_t count, size_t size)
{
    void *memory = NULL;

    if (size == 0 || count <= (size_t)-1 / 2 / size)
        memory = memory_of(count * size);
    if (!memory)
        die("no memory for %zu elements of %zu bytes: a smaller model or input is needed",
            count, size);
    return memory;
}
