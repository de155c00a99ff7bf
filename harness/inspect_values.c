/* inspect_values.c: prints all elements of one tensor of a file, to be read by people
 * and by scripts: docs/pictures/ draws from them. Figures of a whole file are
 * inspect.c's. */
#include "inspect_values.h"

#include <stdio.h>
#include <stdlib.h>

#include "die.h"
#include "files/model.h"

enum { ROWS_AT_ONCE = 64 };

/* The dataset that `name` means; its full name goes to `found`. */
static struct stored find(char found[256], struct store *file, const char *name)
{
    static const char *const below[] = {"", "forward/", "weights/"};
    struct stored what;

    for (size_t i = 0; i < sizeof below / sizeof below[0]; i++) {
        snprintf(found, 256, "%s%s", below[i], name + (name[0] == '/'));
        if (store_find(file, found, &what))
            return what;
    }
    die("%s: has no tensor %s: inspect without --tensor lists what there is",
        store_path(file), name);
}

/* The place of row `n` of all vectors along the last axis: [0, 2, :]. */
static void print_place(const struct stored *what, size_t n)
{
    size_t below = 1;

    putchar('[');
    for (size_t i = 1; i + 1 < what->rank; i++)
        below *= what->dim[i];
    for (size_t i = 0; i + 1 < what->rank; i++) {
        printf("%zu, ", n / below);
        n %= below;
        below /= i + 2 < what->rank ? what->dim[i + 1] : 1;
    }
    printf("%s]", what->rank ? ":" : "");
}

static void print_rows(const struct stored *what, const double *x, size_t first, size_t count)
{
    const size_t width = what->rank ? what->dim[what->rank - 1] : 1;

    for (size_t n = 0; n < count; n++) {
        print_place(what, first + n);
        for (size_t i = 0; i < width; i++)
            printf(" %10.6g", x[n * width + i]);
        putchar('\n');
    }
}

void print_values(struct store *file, const char *name)
{
    char full[256], shape[160];
    const struct stored what = find(full, file, name);
    const size_t width = what.rank ? what.dim[what.rank - 1] : 1;
    const size_t slices = what.rank ? what.dim[0] : 1;

    if (what.kind == STORED_OTHER)
        die("%s: %s holds no numbers", store_path(file), full);
    printf("%s %s\n", full, shape_text(shape, sizeof shape, what.rank, what.dim));
    if (what.count == 0)
        return;
    const bool whole = what.rank < 2;
    const size_t slice = whole ? what.count : what.count / slices;
    double *x = allocate(whole ? slice : slice * ROWS_AT_ONCE, sizeof *x);

    for (size_t first = 0; first < (whole ? 1 : slices); first += ROWS_AT_ONCE) {
        const size_t left = slices - first;
        const size_t count = left < ROWS_AT_ONCE ? left : ROWS_AT_ONCE;
        const bool ok = whole ? store_try_read(file, full, sizeof *x, x)
                              : store_try_read_rows(file, full, sizeof *x, x, first, count);

        if (!ok)
            die("%s: %s is damaged: get or make the file again", store_path(file), full);
        print_rows(&what, x, whole ? 0 : first * (slice / width),
                   whole ? 1 : count * (slice / width));
    }
    free(x);
}
