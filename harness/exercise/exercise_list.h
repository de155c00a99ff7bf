/* exercise_list.h: the exercises of the course, in the order in which they are written. */
#ifndef EXERCISE_LIST_H
#define EXERCISE_LIST_H

#include <stdbool.h>
#include <stddef.h>

enum { MOST_EXERCISES = 16, AVX2_STEP = 99 };

/* A function of an exercise. */
struct exercise {
    const char *name;
    const char *needs;  /* functions of the same file that have to be right before, or "" */
};

/* The exercise of a step, a file exercise.c. */
struct exercise_step {
    int step;             /* AVX2_STEP: that of harness/avx2/ */
    const char *number;   /* as in exercise-03.so */
    const char *title, *folder, *chapter;
    size_t count;
    struct exercise item[MOST_EXERCISES];
};

/* All of them; *count is set. */
const struct exercise_step *exercise_steps(size_t *count);

#endif
