/* test_optimise.c: ten steps of training with a known mistake, which the comparison with
 * those of the reference (harness/cases/training.h, fixtures/training/) has to see.
 *
 * That the subjects make none is what `check --fixtures fixtures --step 08` says. */
#include "tool.h"

#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "08_train/adamw.h"
#include "08_train/clip.h"
#include "08_train/schedule.h"
#include "cases/training.h"

enum mistake {
    NO_MISTAKE, DECAY_OF_VECTORS, NO_DECAY, DECAY_AT_THE_OTHER_RATE, OTHER_EPS, T_TOO_LARGE,
    BETAS_SWAPPED, NAN_IN_VECTORS, NO_WARMUP, SCHEDULE_LATE, NO_CLIP, CLIP_BY_THE_SQUARE,
    CLIP_AS_TENSORFLOW, N_MISTAKES
};
static const char *const mistakes[] = {
    "no mistake", "decay of vectors", "no decay", "decay at the other optimiser's rate",
    "eps as the other optimiser has it", "t one too large", "betas swapped", "NaN in vectors",
    "no warm-up", "schedule one step late", "no clipping", "clipping by the square of the norm",
    "clipping without 1e-6",
};

/* A walk with a mistake, and its worst finding. */
struct follower {
    const struct training *training;
    enum mistake mistake;
    double share;
    char where[MAX_NAME + 32];
};

/* ------------------------------------------------------------------- the mistakes */

/* openai-adam's rate, as a multiple of the rate of the schedule. */
static double correction(const struct adam *o, double t)
{
    return sqrt(1 - pow(o->beta2, t)) / (1 - pow(o->beta1, t));
}

static void spoil(void *context, struct adam *o, size_t rank)
{
    const struct follower *f = context;
    const struct training *r = f->training;
    const double t = (double)o->t, root = sqrt(1 - pow(o->beta2, t));
    const double other = correction(o, t), beta1 = o->beta1;
    const enum mistake m = f->mistake;

    if (m == DECAY_OF_VECTORS)
        o->decay = r->adam.decay;
    if (m == NO_DECAY)
        o->decay = 0;
    if (m == DECAY_AT_THE_OTHER_RATE)
        o->decay *= r->openai ? 1 / other : other;
    if (m == OTHER_EPS)
        o->eps *= r->openai ? root : 1 / root;
    if (m == T_TOO_LARGE)
        o->t++;
    if (m == NAN_IN_VECTORS && rank < 2)
        o->rate = NAN;
    if (m == BETAS_SWAPPED) {
        o->beta1 = o->beta2;
        o->beta2 = beta1;
    }
}

static double no_warmup(const struct schedule *s, size_t step)
{
    const struct schedule at_once = {s->rate, s->min_rate, 0, s->steps};

    return learning_rate(&at_once, step);
}

static double one_late(const struct schedule *s, size_t step)
{
    return learning_rate(s, step - 1);
}

static double no_clip(double norm, double most)
{
    return norm + most < 0 ? norm : 1;
}

static double clip_by_the_square(double norm, double most)
{
    return clip_scale(norm * norm, most);
}

static double clip_as_tensorflow(double norm, double most)
{
    return fmin(1, most / norm);
}

static struct case_ops with_mistake(const struct case_ops *right, enum mistake m)
{
    struct case_ops ops = *right;

    if (m == NO_WARMUP)
        ops.learning_rate = no_warmup;
    if (m == SCHEDULE_LATE)
        ops.learning_rate = one_late;
    if (m == NO_CLIP)
        ops.clip_scale = no_clip;
    if (m == CLIP_BY_THE_SQUARE)
        ops.clip_scale = clip_by_the_square;
    if (m == CLIP_AS_TENSORFLOW)
        ops.clip_scale = clip_as_tensorflow;
    return ops;
}

/* ------------------------------------------------------------------------ the tests */

static void keep_worst(void *context, const struct finding *found)
{
    struct follower *f = context;
    const double share = finding_share(found);

    if (share <= f->share || isnan(f->share))
        return;
    f->share = share;
    snprintf(f->where, sizeof f->where, "%s", found->name);
}

/* All steps of a training file by f64; the error nearest its bar, or farthest beyond it. */
static struct follower follow(const struct training *t, const struct subject *s, enum mistake m)
{
    const struct case_ops ops = with_mistake(s->cases, m);
    struct follower f = {.training = t, .mistake = m, .share = -1};

    assert_true(training_walk(&(struct walk){.training = t, .subject = s, .ops = &ops,
                                             .spoil = spoil, .found = keep_worst,
                                             .context = &f}));
    return f;
}

/* Whether a run has anything that the mistake would change. */
static bool applies(const struct training *t, enum mistake m)
{
    return m >= NO_CLIP ? t->clip > 0 : m >= NO_WARMUP ? t->schedule.warmup > 1 : true;
}

static void mistakes_are_seen(void **state)
{
    const double sharpness = 10;  /* times the bar, and more */
    const char *build = getenv("BUILD");
    char object[256];
    glob_t found;

    (void)state;
    snprintf(object, sizeof object, "./%s/subjects/f64.so", build ? build : "build");
    const struct subject *s = subject_load(object);
    assert_int_equal(glob("fixtures/training/*.training.h5", 0, NULL, &found), 0);
    assert_true(found.gl_pathc >= 4);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct training t = training_open(found.gl_pathv[i], "fixtures");

        for (int m = NO_MISTAKE; m < N_MISTAKES; m++) {
            if (!applies(&t, (enum mistake)m))
                continue;
            const struct follower f = follow(&t, s, (enum mistake)m);
            print_message("%s, %s: %s, %.1e times its bar\n", mistakes[m], found.gl_pathv[i],
                          f.where, f.share);
            if (m == NO_MISTAKE ? !(f.share <= 1) : f.share <= sharpness)
                fail_msg("%s in %s: %s is %.3g times its bar", mistakes[m], found.gl_pathv[i],
                         f.where, f.share);
        }
        training_close(&t);
    }
    globfree(&found);
}

/* What is no training file ends the program with a line that says why. */
static void damaged_files_are_refused(void **state)
{
    static const struct {
        const char *attribute, *value, *words;
    } damages[] = {
        {"format", "touchstone-model", "a touchstone-training file is needed here"},
        {"optimiser", "sgd", "optimiser `sgd` is not known, only adamw and openai-adam"},
        {"model", "nothing.h5", "nothing.h5"},
        {"rate", "fast", "has no attribute `rate`, or it is not a number"},
        {"warmup", "long", "has no attribute `warmup`, or it is not a whole number"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        assert_int_equal(shell("rm -rf $T/f; mkdir -p $T/f/training; ln -s $PWD/$F/*.model.h5 "
                               "$PWD/$F/*.golden.h5 $T/f; cp $F/training/gpt2-pocket.* "
                               "$T/f/training; chmod u+w $T/f/training/*")->code, 0);
        struct store *s = store_update(file("f/training/gpt2-pocket.openai-adam.training.h5"));
        store_set_string(s, "/", damages[i].attribute, damages[i].value);
        store_commit(s);
        assert_refused(shell("touchstone check --fixtures $T/f --step 08 --only gpt2-pocket "
                             "--subject f64"), damages[i].words, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes_are_seen),
        cmocka_unit_test(damaged_files_are_refused),
    };

    return cmocka_run_group_tests_name("optimise", tests, begin, finish);
}
