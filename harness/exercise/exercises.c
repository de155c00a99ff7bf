/* exercises.c: the command exercise: what has been written, what is right, what comes next.
 *
 *     touchstone exercise --step 03      the same as  check --subject exercise --step 03
 *     touchstone exercise                all steps, in short: make progress
 *
 * steps/exercises.mk builds build/subjects/exercise-NN.so of a step's exercise.c, in double,
 * and exercise-NN-float.so in float. Both are marked, double first, for its bars are sharper. */
#include "exercises.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cases/cases_run.h"
#include "commands.h"
#include "die.h"
#include "exercise_process.h"
#include "words.h"

/* Pocket models first: their numbers stand in the chapters. Then sizes that cannot be
 * confused, several texts, large scores. */
static const char *const models[] = {"gpt2-pocket", "gpt1-pocket", "gpt2-odd",  "gpt1-odd",
                                     "gpt2-batch3", "gpt1-batch3", "gpt2-loud", "gpt1-loud"};

enum { N_MODELS = sizeof models / sizeof models[0], PATH = 4400 };

bool marked_by_cases(const struct exercise_step *s)
{
    return s->step != AVX2_STEP && cases_folder(s->step) != NULL;
}

bool asks_for_exercise(int argc, char **argv)
{
    for (int i = 0; i + 1 < argc; i++)
        if (strcmp(argv[i], "--subject") == 0 && strcmp(argv[i + 1], "exercise") == 0)
            return true;
    return false;
}

/* ---------------------------------------------------------------------- what is read */

/* The paths of a step's shared objects. */
struct paths {
    char main[PATH], in_float[PATH];
};

/* Finds both by the path of the main one. False where that is not built. */
static bool find_objects(struct marking *m, struct paths *p)
{
    const size_t length = strlen(p->main);

    if (access(p->main, R_OK) != 0)
        return false;
    m->path[0] = p->main;
    snprintf(p->in_float, PATH, "%.*s-float.so", (int)length - 3, p->main);
    m->path[1] = access(p->in_float, R_OK) == 0 ? p->in_float : NULL;
    return true;
}

static void load_objects(struct marking *m)
{
    if (m->step->step == AVX2_STEP && !strstr(builtin_subjects(), "avx2"))
        die("--step avx2: this CPU has no AVX2, or the subject avx2 is not built");
    for (size_t p = 0; p < 2 && m->path[p]; p++) {
        m->object[p] = dlopen(m->path[p], RTLD_NOW | RTLD_LOCAL);
        if (!m->object[p])
            die("--subject %s: cannot be loaded: %s", m->path[p], dlerror());
    }
}

static void open_goldens(struct marking *m, const struct options *o,
                         struct reference golden[N_MODELS], char path[N_MODELS][2][PATH])
{
    const bool backward = m->step->step == 7;
    const struct options all = {.step = -1, .layer = -1, .local = true, .chain = true,
                                .forward = true, .backward = backward};
    const size_t n = o->only ? 1 : N_MODELS;

    m->golden = golden;
    for (size_t i = 0; i < n && !marked_by_cases(m->step); i++) {
        const char *name = o->only ? o->only : models[i];
        snprintf(path[i][0], PATH, "%s/%s.model.h5", m->fixtures, name);
        snprintf(path[i][1], PATH, "%s/%s.golden.h5", m->fixtures, name);
        if (access(path[i][0], R_OK) != 0 || access(path[i][1], R_OK) != 0)
            die("--fixtures %s: exercises are marked by %s.model.h5 and %s.golden.h5, which it "
                "has not", m->fixtures, name, name);
        golden[m->n_goldens++] = reference_open(path[i][0], path[i][1], &all);
    }
}

/* Marks a step whose objects have been found. */
static struct mark *mark_step(struct marking *m, const struct options *o)
{
    struct reference golden[N_MODELS];
    char path[N_MODELS][2][PATH];
    struct mark *mark = shared_marks(m->step->count);

