/* mutant_probe.c: one mistaken checker.
 *
 * It is the whole program with one edit. What its entry calls a probe are arguments on
 * which it gives another verdict than the right program: another exit code, or another
 * last line. In them $F is the folder of the fixtures and $M that of the mistakes, so that a
 * checker can be given a mistaken subject that it lets through. */
#include "mutants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "die.h"
#include "subject.h"
#include "words.h"

/* The exit code of a program on the probe, and the last line that it prints. */
struct answer {
    int code;
    char last[200];
};

static struct answer ask(const char *program, const char *probe)
{
    char word[4400], command[9000], line[4096];
    struct answer a = {0};

    snprintf(command, sizeof command, "%s %s 2>/dev/null",
             shell_word(word, sizeof word, program), probe);
    FILE *f = popen(command, "r");
    if (!f)
        die("%s: cannot be started", program);
    while (fgets(line, sizeof line, f))
        snprintf(a.last, sizeof a.last, "%.*s", (int)strcspn(line, "\n"), line);
    const int status = pclose(f);
    a.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return a;
}

void try_checker(struct finding *f, const struct mistake *m, const char *fixtures)
{
    char path[4400], folder[4400];

    setenv("F", fixtures, 1);
    setenv("M", path_beside_program(folder, sizeof folder, "mutants"), 1);
    const struct answer right = ask(path_beside_program(path, sizeof path, "touchstone"),
                                    m->probe);
    const struct answer mine = ask(mistake_path(path, sizeof path, m), m->probe);

    f->tried = 1;
    f->located = true;
    if (right.code == mine.code && strcmp(right.last, mine.last) == 0) {
        f->verdict = MISSED;
        snprintf(f->why, sizeof f->why, "answers as the right one: exit code %d, %.100s",
                 mine.code, mine.last);
        return;
    }
    f->verdict = CAUGHT;
    f->seen = 1;
    if (right.code != mine.code)
        snprintf(f->why, sizeof f->why, "exit code %d, not %d", mine.code, right.code);
    else
        snprintf(f->why, sizeof f->why, "%.90s, not %.90s", mine.last, right.last);
}
