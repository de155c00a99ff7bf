/* exercise_process.h: marks the functions of an exercise, each in a process of its own. */
#ifndef EXERCISE_PROCESS_H
#define EXERCISE_PROCESS_H

#include "exercise_mark.h"

/* Marks all functions of m->step; mark [m->step->count], shared_marks made it. */
void mark_all(struct marking *m, struct mark *mark);

struct mark *shared_marks(size_t count);
void free_marks(struct mark *mark, size_t count);

#endif
