/* child.c: work that may crash or never end, in a process of its own. */
#define _DEFAULT_SOURCE  /* for MAP_ANONYMOUS and W_EXITCODE */
#include "child.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

enum { ENDED = 2 };  /* the exit code of work that ended the program */

/* Where the work ends the program by exit, nothing else of this program's may run then: it
 * belongs to the first process. */
static void leave_at_once(void)
{
    fflush(stdout);
    _exit(ENDED);
}

static _Noreturn void run(void work(void *context), void *context, int errors,
                          volatile bool *came_back)
{
    const struct rlimit none = {0, 0};

    if (atexit(leave_at_once) != 0 || dup2(errors, STDERR_FILENO) < 0)
        _exit(ENDED);
    setrlimit(RLIMIT_CORE, &none);
    work(context);
    *came_back = true;
    fflush(stdout);
    _exit(0);
}

static void listen(int from, char *said, size_t size)
{
    char buffer[512];
    size_t length = 0;
    ssize_t n;

    while ((n = read(from, buffer, sizeof buffer)) > 0 || (n < 0 && errno == EINTR))
        for (ssize_t i = 0; i < n && length + 1 < size; i++)
            said[length++] = buffer[i];
    said[length] = '\0';
    close(from);
}

int in_child(void work(void *context), void *context, const char *what, char *said, size_t size)
{
    volatile bool *came_back = mmap(NULL, sizeof *came_back, PROT_READ | PROT_WRITE,
                                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int ends[2], status = 0;
    pid_t child;

    fflush(stdout);
    fflush(stderr);
    if (came_back == MAP_FAILED || pipe(ends) != 0 || (child = fork()) < 0)
        die("no process can be started to check %s: %s", what, strerror(errno));
    if (child == 0) {
        close(ends[0]);
        run(work, context, ends[1], came_back);
    }
    close(ends[1]);
    listen(ends[0], said, size);
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            die("the process that checks %s is lost: %s", what, strerror(errno));
    if (status == 0 && !*came_back)
        status = W_EXITCODE(ENDED, 0);
    munmap((void *)(size_t)came_back, sizeof *came_back);
    return status;
}
