/* program_score.h: `05_unembed --score FILE`. */
#ifndef PROGRAM_SCORE_H
#define PROGRAM_SCORE_H

#include <stdbool.h>

/* Whether the command line has --score. */
bool wants_score(int argc, char **argv);

/* The command; returns the exit code. */
int score_main(int argc, char **argv);

#endif