    load_objects(m);
    open_goldens(m, o, golden, path);
    mark_all(m, mark);
    for (size_t i = 0; i < m->n_goldens; i++)
        reference_close(&golden[i]);
    for (size_t p = 0; p < 2 && m->object[p]; p++)
        dlclose(m->object[p]);
    return mark;
}

/* ---------------------------------------------------------------------- what is said */

static size_t count_marks(const struct marking *m, const struct mark *mark, enum verdict_on v)
{
    size_t n = 0;

    for (size_t i = 0; i < m->step->count; i++)
        n += mark[i].verdict == v;
    return n;
}

static const char *first_of(const struct marking *m, const struct mark *mark, enum verdict_on v)
{
    for (size_t i = 0; i < m->step->count; i++)
        if (mark[i].verdict == v)
            return m->step->item[i].name;
    return NULL;
}

static void print_marks(const struct marking *m, const struct mark *mark)
{
    static const char *const names[] = {[NOT_WRITTEN] = "not written yet", [RIGHT] = "right",
                                        [WRONG] = "WRONG", [WAITS] = "waits"};

    printf("%s, %s: %s/exercise.c\n", m->step->number, m->step->title, m->step->folder);
    for (size_t i = 0; i < m->step->count; i++) {
        printf("  %-16s %s", names[mark[i].verdict], m->step->item[i].name);
        if (mark[i].verdict == WAITS)
            printf(", for it needs %s", mark[i].waits_for);
        putchar('\n');
    }
}

static void print_wrong(const struct marking *m, const struct mark *mark, bool verbose)
{
    bool shown = false;

    for (size_t i = 0; i < m->step->count; i++) {
        if (mark[i].verdict != WRONG || (shown && !verbose))
            continue;
        printf("\n%s is wrong.\n%s  hints: %s/HINTS.md, under %s\n", m->step->item[i].name,
               mark[i].says, m->step->folder, m->step->item[i].name);
        shown = true;
    }
    if (shown)
        putchar('\n');
}

static void print_next(const struct marking *m, const struct mark *mark)
{
    const char *wrong = first_of(m, mark, WRONG), *next = first_of(m, mark, NOT_WRITTEN);
    size_t count;
    const struct exercise_step *last = exercise_steps(&count) + count - 2;

    if (wrong)
        printf("next: mend %s, and run the same again\n", wrong);
    else if (next)
        printf("next: write %s, in %s/exercise.c; hints: %s/HINTS.md\n", next, m->step->folder,
               m->step->folder);
    else if (m->step >= last)
        printf("all is right, and this was the last; `make progress` shows the whole course\n");
    else
        printf("all is right; next: %s and %s/exercise.c\n", m->step[1].chapter,
               m->step[1].folder);
}

static int report_step(const struct marking *m, const struct mark *mark, bool verbose)
{
    const size_t right = count_marks(m, mark, RIGHT), wrong = count_marks(m, mark, WRONG);

    print_marks(m, mark);
    print_wrong(m, mark, verbose);
    print_next(m, mark);
    printf("%zu passed, %zu failed, %zu skipped\n", right, wrong, m->step->count - right - wrong);
    return wrong > 0;
}

static void print_names(const struct marking *m, const struct mark *mark, enum verdict_on v,
                        const char *title)
{
    const char *between = title;

    for (size_t i = 0; i < m->step->count; i++)
        if (mark[i].verdict == v || (v == NOT_WRITTEN && mark[i].verdict == WAITS)) {
            printf("%s%s", between, m->step->item[i].name);
            between = " ";
        }
}

/* ---------------------------------------------------------------------- the command */

/* The path of the built exercise, from the folder that one is in where it is below. */
static void built(char path[PATH], const struct exercise_step *s)
{
    char below[64], here[PATH];

    snprintf(below, sizeof below, "subjects/exercise-%s.so", s->number);
    path_beside_program(path, PATH, below);
    const size_t n = getcwd(here, sizeof here) ? strlen(here) : 0;
    if (n > 1 && strncmp(path, here, n) == 0 && path[n] == '/')
        memmove(path, path + n + 1, strlen(path + n + 1) + 1);
}

