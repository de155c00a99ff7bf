/* gradient_check.h: `touchstone check --gradient-check`. */
#ifndef GRADIENT_CHECK_H
#define GRADIENT_CHECK_H

/* The command check where --gradient-check is among its arguments: compares what
 * backpropagation says of each weight tensor with differences of the loss. Returns the
 * exit code (commands.h). docs/commands.md. */
int gradient_check(int argc, char **argv);

#endif
