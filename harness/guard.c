/* guard.c: turns a crash inside the HDF5 library, or inside a user's function, into an
 * error message, and one that ends the program. The handler of signals calls only what such a
 * one may (POSIX, async-signal-safe). */
#include "guard.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"

enum { SECONDS = 20, BYTES_PER_SECOND = 1 << 20, STACK = 1 << 16 };

/* What the handler needs to know: of the process as a whole, like its signals. */
static const char *volatile guarded;     /* the file, while inside HDF5 */
static const char *volatile unfinished = "";
static int depth;
static const char *volatile code;        /* the subject, while a user's function runs */
static const char *volatile code_name[2], *volatile code_what;

static void put(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        return;  /* there is nowhere left to say so */
}

static const char *crash_text(int number)
{
    switch (number) {
    case SIGSEGV: case SIGBUS:
        return "memory was read or written where there is none (SIGSEGV)";
    case SIGFPE: return "a whole number was divided by 0 (SIGFPE)";
    case SIGILL: return "this CPU lacks one of its instructions (SIGILL)";
    default:     return "it gave up, or memory was written that is not its own (SIGABRT)";
    }
}

/* One line: what the function under way did, and why that is wrong. */
static void blame_code(const char *did, const char *why)
{
    put(die_name());
    put(": --subject ");
    put(code);
    put(": ");
    put(code_name[0]);
    if (code_name[1])
        put(" or ");
    if (code_name[1])
        put(code_name[1]);
    put(did);
    put(code_what);
    put(": ");
    put(why);
    put("\n");
}

static void on_signal(int number)
{
    if (code) {
        blame_code(" crashed at ", crash_text(number));
        if (unfinished[0])
            unlink(unfinished);
        _exit(2);
    }
    if (!guarded) {  /* a crash of our own: not to be hidden */
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    put(die_name());
    put(": ");
    put(guarded);
    put(number == SIGALRM ? ": is damaged: reading it does not come to an end"
                          : ": is so badly damaged that the HDF5 library failed on it");
    put(": get or make the file again\n");
    if (unfinished[0])
        unlink(unfinished);
    _exit(2);
}

/* A function that ends the program would end it as if all were well. */
static void at_exit(void)
{
    if (unfinished[0])
        unlink(unfinished);
    if (!code || has_died())
        return;
    fflush(stdout);
    blame_code(" called exit at ", "it must come back instead");
    _exit(2);
}

static void install(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM};
    static char stack[STACK];  /* the crash may be a stack that ran full */
    const stack_t alternative = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK | SA_NODEFER};

    sigaltstack(&alternative, NULL);
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        sigaction(signals[i], &action, NULL);
    atexit(at_exit);
}

static void install_once(void)
{
    static int installed;

    if (!installed)
        install();
    installed = 1;
}

void guard_code(const char *subject, const char *const function[2], const char *what)
{
    install_once();
    code = NULL;
    if (!subject || !function[0])
        return;
    code_name[0] = function[0];
    code_name[1] = function[1];
    code_what = what;
    code = subject;
}

void guard_enter(const char *path, size_t bytes)
{
    install_once();
    guarded = path;
    depth++;
    alarm((unsigned)(SECONDS + bytes / BYTES_PER_SECOND));
}

void guard_leave(void)
{
    if (--depth > 0)
        return;
    alarm(0);
    guarded = NULL;
}

void guard_unfinished(const char *path)
{
    unfinished = path;
}
