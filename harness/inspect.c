/* inspect.c: the command inspect: what a file holds, and whether it is whole. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "die.h"
#include "files/model.h"
#include "inspect_values.h"
#include "options.h"

enum { BLOCK_ELEMENTS = 1 << 20 };

struct inspection {
    struct store *file;
    size_t datasets, elements, damaged;
    char first_damaged[256];
};

/* Running figures over the elements of one dataset. */
struct figures {
    double sum, squares, low, high;
    size_t seen, nonfinite, zeros;
};

static void add_figures(struct figures *f, const double *x, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        f->seen++;
        if (!isfinite(x[i])) {
            f->nonfinite++;
            continue;
        }
        f->sum += x[i];
        f->squares += x[i] * x[i];
        f->low = fmin(f->low, x[i]);
        f->high = fmax(f->high, x[i]);
        f->zeros += x[i] == 0;
    }
}

/* Reads block by block, so that a large tensor needs little memory. */
static bool gather(struct store *s, const char *name, const struct stored *what,
                   struct figures *f)
{
    const size_t rows = what->rank ? what->dim[0] : 1;
    const size_t row = rows ? what->count / rows : 0;
    const size_t at_once = row && row < BLOCK_ELEMENTS ? BLOCK_ELEMENTS / row : 1;
    bool ok = true;

    *f = (struct figures){.low = INFINITY, .high = -INFINITY};
    if (what->count == 0)
        return true;
    if (row > (size_t)1 << 28)
        return false;  /* no tensor has such rows */
    double *data = allocate(row * (at_once < rows ? at_once : rows), sizeof *data);
    if (what->rank == 0) {
        ok = store_try_read(s, name, 8, data);
        if (ok)
            add_figures(f, data, 1);
    }
    for (size_t first = 0; what->rank && ok && first < rows; first += at_once) {
        const size_t count = rows - first < at_once ? rows - first : at_once;
        ok = store_try_read_rows(s, name, 8, data, first, count);
        if (ok)
            add_figures(f, data, count * row);
    }
    free(data);
    return ok;
}

static void print_dataset(void *context, const char *name)
{
    struct inspection *in = context;
    struct stored what;
    struct figures f;
    char shape[160], type[32];

    if (!store_find(in->file, name, &what))
        return;
    in->datasets++;
    in->elements += what.count;
    printf("  %-30s %-18s", name, shape_text(shape, sizeof shape, what.rank, what.dim));
    if (what.kind == STORED_OTHER) {
        printf(" not numbers\n");
        return;
    }
    snprintf(type, sizeof type, "%s%zu", what.kind == STORED_FLOAT ? "float" :
             what.is_unsigned ? "uint" : "int", 8 * what.width);
    printf(" %-8s", type);
    if (!gather(in->file, name, &what, &f)) {
        printf(" DAMAGED\n");
        if (in->damaged++ == 0)
            snprintf(in->first_damaged, sizeof in->first_damaged, "%s", name);
        return;
    }
    const size_t finite = f.seen - f.nonfinite;
    if (finite)
        printf(" %11.4g .. %-11.4g mean %11.4g rms %10.4g", f.low, f.high,
               f.sum / (double)finite, sqrt(f.squares / (double)finite));
    if (2 * f.zeros > f.seen)
        printf("  %zu zeros", f.zeros);
    if (f.nonfinite)
        printf("  %zu NOT FINITE", f.nonfinite);
    putchar('\n');
}

static void print_attribute(void *context, const char *name)
{
    struct inspection *in = context;
    char text[512];
    long long whole;
    double number;

    if (store_get_string(in->file, "/", name, text, sizeof text))
        printf("  %-16s %s\n", name, text);
    else if (store_get_int(in->file, "/", name, &whole))
        printf("  %-16s %lld\n", name, whole);
    else if (store_get_real(in->file, "/", name, &number))
        printf("  %-16s %g\n", name, number);
    else
        printf("  %-16s (neither text nor number)\n", name);
}

int command_inspect(int argc, char **argv)
{
    const struct options o = options_read(argc, argv, "--tensor", "file");
    struct inspection in = {.file = store_open(o.operand)};

    if (o.tensor) {
        print_values(in.file, o.tensor);
        store_close(in.file);
        return 0;
    }
    printf("%s\n", o.operand);
    store_each_attribute(in.file, "/", print_attribute, &in);
    store_each_dataset(in.file, "/", print_dataset, &in);
    printf("%zu tensors, %zu elements, %zu damaged\n", in.datasets, in.elements, in.damaged);
    store_close(in.file);
    if (in.damaged)
        die("%s: /%s%s damaged: get or make the file again", o.operand, in.first_damaged,
            in.damaged > 1 ? " and others are" : " is");
    return 0;
}
