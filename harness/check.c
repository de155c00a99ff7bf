/* check.c: the command check: runs subjects on a golden's input and compares every tensor
 * (check_forward.c, check_gradients.c). */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases/cases_check.h"
#include "check_gradients.h"
#include "commands.h"
#include "diagnosis/diagnosis.h"
#include "exec_check.h"
#include "exercise/exercises.h"
#include "gradient_check.h"
#include "partial.h"
#include "report.h"
#include "words.h"

void judge_subject(struct results *all, const struct reference *r, const struct runner *run,
                   const struct options *o, const char *repeat)
{
    if (o->local) {
        if (o->forward)
            check_forward(all, r, run, LOCAL, o, repeat);
        if (r->has_gradients)
            check_gradients(all, r, run, LOCAL, o, repeat, NULL);
    }
    if (o->chain) {
        const size_t start = all->count;
        if (o->forward)
            check_forward(all, r, run, CHAIN, o, repeat);
        if (r->has_gradients)
            check_gradients(all, r, run, CHAIN, o, repeat, first_failure(all, start));
    }
}

/* What does not fit in memory is read as it is needed. Else the subject runs as a whole. */
static struct runner runner_for(const struct reference *r, const struct subject *s)
{
    size_t weights = 0;

    for (size_t i = 0; i < r->graph->n_weights; i++)
        weights += r->graph->weight[i].count;
    return (r->want && weights <= MOST_WITH_MODEL ? runner_make : runner_from_file)(s, r->model,
                                                                                  r->graph);
}

static void check_golden(struct results *all, const char *model_path, const char *golden_path,
                         const struct options *o)
{
    struct reference r = reference_open(model_path, golden_path, o);
    char words[3][4200], repeat[13000];
    const size_t first = all->count;

    diagnosis_begin(all, &r);
    char *names = copy_text(o->subject ? o->subject : builtin_subjects());
    for (char *name = strtok(names, ","); name; name = strtok(NULL, ",")) {
        struct runner run = runner_for(&r, subject_load(name));
        snprintf(repeat, sizeof repeat,
                 "build/touchstone check --model %s --golden %s --subject %s%s%s",
                 shell_word(words[0], sizeof words[0], model_path),
                 shell_word(words[1], sizeof words[1], golden_path),
                 shell_word(words[2], sizeof words[2], name),
                 o->precision ? " --precision " : "", o->precision ? o->precision : "");
        const char *kept = results_keep(all, repeat);
        judge_subject(all, &r, &run, o, kept);
        runner_free(&run);
    }
    free(names);
    recognise_rounding(all, first);
    diagnosis_end(all);
    if (all->count > first)
        report_golden(all, first, &r, o);
    reference_close(&r);
}

/* What check_visited needs besides the paths. */
struct checking {
    struct results *all;
    const struct options *o;
};

static void check_visited(void *context, const char *model, const char *golden)
{
    const struct checking *c = context;

    (c->o->exec ? exec_check : check_golden)(c->all, results_keep(c->all, model),
                                             results_keep(c->all, golden), c->o);
}

int command_check(int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--gradient-check") == 0)
            return gradient_check(argc, argv);
    if (asks_for_exercise(argc, argv))
        return command_exercise(argc, argv);
    const struct options o = options_read(
        argc, argv, "--model --golden --fixtures --only --subject --mode --direction --step "
        "--layer --tensor --precision --exec --timeout --json --junit --tsv --strict --quiet "
        "--verbose --gradient-check", NULL);
    struct results all = {.precision = o.precision ? precision_find(o.precision) : NULL};
    struct checking c = {&all, &o};

    exec_options(&o);
    if (!only_cases(&o))
        each_golden(&o, check_visited, &c);
    check_cases(&all, &o);
    if (all.count == 0)
        partial_selects_nothing(o.subject, true);
    return report_end(&all, &o);
}
