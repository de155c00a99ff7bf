/* exercise_mark.h: marks one function of an exercise. */
#ifndef EXERCISE_MARK_H
#define EXERCISE_MARK_H

#include "check.h"
#include "exercise_list.h"

enum verdict_on { NOT_WRITTEN, RIGHT, WRONG, WAITS };

/* What came of a function. It holds no pointers: processes share it. */
struct mark {
    enum verdict_on verdict;
    bool unwritten[MOST_EXERCISES];  /* those that were called and have no body */
    char waits_for[64];              /* of WAITS */
    char named[200];                 /* of WRONG: the ids of the known mistakes that it may be */
    char says[6000];                 /* of WRONG: lines for the learner */
};

/* The exercise of a step, ready to be marked. */
struct marking {
    const struct exercise_step *step;
    const char *path[2];       /* of the shared objects; [1], in float, may be NULL */
    void *object[2];
    const char *fixtures;
    size_t n_goldens;          /* those that are tried, pocket models first; none for cases */
    struct reference *golden;
    size_t function;           /* which of the step's is marked */
    struct mark *mark;
};

/* Whether a step is marked by cases and not by tensors. */
bool marked_by_cases(const struct exercise_step *s);

/* Adds a line to what the learner reads. */
void mark_says(struct mark *m, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* How long this process may take from now on, for marking or for looking for the mistake. */
void allow_time(bool explaining);

/* Sets the verdict by what was called: whether the function, or another one that it calls,
 * is not written. False where all that was called is. */
bool was_called_unwritten(const struct marking *m);

/* Marks m->function, in this process. exercise_tensors.c, exercise_cases.c. */
void mark_tensors(struct marking *m);
void mark_cases(struct marking *m);

#endif
