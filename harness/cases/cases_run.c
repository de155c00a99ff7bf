/* cases_run.c: runs groups of cases and makes results of them.
 *
 * A learner's function may crash, give up or never end. So each group runs in a process of
 * its own (child.c), which shares its counts with this one: whatever becomes of it, the case under
 * way is known, and the check goes on. */
#define _DEFAULT_SOURCE  /* for MAP_ANONYMOUS */
#include "cases_run.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "cases_group.h"
#include "child.h"
#include "die.h"

enum { SECONDS = 20, SAID = 4096 };  /* of a processor, for a group; bytes of its errors */

const char *cases_folder(int step)
{
    return step == 1 ? "tokenizers" : step == 6 ? "sampling" : step == 8 ? "training" : NULL;
}

bool cases_are_there(const struct case_choice *c, int step)
{
    char path[4200];
    struct stat what;

    snprintf(path, sizeof path, "%s/%s", c->fixtures, cases_folder(step));
    return stat(path, &what) == 0 && S_ISDIR(what.st_mode);
}

bool case_wanted(const struct case_run *r, const char *model)
{
    const char *only = r->choice->only;

    return !only || (model && strcmp(only, model) == 0);
}

char *case_path(char *path, size_t size, const struct case_run *r, const char *folder,
                const char *name)
{
    const int n = snprintf(path, size, "%s/%s%s%s", r->choice->fixtures, folder,
                           *folder ? "/" : "", name);

    if (n < 0 || (size_t)n >= size)
        die("--fixtures %s: the path is too long", r->choice->fixtures);
    return path;
}

struct engine *case_engine(const struct case_run *r, const struct graph *g, void *const weight[])
{
    struct engine *e = r->subject->engine->open(g, weight, 1);

    if (!e)
        die("no memory for the engine of %s", r->subject->name);
    return e;
}

/* ------------------------------------------------------------- the other process */

struct group {
    struct case_run *run;
    group_work *work;
    const void *context;
};

static void run_group(void *context)
{
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGXCPU};
    static const struct rlimit seconds = {SECONDS, SECONDS + 5};
    const struct group *g = context;

    for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++)
        signal(crashes[i], SIG_DFL);  /* whoever waits for them is the first process */
    setrlimit(RLIMIT_CPU, &seconds);
    g->work(g->run->marks, g->run, g->context);
}

/* ------------------------------------------------------------------- the results */

/* Cuts a text that is too long, not inside a character. */
static void put(char *to, size_t size, const char *format, ...)
{
    va_list args;
    size_t end = size - 1;

    va_start(args, format);
    const int n = vsnprintf(to, size, format, args);
    va_end(args);
    if (n < 0 || (size_t)n < size)
        return;
    while (end > 0 && ((unsigned char)to[end - 1] & 0xC0) == 0x80)
        end--;
    if (end > 0 && (unsigned char)to[end - 1] >= 0xC0)
        end--;
    to[end] = '\0';
}

/* What became of a process that did not come to its end. */
static void blame(struct marks *m, int status, const char *said)
{
    const char *line = strncmp(said, "touchstone: ", 12) == 0 ? said + 12 : said;
    const int length = (int)strcspn(line, "\n");

    if (m->wrong++ == 0) {
        put(m->first, sizeof m->first, "%s", m->now);
        m->want[0] = '\0';
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
            put(m->got, sizeof m->got, "no end within %d seconds", SECONDS);
        else if (WIFSIGNALED(status))
            put(m->got, sizeof m->got, "a crash: %s", strsignal(WTERMSIG(status)));
        else
            put(m->got, sizeof m->got, "it %s%.*s", length ? "gave up: " : "ended the program",
                length, line);
    }
    m->cases += m->now[0] != '\0';
}

static void describe(struct results *all, struct result *x, const struct marks *m)
{
    char lines[4 * SHOWN + 100];

    if (m->cases == 0) {
        put(x->reason, sizeof x->reason, "there are no cases");
        x->lines = results_keep(all, "  there are no cases\n");
        return;
    }
    put(x->reason, sizeof x->reason, "%zu of %zu cases are wrong; the first: %s: got %s%s%s",
        m->wrong, m->cases, m->first, m->got, m->want[0] ? ", want " : "", m->want);
    snprintf(lines, sizeof lines, "  %zu of %zu cases are wrong; the first:\n    %s\n"
             "    got  %s\n%s%s%s", m->wrong, m->cases, m->first, m->got,
             m->want[0] ? "    want " : "", m->want, m->want[0] ? "\n" : "");
    x->lines = results_keep(all, lines);
}

static struct result *new_case(struct case_run *r, const char *name)
{
    struct result *x = results_add(r->all);

    snprintf(x->golden, sizeof x->golden, "%s", cases_folder(r->step));
    snprintf(x->subject, sizeof x->subject, "%s", r->subject->name);
    snprintf(x->node.name, sizeof x->node.name, "%s", name);
    x->golden_path = r->folder;
    x->repeat = r->repeat;
    x->mode = LOCAL;
    x->node.letters = "N";
    x->node.rank = 1;
    x->node.step = r->step;
    x->node.layer = -1;
    x->place = r->place++;
    x->lines = "";
    return x;
}

void case_group(struct case_run *r, const char *name, const char *lacks, group_work *work,
                const void *context)
{
    char said[SAID];

    if (r->choice->group && strcmp(r->choice->group, name) != 0)
        return;
    if (lacks && r->subject->owns)
        return;  /* of a subject in part only that part is told of, as of its tensors */
    struct result *x = new_case(r, name);
    if (lacks) {
        x->status = SKIP;
        snprintf(x->reason, sizeof x->reason, "the subject has no %s", lacks);
        return;
    }
    *r->marks = (struct marks){0};
    struct group g = {r, work, context};
    const int status = in_child(run_group, &g, r->subject->name, said, sizeof said);
    if (status != 0)
        blame(r->marks, status, said);
    else
        fputs(said, stderr);
    x->node.count = x->node.dim[0] = r->marks->cases;
    x->wrong = r->marks->wrong;
    x->status = x->wrong || r->marks->cases == 0 ? FAIL : PASS;
    if (x->status == FAIL)
        describe(r->all, x, r->marks);
}

/* --------------------------------------------------------------------- the cases */

void cases_run(struct results *all, const struct subject *s, int step,
               const struct case_choice *c, const char *repeat)
{
    static const struct case_ops nothing;
    char folder[4200];
    struct case_run r = {.all = all, .subject = s, .ops = s->cases ? s->cases : &nothing,
                         .choice = c, .repeat = repeat, .step = step};

    snprintf(folder, sizeof folder, "%s/%s", c->fixtures, cases_folder(step));
    r.folder = results_keep(all, folder);
    r.marks = mmap(NULL, sizeof *r.marks, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                   -1, 0);
    if (r.marks == MAP_FAILED)
        die("no memory to check %s: %s", s->name, strerror(errno));
    if (step == 1) {
        cases_text(&r);
        cases_tokenize(&r);
        cases_pockets(&r);
    } else if (step == 6) {
        cases_sample(&r);
        cases_decode(&r);
        cases_greedy(&r);
    } else {
        cases_optimise(&r);
        cases_batch(&r);
        cases_step(&r);
        cases_train(&r);
    }
    munmap(r.marks, sizeof *r.marks);
}
