/* cases_run.h: checks steps 01, 06 and 08 of a subject by cases: texts and their tokens,
 * draws, steps of training. A group of cases that can go wrong together is one result:
 * its step is 1, 6 or 8, its layer -1, its mode local, its elements are the cases, and
 * `wrong` of them are wrong. */
#ifndef CASES_RUN_H
#define CASES_RUN_H

#include "results.h"
#include "subject.h"

struct case_choice {
    const char *fixtures;  /* the folder that holds tokenizers/, sampling/, training/ and
                            * models with their goldens */
    const char *only;      /* only cases of the model of that name; NULL: all */
    const char *group;     /* only the group of that name; NULL: all */
};

/* The folder in `fixtures` that the cases of a step come from; NULL: it has no cases. */
const char *cases_folder(int step);

/* Whether that folder is there. */
bool cases_are_there(const struct case_choice *c, int step);

/* Checks one step of a subject and adds a result a group. `repeat` is the command line that
 * does the same again, or NULL. Ends the program with one line where the cases cannot be
 * read; nothing that the subject does can end it. */
void cases_run(struct results *all, const struct subject *s, int step,
               const struct case_choice *c, const char *repeat);

#endif
