/* tool.h: what the tests share: programs run as a user runs them, files damaged
 * on purpose, all in a folder of their own. */
#ifndef TOOL_H
#define TOOL_H

/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>

/* What a command did. */
struct outcome {
    int code;               /* exit code; 128 + signal where it was killed */
    char out[1 << 16], err[1 << 14];
};

/* Runs a shell command. In it, `touchstone` and the step programs are those of
 * the build, $T is this test's own folder and $F is fixtures. Valid until the
 * next call. */
const struct outcome *shell(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Makes and removes the folder; for cmocka's group. */
int begin(void **state);
int finish(void **state);

/* The path of a file in the test's folder. */
const char *file(const char *name);

/* Copies a fixture into the test's folder and returns its path there. */
const char *borrow(const char *fixture);

/* Exit code 2, nothing but one line on standard error, which has all of these
 * words in it. The list ends with NULL. */
void assert_refused(const struct outcome *o, ...);

/* Exit code 1 or 0, and the words on standard output. The list ends with NULL. */
void assert_says(const struct outcome *o, int code, ...);

/* Damages (damage.h) a tensor in a trace or model file, stored as double; its attributes
 * are lost. */
void damage_file(const char *path, const char *tensor, const char *kind);

#endif
