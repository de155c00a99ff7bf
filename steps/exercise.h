/* exercise.h: how an exercise says that a function has no body yet. */
#ifndef EXERCISE_H
#define EXERCISE_H

/* Called with __func__ in place of the body. Take the line out when the body is written. */
void not_written(const char *function);

/* For whoever marks the exercises: from here on `tell` is called with each such name. */
void on_not_written(void (*tell)(const char *function));

#endif
