/* cases_train.c: cases of step 08 as a whole: ten steps of training, as torch takes them
 * from the same weights with the same batches (fixtures/training/, training.h). Each file
 * is four groups: the learning rates, losses and gradient norms, and the weights after 1, 2
 * and 10 steps, matrices, which decay, apart from vectors, which do not. */
#include "cases_group.h"

#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "die.h"
#include "training.h"

static const char *const parts[] = {"rates", "losses", "matrices", "vectors"};
enum { RATES, LOSSES, MATRICES, VECTORS, N_PARTS };

/* A file, and which part of what is found counts. */
struct part {
    const char *path, *fixtures;
    int part;
};

struct listener {
    struct marks *marks;
    int part;
};

static int part_of(const struct finding *f)
{
    if (f->rank)
        return f->rank > 1 ? MATRICES : VECTORS;
    return strcmp(f->name, "rate") == 0 ? RATES : LOSSES;
}

static void take_finding(void *context, const struct finding *f)
{
    const struct listener *l = context;
    struct marks *m = l->marks;

    if (part_of(f) != l->part)
        return;
    case_begin(m, "%s: rms error %.3g (bar %.3g), largest %.3g (bar %.3g), at %s %zu", f->name,
               f->errors.rms, f->bar.rms, f->errors.max, f->bar.max,
               f->rank ? "element" : "step", f->worst + !f->rank);
    if (case_end(m, finding_share(f) <= 1)) {
        snprintf(m->got, sizeof m->got, "%.17g", f->got);
        snprintf(m->want, sizeof m->want, "%.17g", f->want);
    }
}

static void training_agrees(struct marks *m, const struct case_run *r, const void *context)
{
    const struct part *p = context;
    struct training t = training_open(p->path, p->fixtures);
    struct listener l = {m, p->part};

    case_begin(m, "ten steps of %s", p->path);
    if (!training_walk(&(struct walk){.training = &t, .subject = r->subject, .ops = r->ops,
                                      .found = take_finding, .context = &l}))
        die("no memory for the engine of %s", r->subject->name);
    training_close(&t);
}

static const char *lacks_training(const struct case_run *r)
{
    const struct engine_ops *e = r->subject->engine;

    if (!e || !e->forward || !e->backward)
        return "engine that trains";
    return LACKS(r, adamw)           ? LACKS(r, adamw)
           : LACKS(r, openai_adam)   ? LACKS(r, openai_adam)
           : LACKS(r, gradient_norm) ? LACKS(r, gradient_norm)
           : LACKS(r, clip_scale)    ? LACKS(r, clip_scale)
                                     : LACKS(r, learning_rate);
}

/* gpt2-wide.adamw.training.h5 begins with the model gpt2-wide. */
static void run_file(struct case_run *r, const char *path)
{
    const char *file = strrchr(path, '/') + 1;
    char model[128], name[MAX_NAME + 128];

    snprintf(model, sizeof model, "%.*s", (int)strcspn(file, "."), file);
    if (!case_wanted(r, model))
        return;
    struct training t = training_open(path, r->choice->fixtures);  /* so that it can be read */
    training_close(&t);
    for (int part = 0; part < N_PARTS; part++) {
        const struct part p = {path, r->choice->fixtures, part};
        snprintf(name, sizeof name, "train/%.*s/%s",
                 (int)(strstr(file, ".training.h5") - file), file, parts[part]);
        case_group(r, name, lacks_training(r), training_agrees, &p);
    }
}

void cases_train(struct case_run *r)
{
    char pattern[4200];
    glob_t found;

    case_path(pattern, sizeof pattern, r, cases_folder(8), "*.training.h5");
    if (glob(pattern, 0, NULL, &found) != 0)
        die("%s: there are none: the cases of step 08 are missing", pattern);
    for (size_t i = 0; i < found.gl_pathc; i++)
        run_file(r, found.gl_pathv[i]);
    globfree(&found);
}
