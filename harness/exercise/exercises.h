/* exercises.h: the command exercise: marks what a learner has written, function by function,
 * and says it in a learner's words. */
#ifndef EXERCISES_H
#define EXERCISES_H

#include <stdbool.h>

/* Whether these arguments of the command check ask for `--subject exercise`. */
bool asks_for_exercise(int argc, char **argv);

/* With --step NN marks one step's exercise, --subject being `exercise` or the path of a
 * shared object; without it all that are built, in a line each. Exit code 1 where a function
 * is wrong, 0 where none is, written or not. */
int command_exercise(int argc, char **argv);

#endif
