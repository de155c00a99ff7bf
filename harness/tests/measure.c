/* measure.c: runs a command and says what it took: measure COMMAND [ARGUMENT ...] prints, on
 * standard output when the command has ended, its seconds, those of the CPU and the most
 * memory that it had at a time, in bytes, with tabs between. What the command prints goes to
 * standard error. The exit code is the command's. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "die.h"

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

int main(int argc, char **argv)
{
    const double start = now();
    struct rusage use;
    int status;

    die_as("measure");
    if (argc < 2)
        die("usage: measure COMMAND [ARGUMENT ...]");
    const pid_t child = fork();
    if (child < 0)
        die("%s: cannot be started: %s", argv[1], strerror(errno));
    if (child == 0) {
        dup2(STDERR_FILENO, STDOUT_FILENO);
        execvp(argv[1], argv + 1);
        die("%s: cannot be started: %s", argv[1], strerror(errno));
    }
    if (waitpid(child, &status, 0) < 0 || getrusage(RUSAGE_CHILDREN, &use) != 0)
        die("%s: cannot be waited for: %s", argv[1], strerror(errno));
    printf("%.2f\t%.2f\t%ld\n", now() - start, seconds(use.ru_utime) + seconds(use.ru_stime),
           1024 * use.ru_maxrss);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}
