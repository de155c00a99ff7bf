#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <stddef.h>

struct schedule {
    double rate, min_rate;  /* the highest, and the last */
    size_t warmup, steps;   /* steps of the rise, and of all */
};

/* The learning rate of a step, from 1. */
double learning_rate(const struct schedule *s, size_t step);

#endif
