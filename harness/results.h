/* results.h: the verdicts on tensors, gathered and counted. */
#ifndef RESULTS_H
#define RESULTS_H

#include <stdbool.h>

#include "bars.h"
#include "diagnosis/rounding.h"
#include "errors.h"
#include "graph.h"

struct diagnosis;

enum status { PASS, FAIL, SKIP, MISTRUSTED };
enum mode { LOCAL, CHAIN };

/* One tensor of one subject in one mode. */
struct result {
    char model[128], golden[128], subject[128];  /* names, for people and programs */
    const char *model_path, *golden_path;        /* model_path NULL where there was none */
    const char *repeat;      /* the command line but for the selection; NULL: none */
    enum mode mode;
    struct node node;
    size_t place;            /* in graph order */
    bool products;           /* they go into it: see takes_products */
    const struct precision *precision;  /* that it is held to; NULL: by its width */
    double seconds;          /* since the result before */
    enum status status;
    bool measured;           /* errors, bar, got and want are set */
    struct errors errors;
    struct bar bar;
    struct yardstick yardstick;
    double got[N_WORST], want[N_WORST];
    size_t wrong;            /* elements beyond the bar */
    struct rounding rounding;
    const struct precision *looks_like;  /* less precise rather than wrong; or NULL */
    bool is_stored;          /* and every number is one of that precision */
    char pattern[240];
    const char *diagnosis;   /* the id of the known mistake that this is, or NULL (diagnosis.h) */
    const char *named, *likely;  /* the ids of all that it may be; what that means, or NULL */
    char reason[240];        /* of SKIP, MISTRUSTED, and of a FAIL without numbers */
    const char *lines;       /* of cases (cases_run.h): what failed, for people; "" where
                              * nothing did. NULL: this is a tensor */
    bool consequence;        /* an earlier tensor failed, in chain mode */
};

struct results {
    const struct precision *precision;  /* of --precision; NULL: by width */
    size_t count, room;
    struct result *item;
    double last;             /* the time at which the last was added, in seconds */
    size_t n_kept;
    char **kept;             /* texts that items point to */
    const char *seen;        /* how much of the graph the trace shows, in lines; or NULL */
    const char *hint;        /* what would tell more of the failures, or NULL */
    struct diagnosis *diagnosis;  /* what names mistakes (diagnosis.h); NULL: none is named */
    const char *mistakes_of; /* the folder whose known mistakes alone are tried; NULL: all */
};

struct totals {
    size_t passed, failed, skipped, mistrusted;  /* mistrusted are among the skipped */
};

/* Adds a result and returns it, zeroed, to be filled in; valid until the next. */
struct result *results_add(struct results *r);
void results_free(struct results *r);

/* A copy of a text that lives as long as the results. */
const char *results_keep(struct results *r, const char *text);

/* Counts items first .. end-1. `strict` counts mistrusted tensors as failed. */
struct totals results_count(const struct results *r, size_t first, size_t end, bool strict);

/* The failure that comes first in graph order (of the first golden that has
 * one), or NULL. */
const struct result *results_first_failure(const struct results *r, bool strict);

/* Whether two results are of one golden, subject and mode. */
bool results_alike(const struct result *a, const struct result *b);

/* The bar of a measured result in that precision. */
struct bar result_bar(const struct result *r, const struct precision *p);

/* Judges what a subject computed, by the bars of r->precision, or where that is NULL of
 * `width`, that of the subject's numbers. */
void judge(struct result *r, const double *got, const double *want, size_t width,
           const struct yardstick *y);

const char *status_name(enum status s);
const char *mode_name(enum mode m);

/* Whether the result counts as a failure. */
bool is_failure(const struct result *r, bool strict);

#endif
