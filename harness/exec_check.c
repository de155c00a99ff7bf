/* exec_check.c: check with --exec: runs a program of any kind on a golden's input, and
 * compares the trace that it writes. How a program is run is exec.c's. */
#include "exec_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "diagnosis/diagnosis.h"
#include "die.h"
#include "exec.h"
#include "report.h"
#include "words.h"

enum { DEFAULT_SECONDS = 300, MOST_SECONDS = 1000000 };

/* A trace that holds the golden's tokens and targets, and nothing else. */
static void write_input(const char *path, const struct reference *r)
{
    const struct trace *t = r->golden;
    struct store *s = store_create(path);
    char producer[200];

    snprintf(producer, sizeof producer, "touchstone check --exec, the input of %s", r->name);
    trace_begin(s, t->family, r->model->name, producer, t->B, t->T, t->tokens,
                t->has_targets ? t->targets : NULL);
    store_commit(s);
}

static const char *repeat_line(struct results *all, const struct reference *r,
                               const struct options *o)
{
    char command[8000], model[4200], golden[4200], line[17000];

    snprintf(line, sizeof line, "build/touchstone check --exec %s --model %s --golden %s%s%s",
             shell_word(command, sizeof command, o->exec),
             shell_word(model, sizeof model, r->model_path),
             shell_word(golden, sizeof golden, r->golden_path),
             o->precision ? " --precision " : "", o->precision ? o->precision : "");
    return results_keep(all, line);
}

void exec_options(const struct options *o)
{
    if (o->exec && o->subject)
        die("--exec and --subject: only one of them");
    if (o->timeout && !o->exec)
        die("--timeout: is for the command of --exec");
}

void exec_check(struct results *all, const char *model, const char *golden,
                const struct options *o)
{
    const long long seconds = o->timeout ? whole_number("--timeout", o->timeout, 1, MOST_SECONDS)
                                         : DEFAULT_SECONDS;
    struct reference r = reference_open(model, golden, o);
    const char *folder = exec_begin();
    char input[4200], trace[4200];
    const size_t first = all->count;

    snprintf(input, sizeof input, "%s/input.trace.h5", folder);
    snprintf(trace, sizeof trace, "%s/trace.h5", folder);
    write_input(input, &r);
    char *command = exec_command(o->exec, model, input, trace);
    exec_run(command, r.name, seconds);
    if (access(trace, R_OK) != 0)
        die("--exec: the command ended well on %s but wrote no {trace}: it ran as %s", r.name,
            command);
    free(command);
    diagnosis_begin(all, &r);
    compare_trace(all, &r, trace, o, repeat_line(all, &r, o));
    recognise_rounding(all, first);
    diagnosis_end(all);
    report_golden(all, first, &r, o);
    exec_end();
    reference_close(&r);
}
