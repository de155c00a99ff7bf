/* mutants.c: the command mutants: tries every known mistake and shows that the check
 * catches it. A checker is worth what it catches; this is how its worth is measured.
 *
 * Each mistake is tried in a process of its own, as many at once as there are CPUs: what
 * it does wrong can harm no other. The goldens that most need are opened before, and shared
 * with all. A mistake is tried on one golden after another until it is caught. */
#include "mutants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands.h"
#include "die.h"
#include "words.h"

/* Tried first, in this order: odd sizes that cannot be confused, several texts, loud
 * scores; of both families. */
static const char *const small[] = {"gpt2-odd",    "gpt1-odd",  "gpt2-batch3",
                                    "gpt1-batch3", "gpt2-loud", "gpt1-loud"};

enum { SMALL = sizeof small / sizeof small[0], MOST_GOLDENS = 200 };

/* The goldens of a folder, the small ones first. */
struct goldens {
    size_t count, n_open;
    char *model[MOST_GOLDENS], *golden[MOST_GOLDENS];
    struct fixture open[SMALL];  /* the first n_open of them */
};

static void note_golden(void *context, const char *model, const char *golden)
{
    struct goldens *all = context;

    if (all->count == MOST_GOLDENS)
        die("--fixtures: mutants looks at %d goldens at most", MOST_GOLDENS);
    all->model[all->count] = copy_text(model);
    all->golden[all->count++] = copy_text(golden);
}

static bool is_named(const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');
    const char *stem = slash ? slash + 1 : path;

    return strncmp(stem, name, strlen(name)) == 0 && stem[strlen(name)] == '.';
}

static void exchange(char **a, char **b)
{
    char *kept = *a;
    *a = *b;
    *b = kept;
}

static void open_goldens(struct goldens *all, const char *folder)
{
    const struct options o = {.fixtures = folder, .layer = -1};

    each_golden(&o, note_golden, all);
    for (size_t s = 0; s < SMALL; s++)
        for (size_t i = all->n_open; i < all->count; i++)
            if (is_named(all->golden[i], small[s])) {
                exchange(&all->golden[i], &all->golden[all->n_open]);
                exchange(&all->model[i], &all->model[all->n_open]);
                all->open[all->n_open] = fixture_open(all->model[all->n_open],
                                                      all->golden[all->n_open]);
                all->n_open++;
                break;
            }
}

static void close_goldens(struct goldens *all)
{
    for (size_t i = 0; i < all->n_open; i++)
        fixture_close(&all->open[i]);
    for (size_t i = 0; i < all->count; i++) {
        free(all->model[i]);
        free(all->golden[i]);
    }
}

/* ------------------------------------------------------------------ one mistake */

/* Whether all known mistakes are tried. */
static bool is_whole(const struct options *o)
{
    return !o->only && o->step < 0 && !o->list;
}

static void try_goldens(struct finding *f, const struct mistake *m, struct goldens *all,
                        bool to_the_end)
{
    for (size_t i = 0; i < all->count && (to_the_end || f->verdict == NOT_VISIBLE); i++) {
        struct fixture opened;
        const bool is_open = i < all->n_open;

        if (!is_open)
            opened = fixture_open(all->model[i], all->golden[i]);
        f->tried++;
        try_subject(f, m, is_open ? &all->open[i] : &opened);
        if (!is_open)
            fixture_close(&opened);
    }
}

static void try_one(struct finding *f, const struct mistake *m, struct goldens *all,
                    const struct options *o)
{
    const char *fixtures = o->fixtures ? o->fixtures : "fixtures";

    f->verdict = NOT_VISIBLE;
    if (strcmp(m->build, "avx2") == 0 && !strstr(builtin_subjects(), "avx2")) {
        f->verdict = NOT_TRIED;
        snprintf(f->why, sizeof f->why, "this CPU has no AVX2");
    } else if (strcmp(m->kind, "checker") == 0) {
        try_checker(f, m, fixtures);
    } else if (strcmp(m->kind, "op") == 0 || strcmp(m->kind, "wiring") == 0) {
        try_goldens(f, m, all, o->verbose);
    } else {
        try_cases(f, m, fixtures, !is_whole(o));
    }
}

/* The work of one process: mistake i, or after them a subject without mistakes. */
static void work(size_t i, const struct findings *all, struct goldens *goldens,
                 const struct options *o)
{
    if (i < all->count) {
        try_one(&all->f[i], all->mistake[i], goldens, o);
        return;
    }
    i -= all->count;
    for (size_t k = 0; k < goldens->n_open; k++)
        if (!try_correct(&all->g[i], all->correct[i], &goldens->open[k]))
            return;
}

static pid_t start(size_t i, const struct findings *all, struct goldens *goldens,
                   const struct options *o)
{
    fflush(stdout);
    const pid_t pid = fork();

    if (pid < 0)
        die("no process can be started");
    if (pid == 0) {
        work(i, all, goldens, o);
        _exit(0);
    }
    return pid;
}

