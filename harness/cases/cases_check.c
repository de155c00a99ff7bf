/* cases_check.c: which cases the command check runs, and with which subjects. */
#include "cases_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diagnosis/diagnosis_cases.h"
#include "die.h"
#include "partial.h"
#include "report.h"
#include "words.h"

bool only_cases(const struct options *o)
{
    return o->fixtures && o->step >= 0 && cases_folder(o->step);
}

static bool selects_step(const struct options *o, int step)
{
    return o->fixtures && !o->exec && o->local && o->layer < 0 && !o->tensor &&
           (o->step < 0 || o->step == step) && (step == 8 ? o->backward : o->forward);
}

static void check_step(struct results *all, const struct options *o, int step)
{
    const struct case_choice choice = {.fixtures = o->fixtures, .only = o->only};
    const size_t first = all->count;
    char words[3][4200], repeat[13000];

    char *names = copy_text(o->subject ? o->subject : builtin_subjects());
    for (char *name = strtok(names, ","); name; name = strtok(NULL, ",")) {
        const char *fixtures = shell_word(words[0], sizeof words[0], o->fixtures);
        const char *subject = shell_word(words[1], sizeof words[1], name);

        snprintf(repeat, sizeof repeat,
                 "build/touchstone check --fixtures %s%s%s --subject %s --step %02d --verbose",
                 fixtures, o->only ? " --only " : "",
                 o->only ? shell_word(words[2], sizeof words[2], o->only) : "", subject, step);
        const size_t start = all->count;
        cases_run(all, subject_load(name), step, &choice, results_keep(all, repeat));
        diagnose_cases(all, start, step, &choice);
    }
    free(names);
    report_cases(all, first, o);
}

/* Why --step asks for nothing. */
static _Noreturn void refuse(const struct options *o)
{
    const struct case_choice choice = {.fixtures = o->fixtures, .only = o->only};

    if (o->layer >= 0 || o->tensor)
        die("--step %s: is checked by cases, which have no --layer and no --tensor",
            o->step_text);
    if (o->exec || !o->local)
        die("--step %s: is checked by cases of a subject, in local mode only", o->step_text);
    if (!cases_are_there(&choice, o->step))
        die("--step %s: %s has no folder %s, which holds its cases", o->step_text, o->fixtures,
            cases_folder(o->step));
    if (o->only)
        die("--step %s: there are no cases of the model %s", o->step_text, o->only);
    partial_selects_nothing(o->subject, false);
    die("--direction, --step, --layer and --tensor together select nothing");
}

void check_cases(struct results *all, const struct options *o)
{
    static const int steps[] = {1, 6, 8};
    const struct case_choice choice = {.fixtures = o->fixtures, .only = o->only};

    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (selects_step(o, steps[i]) && cases_are_there(&choice, steps[i]))
            check_step(all, o, steps[i]);
    if (only_cases(o) && all->count == 0)
        refuse(o);
}
