/* mutants.h: what the parts of the command mutants share. */
#ifndef MUTANTS_H
#define MUTANTS_H

#include "catalogue.h"
#include "check.h"
#include "diagnosis/diagnosis_cases.h"

enum verdict {
    CAUGHT,       /* the check says that something is wrong */
    MISSED,       /* it passes, and yet what the mistake computes is not the same */
    NOT_VISIBLE,  /* it passes, and what the mistake computes is the same within the bars */
    NOT_TRIED
};

/* What came of one mistake, or of a subject that has none. It holds no pointers: processes
 * share it. */
struct finding {
    enum verdict verdict;
    char golden[128];           /* on which it was caught, or missed; or the folder of cases */
    char tensor[MAX_NAME + 16]; /* the first wrong one, or group of cases */
    char mode[8];               /* in which that was */
    bool located;               /* it is one where the mistake shows */
    double factor;              /* how many times its bar the error is; NaN: not finite */
    size_t wrong, cases;        /* where it was caught by cases: so many of them */
    struct case_print print;    /* and all that is wrong in them */
    char named[200];            /* the ids that the diagnosis gave there, spaces between */
    bool named_rightly;         /* its own is among them */
    size_t tried, seen;         /* goldens, and those on which it is visible */
    size_t failed;              /* tensors of a subject without mistakes */
    char why[200];              /* of MISSED and NOT_TRIED, and what a checker got wrong */
};

/* A golden, and the weights of its model for subjects of both widths. */
struct fixture {
    struct reference r;
    void **weight[2];  /* of 4 and of 8 bytes */
};

struct fixture fixture_open(const char *model, const char *golden);
void fixture_close(struct fixture *f);

/* mutant_try.c: tries a subject that is mistaken on one golden. Sets everything in
 * `f` but `tried`; leaves alone what was caught or missed before. */
void try_subject(struct finding *f, const struct mistake *m, struct fixture *on);

/* The same on all cases of its step; with `name` the diagnosis tries all that it may be. */
void try_cases(struct finding *f, const struct mistake *m, const char *fixtures, bool name);

/* Looks whether a mistake is named in a subject that has none; true where none is. */
bool try_correct(struct finding *f, const char *name, struct fixture *on);

/* mutant_probe.c: tries a mistaken checker on what its probe says. */
void try_checker(struct finding *f, const struct mistake *m, const char *fixtures);

/* What came of all. */
struct findings {
    size_t count;
    const struct mistake **mistake;
    struct finding *f;           /* one each */
    size_t n_correct;
    char *correct[24];           /* names, or paths, of subjects without mistakes */
    struct finding *g;           /* one each */
};

/* mutant_try.c: where all known mistakes were tried, what the diagnosis names in those that
 * cases caught: by what is known of each, so that none is run again for every other. */
void name_cases(const struct findings *all);

/* mutants_report.c: for people and for programs. Returns the exit code. */
int report_mutants(const struct findings *all, const struct options *o);

/* What there is, without trying it. */
void list_mutants(const struct findings *all);

#endif
