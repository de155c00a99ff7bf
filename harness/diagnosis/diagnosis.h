/* diagnosis.h: names the mistake in a wrong tensor.
 *
 * The catalogue of known mistakes (harness/mutants/) is built as subjects, each right but
 * for one. Where a tensor failed, those that could show there are given the inputs that it
 * was computed from; the one that computes the same is named. Besides, recognise.h looks
 * at the tensor itself.
 *
 * A result gets its diagnosis and the sentence `likely`; its pattern may become a better
 * one. Verdicts stay as they are. */
#ifndef DIAGNOSIS_H
#define DIAGNOSIS_H

#include "check_gradients.h"

/* From here on, and up to diagnosis_end, the results of one golden are looked at; without
 * this, the functions below do nothing. diagnosis_end writes what was found into them, unless
 * they look like rounding (rounding.h). */
void diagnosis_begin(struct results *all, const struct reference *r);
void diagnosis_end(struct results *all);

/* Looks at the results from `start` on, which are of outputs of one op: node `first` and
 * what follows it. `in` is what it was given, in the order of the node's inputs, `got` and
 * `want` its outputs; any of them may be NULL. */
void diagnose_op(struct results *all, size_t start, size_t first, const double *const in[],
                 double *const got[], double *const want[]);

/* Looks at the results from `start` on, which are of a whole forward pass: the first wrong
 * tensor, and each later one that is wrong even for the inputs that it was given and yet
 * right in local mode: then its step is wired wrong. `got` is by node, NULL where there is
 * no such tensor. */
void diagnose_chain(struct results *all, size_t start, double *const got[]);

/* Where in compare's local mode an op is right, its step may be wired wrong. The same for
 * results from `start` on that diagnose_op has no name for. */
void diagnose_wiring(struct results *all, size_t start, double *const got[]);

/* Looks at the results from `start` on, which are of gradients: c->got and c->want (in local
 * mode NULL: what the right ops make). `made`
 * is by node what the forward pass computed: the golden's, or where that failed in a chain
 * the subject's own. Local mode: `given` are the gradients that each op was given. */
void diagnose_gradients(struct results *all, size_t start, const struct gradient_case *c,
                        double *const made[], double *const given[]);

#endif
