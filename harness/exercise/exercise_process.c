/* exercise_process.c: marks the functions of an exercise, each in a process of its own.
 *
 * A learner's function may crash, write where it must not, or never end. Whatever becomes
 * of the process (child.c), the verdict is known, for both share the mark. */
#define _DEFAULT_SOURCE  /* for MAP_ANONYMOUS */
#include "exercise_process.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "die.h"
#include "words.h"

/* For marking one function; most take less than 1. Cases count in processes of their own,
 * so the clock on the wall counts as well. */
enum { SECONDS = 10, ON_THE_WALL = 60, TO_EXPLAIN = 300 };

void mark_says(struct mark *m, const char *format, ...)
{
    const size_t used = strlen(m->says);
    va_list args;

    va_start(args, format);
    vsnprintf(m->says + used, sizeof m->says - used, format, args);
    va_end(args);
}

/* ------------------------------------------------------------- what is not written */

static const struct marking *under_way;  /* for not_written, which knows of none */

static void note_unwritten(const char *function)
{
    const struct exercise_step *s = under_way->step;

    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->item[i].name, function) == 0)
            under_way->mark->unwritten[i] = true;
}

/* Has the object tell what is not written. One that is no exercise has nothing to tell. */
static void listen_to(const struct marking *m)
{
    void (*on)(void (*tell)(const char *function));

    under_way = m;
    for (size_t p = 0; p < 2; p++) {
        void *symbol = m->object[p] ? dlsym(m->object[p], "on_not_written") : NULL;
        memcpy(&on, &symbol, sizeof on);  /* ISO C has no such cast */
        if (symbol)
            on(note_unwritten);
    }
}

bool was_called_unwritten(const struct marking *m)
{
    struct mark *mark = m->mark;

    if (mark->unwritten[m->function]) {
        mark->verdict = NOT_WRITTEN;
        return true;
    }
    for (size_t i = 0; i < m->step->count; i++)
        if (mark->unwritten[i]) {
            mark->verdict = WAITS;
            snprintf(mark->waits_for, sizeof mark->waits_for, "%s", m->step->item[i].name);
            return true;
        }
    return false;
}

/* -------------------------------------------------------------- the other process */

void allow_time(bool explaining)
{
    const struct rlimit seconds = {explaining ? TO_EXPLAIN : SECONDS, TO_EXPLAIN + 5};

    setrlimit(RLIMIT_CPU, &seconds);
    alarm(explaining ? 0 : ON_THE_WALL);
}

static void mark_function(void *marking)
{
    struct marking *m = marking;

    signal(SIGXCPU, SIG_DFL);
    signal(SIGALRM, SIG_DFL);
    allow_time(false);
    listen_to(m);
    if (marked_by_cases(m->step))
        mark_cases(m);
    else
        mark_tensors(m);
}

/* What became of a process that did not come to its end. */
static void blame(const struct marking *m, int status, const char *said)
{
    struct mark *mark = m->mark;
    const char *line = strstr(said, ".so: ");

    if (was_called_unwritten(m))
        return;
    mark->verdict = WRONG;
    mark->says[0] = '\0';
    if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGALRM))
        mark_says(mark, "  it does not come to an end within %d seconds: look at its loops\n",
                  WTERMSIG(status) == SIGXCPU ? SECONDS : ON_THE_WALL);
    else if (WIFSIGNALED(status))
        mark_says(mark, "  it crashed: %s\n", strsignal(WTERMSIG(status)));
    else
        mark_says(mark, "  it stopped: %s", line ? line + 5 : *said ? said
                                                                  : "it ended the program\n");
}

static void mark_one(struct marking *m)
{
    char said[2000];
    const int status = in_child(mark_function, m, m->step->item[m->function].name, said,
                                sizeof said);

    if (status != 0)
        blame(m, status, said);
}

/* ------------------------------------------------------------------------- all */

/* The first function that this one needs and that is not right, or NULL. */
static const char *lacking(const struct marking *m, const struct mark *mark)
{
    for (size_t i = 0; i < m->step->count; i++)
        if (list_has(m->step->item[m->function].needs, m->step->item[i].name) &&
            mark[i].verdict != RIGHT)
            return m->step->item[i].name;
    return NULL;
}

void mark_all(struct marking *m, struct mark *mark)
{
    for (m->function = 0; m->function < m->step->count; m->function++) {
        m->mark = &mark[m->function];
        const char *first = lacking(m, mark);
        if (first) {
            m->mark->verdict = WAITS;
            snprintf(m->mark->waits_for, sizeof m->mark->waits_for, "%s", first);
        } else {
            mark_one(m);
        }
    }
}

struct mark *shared_marks(size_t count)
{
    void *shared = mmap(NULL, count * sizeof(struct mark), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (shared == MAP_FAILED)
        die("no memory to mark exercises: %s", strerror(errno));
    return shared;
}

void free_marks(struct mark *mark, size_t count)
{
    munmap(mark, count * sizeof *mark);
}
