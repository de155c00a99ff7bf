/* diagnosis_parts.h: what the files of the diagnosis share. */
#ifndef DIAGNOSIS_PARTS_H
#define DIAGNOSIS_PARTS_H

#include "diagnosis.h"
#include "diagnosis_find.h"
#include "diagnosis_try.h"

/* The diagnosis of one golden's results. */
struct diagnosis {
    struct findings f;
    struct trials t;
    const struct reference *r;
    size_t first;               /* result of this golden */
    const struct subject *right;  /* f64; NULL before try_is_possible */
};

/* Multiplications and additions that trials of everything may take, where the catalogue says
 * nothing of a tensor: about as many in a tenth of a second. */
extern const double little_work;

/* Whether there are known mistakes, and a model to try them on. */
bool try_is_possible(struct diagnosis *d);

bool has_failed(const struct result *x);

/* Whether the same tensor failed, or passed, in local mode. What was found there holds in
 * chain mode, too: an op is wrong in the same way. */
bool failed_locally(const struct diagnosis *d, size_t result);
bool passed_locally(const struct diagnosis *d, size_t result);
void find_as_in_local_mode(struct diagnosis *d, size_t result);

/* What the tensor itself shows, with what is known of its op; `in` and `output` may be NULL.
 * False: nothing is wrong with the op, but with what it was given. */
bool look(struct diagnosis *d, struct result *x, const double *const in[], const double *got,
          const double *want, double *const output[]);

/* The same of a tensor behind a failure, which is wrong for the subject's own inputs, and has
 * no name: what it shows is what is likely. Once for all layers. */
void look_behind(struct diagnosis *d, struct result *x, const double *const in[],
                 const double *got, const double *want, double *const output[]);

/* How many known mistakes are candidates for a result (diagnosis_find.h), and how many of n
 * may be tried at that cost each; says so where it takes a while. */
size_t count_candidates(struct diagnosis *d, const struct result *x, const char *kind,
                        bool anywhere);
size_t allowed(const struct result *x, size_t n, double cost);

/* Whether a gradient that is wrong in local mode is the right one of a forward pass that has
 * a known mistake, which was found before. Then that is what was found for it. */
bool follows_forward(struct diagnosis *d, size_t result, const double *got, const double *want,
                     double *const made[], double *const given[]);

/* Whether an op that reads the tensor of a gradient is wrong in a way that has no name: the
 * gradient may be right for that. */
bool is_doubtful(const struct diagnosis *d, size_t result);

/* The outputs of one op that failed. */
struct op_case {
    size_t first, n_out;
    const double *const *in;
    double *const *got, *const *want;
    size_t result[MAX_OUTPUTS];
    bool failed[MAX_OUTPUTS];
};

/* Tries mistakes of the op at them. */
void name_op(struct diagnosis *d, const struct op_case *c);

#endif
