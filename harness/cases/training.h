/* training.h: a training file (docs/formats.md), and a subject's way through it: the same
 * batches go through its engine, gradient_norm, clip_scale, learning_rate and optimiser,
 * and what comes of it is compared with what the reference found.
 *
 * In float64 the bar is 1e-12 rms and 1e-11 at the worst element, of the tensor's rms.
 * Most tensors are within 1e-15. The bar leaves room for the key third of c_attn.bias:
 * its gradient is 0 in truth and rounding in fact, which Adam divides by eps. In float32
 * the bar is that of bars.c, by the errors of the reference's own runs in float32. */
#ifndef TRAINING_H
#define TRAINING_H

#include "bars.h"
#include "cases.h"
#include "errors.h"
#include "files/model.h"
#include "subject.h"

struct training {
    struct store *file;
    struct model *model;
    struct graph *graph;           /* of one batch */
    struct schedule schedule;
    struct adam adam;              /* what is the same in all steps */
    double clip;
    bool openai;
    size_t steps;
    int *tokens, *targets;         /* [steps, B, T] */
};

/* Ends the program with one line where the file, or the model in `fixtures` that it names,
 * is not what it should be. */
struct training training_open(const char *path, const char *fixtures);
void training_close(struct training *t);

/* One array of the file beside what a subject has: the error and what it may be. */
struct finding {
    const char *name;              /* e.g. after/2/h.0.ln_1.weight, loss */
    size_t rank;                   /* of a weight; 0 of loss, norm and rate */
    struct errors errors;
    struct bar bar;
    size_t worst;                  /* where the error is largest */
    double got, want;              /* there */
};

/* The larger of both measures as a share of its bar; passes up to 1. */
double finding_share(const struct finding *f);

/* How a subject goes through the file, and who is told what was found. */
struct walk {
    const struct training *training;
    const struct subject *subject;
    const struct case_ops *ops;    /* the subject's, or such as err on purpose */
    /* Changes how a weight of that rank is moved in a step; NULL: as it should be. */
    void (*spoil)(void *context, struct adam *o, size_t rank);
    void (*found)(void *context, const struct finding *f);
    void *context;
};

/* All steps. False where memory ran out. */
bool training_walk(const struct walk *w);

#endif
