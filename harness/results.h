/* results.h: the verdicts on tensors, gathered and counted. */
#ifndef RESULTS_H
#define RESULTS_H

#include <stdbool.h>

#include "bars.h"
#include "errors.h"
#include "graph.h"

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
    enum status status;
    bool measured;           /* errors, bar, got and want are set */
    struct errors errors;
    struct bar bar;
    struct yardstick yardstick;
    double got[N_WORST], want[N_WORST];
    size_t wrong;            /* elements beyond the bar */
    char pattern[200];
    char reason[240];        /* of SKIP, MISTRUSTED, and of a FAIL without numbers */
    bool consequence;        /* an earlier tensor failed, in chain mode */
};

struct results {
    size_t count, room;
    struct result *item;
    size_t n_kept;
    char **kept;             /* texts that items point to */
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

/* Judges what a subject computed. `width` is that of the subject's numbers. */
void judge(struct result *r, const double *got, const double *want, size_t width,
           const struct yardstick *y);

const char *status_name(enum status s);
const char *mode_name(enum mode m);

/* Whether the result counts as a failure. */
bool is_failure(const struct result *r, bool strict);

#endif
