/* trace_writer.c: a program with touchstone.h that test_tracer.c compiles, as C and as C++, and
 * runs: trace_writer PATH CASE writes a trace, with the mistake that CASE names, and prints what
 * the last call returned and what the error is. */
#include <stdlib.h>

#include "touchstone.h"

enum { B = 1, T = 4, C = 8 };

static const int tokens[B * T] = {3, 5, 7, 9}, targets[B * T] = {5, 7, 9, 0};
static const float zeros[B * T * C] = {0};

static int is(const char *word, const char *name)
{
    return strcmp(word, name) == 0;
}

static int open_with(struct touchstone *t, FILE *errors, const char *path, const char *what)
{
    static const int below[B * T] = {3, -5, 7, 9}, odd[B * T] = {5, 7, -2, -1};
    static const int none[B * T] = {-1, -1, -1, -1};
    const size_t many = (size_t)1 << 40;
    const size_t rows = is(what, "no-rows") ? 0 : is(what, "too-many") ? many : (size_t)B;

    return touchstone_open(t, errors, path, is(what, "family") ? "gpt3" : "gpt2", "toy",
                           "trace_writer, zeros", rows, T, is(what, "token") ? below : tokens,
                           is(what, "target")        ? odd
                           : is(what, "no-target")   ? none
                           : is(what, "targetless") ? NULL
                                                     : targets);
}

/* The mistakes of a single call after a good beginning. */
static int put_with(struct touchstone *t, const char *what)
{
    static const char *const names[] = {"h.0/ln_1", "forward/", "forward//ln_1", "forward/./ln_1",
                                        "input/tokens", "grad/wte/", "Forward/ln_f", ""};

    if (strncmp(what, "name", 4) == 0)
        return touchstone_put_float(t, zeros, B, T, C, 0, "%s", names[atoi(what + 4)]);
    if (is(what, "long-name"))
        return touchstone_put_float(t, zeros, B, T, C, 0, "forward/%0300d", 1);
    if (is(what, "twice"))
        return touchstone_put_float(t, zeros, B, T, C, 0, "forward/h.%d/ln_1", 0);
    if (is(what, "group"))
        return touchstone_put_float(t, zeros, B, T, C, 0, "forward/h.0");
    if (is(what, "under-tensor"))
        return touchstone_put_float(t, zeros, B, T, C, 0, "forward/h.0/ln_1/deeper");
    if (is(what, "gap"))
        return touchstone_put_float(t, zeros, B, 0, C, 0, "forward/ln_f");
    if (is(what, "huge"))
        return touchstone_put_float(t, zeros, (size_t)1 << 40, (size_t)1 << 40, 0, 0,
                                    "forward/ln_f");
    if (is(what, "unknown"))
        return touchstone_put_float(t, zeros, B, T, C, 0, "forward/h.%d/rotary", 0);
    if (is(what, "rank"))
        return touchstone_put_float(t, zeros, T, C, 0, 0, "forward/ln_f");
    if (is(what, "double")) {
        const double one = 1;
        return touchstone_put_double(t, &one, 0, 0, 0, 0, "forward/loss");
    }
    return 0;
}

/* More than a limit of 2 MB on the size of files lets through. */
static int put_much(struct touchstone *t)
{
    enum { MUCH = 1 << 20 };
    double *x = (double *)malloc(MUCH * sizeof *x);
    int code = x ? 0 : -1;

    for (size_t i = 0; x && i < MUCH; i++)
        x[i] = 1.0 / (double)(i + 1);
    for (int layer = 0; x && layer < 3; layer++)
        code = touchstone_put_double(t, x, MUCH, 0, 0, 0, "forward/h.%d/q", layer);
    free(x);
    return code;
}

int main(int argc, char **argv)
{
    static struct touchstone t;
    const char *what = argc > 2 ? argv[2] : "";

    if (is(what, "unopened")) {
        touchstone_drop(&t);
        printf("%d %d\n", touchstone_put_float(&t, zeros, B, T, C, 0, "forward/ln_f"),
               touchstone_close(&t));
        return 0;
    }
    if (argc < 2 || (open_with(&t, is(what, "silent") ? NULL : stderr, argv[1],
                               is(what, "silent") ? "family" : what) == 0 && is(what, "drop"))) {
        touchstone_drop(&t);
        return argc < 2;
    }
    touchstone_put_float(&t, zeros, B, T, C, 0, "forward/h.%d/ln_1", 0);
    int code = is(what, "much") ? put_much(&t) : put_with(&t, what);
    code = touchstone_close(&t) != 0 ? -1 : code;
    if (is(what, "after") || is(what, "closed-twice"))
        code = is(what, "after") ? touchstone_put_float(&t, zeros, B, T, C, 0, "forward/ln_f")
                                 : touchstone_close(&t);
    printf("%d %s\n", code, touchstone_error(&t));
    return code != 0;
}
