/* exec.c: runs a program and clears up behind it.
 *
 * The program is a process group of its own, so that it can be stopped with all that it has
 * started. While it runs, signals that would end this program are waited for and not
 * delivered: first the group is stopped, then the folder removed, then the signal takes its
 * effect. At other times a handler removes the folder; by then it holds two known files
 * (POSIX, async-signal-safe functions only). */
#include "exec.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "die.h"
#include "words.h"

/* Of the process as a whole, like its signals. */
static char folder[3900];                    /* "" where there is none */
static char input[4000], trace[4000];        /* the two files that stay while it is compared */

static const int deadly[] = {SIGINT, SIGTERM, SIGHUP};
enum { N_DEADLY = sizeof deadly / sizeof deadly[0] };

/* ------------------------------------------------------------------- the folder */

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)kind;
    (void)place;
    remove(path);
    return 0;
}

/* Removes what the program has left beside the two files, such as parts of a trace. */
static void sweep(void)
{
    char path[4200];
    DIR *all = opendir(folder);
    struct dirent *entry;

    while (all && (entry = readdir(all)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (strcmp(path, input) != 0 && strcmp(path, trace) != 0)
            nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    }
    if (all)
        closedir(all);
}

void exec_end(void)
{
    if (folder[0])
        nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    folder[0] = '\0';
}

static void on_signal(int number)
{
    unlink(input);
    unlink(trace);
    rmdir(folder);
    signal(number, SIG_DFL);
    raise(number);
}

static void install(void)
{
    static bool installed;

    if (installed)
        return;
    installed = true;
    atexit(exec_end);
    signal(SIGCHLD, SIG_DFL);
    for (int i = 0; i < N_DEADLY; i++)
        if (signal(deadly[i], on_signal) == SIG_IGN)
            signal(deadly[i], SIG_IGN);  /* as nohup wants it */
}

const char *exec_begin(void)
{
    const char *tmp = getenv("TMPDIR");

    install();
    if (!tmp || !*tmp)
        tmp = "/tmp";
    if (snprintf(folder, sizeof folder, "%s/touchstone-exec-XXXXXX", tmp) >= (int)sizeof folder ||
        !mkdtemp(folder)) {
        folder[0] = '\0';
        die("--exec: no folder for temporary files can be made in %s: set TMPDIR", tmp);
    }
    snprintf(input, sizeof input, "%s/input.trace.h5", folder);
    snprintf(trace, sizeof trace, "%s/trace.h5", folder);
    return folder;
}

/* ------------------------------------------------------------------ the command */

char *exec_command(const char *text, const char *model, const char *input_path,
                   const char *trace_path)
{
    const char *const names[] = {"{model}", "{input}", "{trace}"};
    const char *const paths[] = {model, input_path, trace_path};
    char quoted[17000];
    char *command = NULL;
    size_t size;
    FILE *f = open_memstream(&command, &size);

    if (!strstr(text, "{trace}"))
        die("--exec: the command names no {trace}: the file that it has to write");
    while (f && *text) {
        size_t k = 0;
        while (k < 3 && strncmp(text, names[k], strlen(names[k])) != 0)
            k++;
        if (k < 3)
            fputs(shell_word(quoted, sizeof quoted, paths[k]), f);
        else
            fputc(*text, f);
        text += k < 3 ? strlen(names[k]) : 1;
    }
    if (!f || fclose(f) != 0)
        die("no memory for the command of --exec");
    return command;
}

/* ------------------------------------------------------------------- the program */

/* In the new process: never returns. */
static void become(const char *command, const sigset_t *mask)
{
    const int nothing = open("/dev/null", O_RDONLY);

    setpgid(0, 0);
    for (int i = 0; i < N_DEADLY; i++)
        signal(deadly[i], SIG_DFL);
    sigprocmask(SIG_SETMASK, mask, NULL);
    if (nothing >= 0 && dup2(nothing, 0) >= 0 && dup2(2, 1) >= 0)
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(126);
}

/* Ends the group: asks, and after a second no longer asks. */
static void stop(pid_t group, const sigset_t *watched)
{
    const struct timespec second = {1, 0};

    kill(-group, SIGTERM);
    while (waitpid(group, NULL, WNOHANG) == 0)
        if (sigtimedwait(watched, NULL, &second) != SIGCHLD)
            break;
    kill(-group, SIGKILL);
    while (waitpid(group, NULL, 0) < 0 && errno == EINTR)
        ;
}

/* Waits for the program; its status. Ends this program where that takes too long or a signal
 * comes. `watched` is blocked. */
static int wait_for(pid_t child, const sigset_t *watched, const sigset_t *before,
                    const char *what, long long seconds)
{
    const double end = now() + (double)seconds;
    int status = 0;

    while (waitpid(child, &status, WNOHANG) == 0) {
        const double left = end - now();
        const struct timespec most = {left > 0 ? (time_t)left + 1 : 0, 0};
        const int got = left > 0 ? sigtimedwait(watched, NULL, &most) : -1;

        if (got == SIGCHLD || (got < 0 && left > 0))
            continue;
        stop(child, watched);
        exec_end();
        if (got < 0)
            die("--exec: the command had not ended after %lld s on %s and was stopped: "
                "--timeout SECONDS gives it more", seconds, what);
        signal(got, SIG_DFL);
        sigprocmask(SIG_SETMASK, before, NULL);
        raise(got);
        exit(2);
    }
    kill(-child, SIGKILL);  /* what it may have left running */
    return status;
}

static void judge_status(int status, const char *what)
{
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    const int killer = WIFSIGNALED(status) ? WTERMSIG(status) : code > 128 ? code - 128 : 0;

    if (killer)
        die("--exec: the command was killed on %s by signal %d (%s)", what, killer,
            strsignal(killer));
    if (code == 127)
        die("--exec: the command ended on %s with code 127: its program was not found", what);
    if (code)
        die("--exec: the command ended on %s with code %d: what it says about that stands above",
            what, code);
}

static bool is_ignored(int number)
{
    struct sigaction action;

    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

void exec_run(const char *command, const char *what, long long seconds)
{
    sigset_t watched, before;

    sigemptyset(&watched);
    sigaddset(&watched, SIGCHLD);
    for (int i = 0; i < N_DEADLY; i++)
        if (!is_ignored(deadly[i]))
            sigaddset(&watched, deadly[i]);
    sigprocmask(SIG_BLOCK, &watched, &before);
    fflush(stdout);
    fflush(stderr);
    const pid_t child = fork();
    if (child < 0)
        die("--exec: no process can be started: %s", strerror(errno));
    if (child == 0)
        become(command, &before);
    setpgid(child, child);
    const int status = wait_for(child, &watched, &before, what, seconds);
    sweep();
    sigprocmask(SIG_SETMASK, &before, NULL);
    judge_status(status, what);
}
