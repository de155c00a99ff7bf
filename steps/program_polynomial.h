/* program_polynomial.h: `07_backprop --polynomial`. */
#ifndef PROGRAM_POLYNOMIAL_H
#define PROGRAM_POLYNOMIAL_H

#include <stdbool.h>

/* Whether the command line has --polynomial. */
bool wants_polynomial(int argc, char **argv);

/* The command; returns the exit code. */
int polynomial_main(int argc, char **argv);

#endif
