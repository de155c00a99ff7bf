/* die.c: errors as one line and exit code 2. */
#include "die.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const char *name = "touchstone";  /* set once, by main */

void die_as(const char *program)
{
    name = program;
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
    exit(2);
}

void warn(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(format, args);
    va_end(args);
}

void *allocate(size_t count, size_t size)
{
    void *memory = NULL;

    if (size == 0 || count <= (size_t)-1 / 2 / size)
        memory = malloc(count && size ? count * size : 1);
    if (!memory)
        die("no memory for %zu elements of %zu bytes: a smaller model or input is needed",
            count, size);
    return memory;
}