/* Waits for one of the processes. Where it broke down, nothing is caught. */
static void wait_for_one(pid_t *pid, struct finding *f, size_t count)
{
    int status;
    const pid_t ended = wait(&status);

    for (size_t i = 0; i < count; i++) {
        if (pid[i] != ended || ended <= 0)
            continue;
        pid[i] = 0;
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
            return;
        f[i].verdict = MISSED;
        snprintf(f[i].why, sizeof f[i].why, "the check broke down: %s %d",
                 WIFEXITED(status) ? "exit code" : "signal",
                 WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
    }
}

static void try_all(const struct findings *all, const struct options *o)
{
    const size_t count = all->count + all->n_correct;
    const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    struct goldens *goldens = allocate(1, sizeof *goldens);
    pid_t *pid = allocate(count, sizeof *pid);
    size_t running = 0;

    memset(goldens, 0, sizeof *goldens);
    open_goldens(goldens, o->fixtures ? o->fixtures : "fixtures");
    for (size_t i = 0; i < count; i++) {
        if (running == (size_t)(cpus > 1 ? cpus : 1)) {
            wait_for_one(pid, all->f, i);
            running--;
        }
        pid[i] = start(i, all, goldens, o);
        running++;
    }
    while (running-- > 0)
        wait_for_one(pid, all->f, count);
    close_goldens(goldens);
    free(goldens);
    free(pid);
}

/* Memory that the processes share, all 0. */
static struct finding *shared_findings(size_t count)
{
    FILE *file = tmpfile();
    void *shared = MAP_FAILED;

    if (file && ftruncate(fileno(file), (off_t)(count * sizeof(struct finding))) == 0)
        shared = mmap(NULL, count * sizeof(struct finding), PROT_READ | PROT_WRITE, MAP_SHARED,
                      fileno(file), 0);
    if (shared == MAP_FAILED)
        die("no room for %zu findings in the folder for temporary files", count);
    fclose(file);
    return shared;
}

/* ------------------------------------------------------------------ the command */

/* Whether a word of --only names it: its id, or its step. */
static bool fits_word(const struct mistake *m, const char *word)
{
    return strcmp(word, m->id) == 0 || strcmp(word, m->step) == 0;
}

static bool is_mistake(const struct mistake *m)
{
    return strcmp(m->step, "right") != 0;
}

static bool is_wanted(const struct mistake *m, const struct options *o)
{
    bool fits = !o->only;
    char words[4096];

    if (!is_mistake(m) || (o->step >= 0 && (m->step[0] > '9' || atoi(m->step) != o->step)))
        return false;
    snprintf(words, sizeof words, "%s", o->only ? o->only : "");
    for (char *word = strtok(words, ","); word; word = strtok(NULL, ","))
        fits |= fits_word(m, word);
    return fits;
}

/* Every word of --only is there. */
static void check_words(const struct catalogue *c, const struct options *o)
{
    char words[4096];

    snprintf(words, sizeof words, "%s", o->only ? o->only : "");
    for (char *word = strtok(words, ","); word; word = strtok(NULL, ",")) {
        size_t i = 0;
        while (i < c->count && !(is_mistake(&c->mistake[i]) && fits_word(&c->mistake[i], word)))
            i++;
        if (i == c->count)
            die("--only %s: there is no known mistake of that name; --list shows them", word);
    }
}

static void add_correct(struct findings *all, const char *name)
{
    if (all->n_correct == sizeof all->correct / sizeof all->correct[0])
        die("there are more subjects without mistakes than mutants knows");
    all->correct[all->n_correct++] = copy_text(name);
}

/* The subjects that have no mistake: the built-in ones; less precise ones, and one that
 * sums in another order (harness/mutants/correct/); and those of right.mutants. */
static void choose_correct(struct findings *all, const struct catalogue *c)
{
    static const char *const others[] = {"f16", "bf16", "tf32", "reversed"};
    char names[256], below[64], path[4400];

    snprintf(names, sizeof names, "%s", builtin_subjects());
    for (char *name = strtok(names, ","); name; name = strtok(NULL, ","))
        add_correct(all, name);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        snprintf(below, sizeof below, "mutants/correct/%s.so", others[i]);
        add_correct(all, path_beside_program(path, sizeof path, below));
    }
    for (size_t i = 0; i < c->count; i++)
        if (!is_mistake(&c->mistake[i]))
            add_correct(all, mistake_path(path, sizeof path, &c->mistake[i]));
}

static struct findings choose(const struct catalogue *c, const struct options *o)
{
    struct findings all = {.mistake = allocate(c->count, sizeof *all.mistake)};

    check_words(c, o);
    for (size_t i = 0; i < c->count; i++)
        if (is_wanted(&c->mistake[i], o))
            all.mistake[all.count++] = &c->mistake[i];
    if (all.count == 0)
        die("--step and --only select no known mistake; --list shows them");
    if (is_whole(o))
        choose_correct(&all, c);
    return all;
}

int command_mutants(int argc, char **argv)
{
    const struct options o = options_read(
        argc, argv, "--only --step --fixtures --list --json --tsv --quiet --verbose", NULL);
    struct catalogue c = catalogue_open();
    struct findings all = choose(&c, &o);
    int code = 0;

    if (o.list) {
        list_mutants(&all);
    } else {
        const size_t count = all.count + all.n_correct;
        all.f = shared_findings(count);
        all.g = all.f + all.count;
        try_all(&all, &o);
        if (is_whole(&o))
            name_cases(&all);
        code = report_mutants(&all, &o);
        munmap(all.f, count * sizeof *all.f);
    }
    for (size_t i = 0; i < all.n_correct; i++)
        free(all.correct[i]);
    free(all.mistake);
    catalogue_close(&c);
    return code;
}