static int one_step(const struct exercise_step *s, const struct options *o)
{
    struct marking m = {.step = s, .fixtures = o->fixtures ? o->fixtures : "fixtures"};
    struct paths p;
    const bool is_path = o->subject && strchr(o->subject, '/');

    if (o->subject && !is_path && strcmp(o->subject, "exercise") != 0)
        die("--subject %s: an exercise is `exercise`, or a path with a `/`", o->subject);
    if (is_path)
        snprintf(p.main, PATH, "%s", o->subject);
    else
        built(p.main, s);
    if (!find_objects(&m, &p))
        die("--step %s: %s is not there: `make check-%s SUBJECT=exercise` builds it of "
            "%s/exercise.c", s->number, p.main, s->number, s->folder);
    struct mark *mark = mark_step(&m, o);
    const int code = report_step(&m, mark, o->verbose);
    free_marks(mark, s->count);
    return code;
}

/* One line: what is right, wrong and not written. Returns how many are right. */
static size_t one_line(const struct exercise_step *s, const struct options *o)
{
    struct marking m = {.step = s, .fixtures = o->fixtures ? o->fixtures : "fixtures"};
    struct paths p;

    printf("%-5s %-16s", s->number, s->title);
    built(p.main, s);
    if (!find_objects(&m, &p) ||
        (s->step == AVX2_STEP && !strstr(builtin_subjects(), "avx2"))) {
        printf("  is not built: make check-%s SUBJECT=exercise says why\n", s->number);
        return 0;
    }
    struct mark *mark = mark_step(&m, o);
    const size_t right = count_marks(&m, mark, RIGHT);
    printf("%3zu of %zu right", right, s->count);
    print_names(&m, mark, WRONG, "; wrong: ");
    const size_t wrong = count_marks(&m, mark, WRONG);
    if (right + wrong > 0 && right + wrong < s->count)
        print_names(&m, mark, NOT_WRITTEN, "; to write: ");
    putchar('\n');
    free_marks(mark, s->count);
    return right;
}

static int all_steps(const struct options *o)
{
    size_t count, right = 0, all = 0;
    const struct exercise_step *s = exercise_steps(&count);

    for (size_t i = 0; i < count; i++) {
        if (o->list) {
            for (size_t k = 0; k < s[i].count; k++)
                printf("%s %s %s %s\n", s[i].number, s[i].item[k].name, s[i].folder,
                       s[i].chapter);
            continue;
        }
        right += one_line(&s[i], o);
        all += s[i].count;
    }
    if (!o->list)
        printf("%zu of %zu functions are right\n", right, all);
    return 0;
}

/* The exercise of the step that the option names; NULL: it names none. */
static const struct exercise_step *wanted_step(const char *text)
{
    size_t count;
    const struct exercise_step *s = exercise_steps(&count);

    for (size_t i = 0; text && i < count; i++)
        if (strcmp(s[i].number, text) == 0)
            return &s[i];
    if (text)
        die("--step %s: there are exercises of 00 to 08, and avx2", text);
    return NULL;
}

int command_exercise(int argc, char **argv)
{
    const char *step = NULL;

    /* options_read takes numbers only. */
    for (int i = 0; i + 1 < argc; i++)
        if (strcmp(argv[i], "--step") == 0) {
            step = argv[i + 1];
            for (int k = i; k + 2 < argc; k++)
                argv[k] = argv[k + 2];
            argc -= 2;
            break;
        }
    const struct options o = options_read(argc, argv, "--step --subject --fixtures --only --list "
                                          "--verbose", NULL);
    const struct exercise_step *s = wanted_step(step);

    if (!s && o.subject)
        die("--subject %s: --step says which exercise it is of, 00 to 08 or avx2", o.subject);
    return s ? one_step(s, &o) : all_steps(&o);
}
