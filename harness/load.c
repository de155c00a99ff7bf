/* load.c: finds a subject and loads its shared object. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"
#include "subject.h"

const char builtin_subjects[] = "f64,scalar";

static const char *started_as = "";  /* set once, by main */

void subjects_beside(const char *argv0)
{
    started_as = argv0;
}

/* The folder of the running program: the built-in subjects lie beside it. */
static void program_folder(char *folder, size_t size)
{
    const ssize_t n = readlink("/proc/self/exe", folder, size - 1);

    if (n > 0)
        folder[n] = '\0';
    else
        snprintf(folder, size, "%s", started_as);  /* a system without /proc */
    char *slash = strrchr(folder, '/');
    if (!slash)
        die("cannot find the program's own folder: start it by its path");
    *slash = '\0';
}

const struct subject *subject_load(const char *name)
{
    char path[4200], folder[4096];
    const struct subject *(*describe)(void);

    if (strchr(name, '/')) {
        snprintf(path, sizeof path, "%s", name);
    } else {
        program_folder(folder, sizeof folder);
        snprintf(path, sizeof path, "%s/subjects/%s.so", folder, name);
        if (access(path, R_OK) != 0)
            die("--subject %s: there is none of that name, only %s, and paths with a `/`", name,
                "f64 and scalar");
    }
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!object)
        die("--subject %s: cannot be loaded: %s", name, dlerror());
    void *symbol = dlsym(object, "touchstone_subject");
    if (!symbol)
        die("--subject %s: %s does not export touchstone_subject", name, path);
    memcpy(&describe, &symbol, sizeof describe);  /* ISO C has no such cast */
    const struct subject *s = describe();
    if (s->version != SUBJECT_VERSION || (s->width != 4 && s->width != 8))
        die("--subject %s: was built for another version of Touchstone: build it again", name);
    return s;
}
