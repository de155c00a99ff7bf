/* load.c: finds a subject and loads its shared object.
 *
 * A fast subject is compiled for instructions that not every CPU has; the first of them
 * would end the program. So the CPU is asked before the object is loaded, and what calls
 * subjects is itself compiled for any CPU. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"
#include "guard.h"
#include "partial.h"
#include "subject.h"

static const char *started_as = "";  /* set once, by main */

/* Whether the CPU has the instructions that a subject is compiled for. */
static bool cpu_runs(const char *name)
{
    bool runs = true;

#if defined __x86_64__ || defined __i386__
    if (strcmp(name, "avx2") == 0)
        runs = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (strcmp(name, "avx512") == 0)
        runs = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
#else
    runs = strncmp(name, "avx", 3) != 0;
#endif
    return runs;
}

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

char *path_beside_program(char *path, size_t size, const char *name)
{
    char folder[4096];

    program_folder(folder, sizeof folder);
    snprintf(path, size, "%s/%s", folder, name);
    return path;
}

/* Where the subject of that name lies. Returns path. */
static char *built_path(char *path, size_t size, const char *name)
{
    char below[300];

    snprintf(below, sizeof below, "subjects/%s.so", name);
    return path_beside_program(path, size, below);
}

bool subject_is_there(const char *name)
{
    char path[4200];

    return access(built_path(path, sizeof path, name), R_OK) == 0;
}

/* What runs in place of a subject that the CPU does not run: says so, once. */
static const char *instead_of(const char *name)
{
    static bool said;
    const bool is_avx512 = strcmp(name, "avx512") == 0;
    const char *other = is_avx512 && cpu_runs("avx2") ? "avx2" : "scalar";

    if (!said)
        warn("%s: this CPU has no %s: going on with %s", name, is_avx512 ? "AVX-512" : "AVX2",
             other);
    said = true;
    return other;
}

const char *builtin_subjects(void)
{
    if (!subject_is_there("avx2"))
        return "f64,scalar";
    if (!cpu_runs("avx2")) {
        instead_of("avx2");
        return "f64,scalar";
    }
    return subject_is_there("avx512") && cpu_runs("avx512") ? "f64,scalar,avx2,avx512"
                                                            : "f64,scalar,avx2";
}

static _Noreturn void cannot_load(const char *name, const char *why)
{
    const char *what = strstr(why, "undefined symbol") ? "link it with what has that (-lm, ...)"
                       : strstr(why, "No such file")   ? "build it first"
                       : "it must be a shared object for this machine: cc -shared -fPIC";

    die("--subject %s: cannot be loaded: %s: %s", name, why, what);
}

const struct subject *subject_load(const char *name)
{
    char path[4200];
    const struct subject *(*describe)(void);

    if (!cpu_runs(name))
        name = instead_of(name);
    if (strchr(name, '/'))
        snprintf(path, sizeof path, "%s", name);
    else if (access(built_path(path, sizeof path, name), R_OK) != 0)
        die("--subject %s: there is none of that name, only %s, and paths with a `/`", name,
            builtin_subjects());
    /* Threads of GNU OpenMP that wait for each other would turn round and round for
     * milliseconds; where other programs run, that is the time of the one waited for. */
    setenv("GOMP_SPINCOUNT", "5000", 0);
    static const char *const loader[2] = {"the dynamic loader"};
    guard_code(name, loader, path);  /* a file that is cut short, or code that runs at once */
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    guard_code(NULL, NULL, NULL);
    if (!object)
        cannot_load(name, dlerror());
    void *symbol = dlsym(object, "touchstone_subject");
    if (!symbol)
        return partial_subject(name, object);
    memcpy(&describe, &symbol, sizeof describe);  /* ISO C has no such cast */
    const struct subject *s = describe();
    if (s->version != SUBJECT_VERSION || (s->width != 4 && s->width != 8))
        die("--subject %s: was built for another version of Touchstone: build it again", name);
    return s;
}
