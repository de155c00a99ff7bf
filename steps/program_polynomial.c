/* program_polynomial.c: `07_backprop --polynomial`: fits four parameters to points of a
 * sine by gradient descent (polynomial.c), and shows how they come to what they should
 * be. */
#include "program_polynomial.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "06_sample/random.h"
#include "07_backprop/polynomial.h"
#include "die.h"
#include "files/part.h"
#include "program_text.h"
#include "words.h"

struct fit {
    size_t steps, n;        /* n points */
    double rate, noise;     /* rate: below 0 where none was given */
    unsigned long long seed;
    const char *points;     /* a file to write, or NULL */
    double *x, *target;     /* [n] */
    double before[PARAMETERS], w[PARAMETERS], best[PARAMETERS];
};

bool wants_polynomial(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--polynomial") == 0)
            return true;
    return false;
}

static struct fit read_fit(int argc, char **argv)
{
    struct fit f = {.steps = 5000, .n = 100, .rate = -1, .seed = 1};

    for (int i = 1; i < argc; i++) {
        const char *option = argv[i], *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(option, "--polynomial") == 0)
            continue;
        if (!list_has("--steps --rate --samples --noise --seed --points", option))
            die("unknown option %s: --polynomial takes --steps N --rate X --samples N --noise X "
                "--seed S --points FILE", option);
        if (!*value)
            die("%s needs a value", option);
        if (strcmp(option, "--steps") == 0)
            f.steps = (size_t)whole_number(option, value, 0, 1000000000);
        else if (strcmp(option, "--rate") == 0)
            f.rate = real_number(option, value, 0, 1e6);
        else if (strcmp(option, "--samples") == 0)
            f.n = (size_t)whole_number(option, value, PARAMETERS, 1000000);
        else if (strcmp(option, "--noise") == 0)
            f.noise = real_number(option, value, 0, 1e6);
        else if (strcmp(option, "--seed") == 0)
            f.seed = (unsigned long long)whole_number(option, value, 0, 9000000000000000000);
        else
            f.points = value;
        i++;
    }
    return f;
}

/* Parameters to begin with, near 0, and points from -pi to pi. */
static void begin(struct fit *f)
{
    const double pi = 3.14159265358979323846;
    struct generator random = generator_begin(f->seed);

    for (size_t j = 0; j < PARAMETERS; j++)
        f->w[j] = f->before[j] = 0.1 * generator_normal(&random);
    f->x = allocate(f->n, sizeof *f->x);
    f->target = allocate(f->n, sizeof *f->target);
    for (size_t i = 0; i < f->n; i++) {
        f->x[i] = pi * (2 * (double)i / (double)(f->n - 1) - 1);
        f->target[i] = sin(f->x[i]) + f->noise * generator_normal(&random);
    }
    polynomial_best(f->best, f->x, f->target, f->n);
}

/* 0, 1, 2, 5, 10, 20, 50, ... */
static bool is_shown(size_t step)
{
    while (step >= 10 && step % 10 == 0)
        step /= 10;
    return step <= 2 || step == 5;
}

static void print_line(const char *name, double loss, const double *w)
{
    printf("%9s  %12.6g", name, loss);
    for (size_t j = 0; j < PARAMETERS; j++)
        printf("  %11.7f", fabs(w[j]) < 5e-8 ? 0 : w[j]);  /* and never -0 */
    putchar('\n');
}

static void train(struct fit *f, double highest_rate)
{
    double dw[PARAMETERS];

    for (size_t step = 0; ; step++) {
        const bool last = step == f->steps;
        char name[24];
        if (last || is_shown(step)) {
            const double loss = polynomial_loss(f->w, f->x, f->target, f->n);
            snprintf(name, sizeof name, "%zu", step);
            if (!isfinite(loss))
                die("--rate %g: the loss grew beyond all numbers before step %zu: take a rate "
                    "below %.3g", f->rate, step, highest_rate);
            print_line(name, loss, f->w);
        }
        if (last)
            return;
        polynomial_backward(dw, f->w, f->x, f->target, f->n);
        polynomial_step(f->w, dw, f->rate);
    }
}

static void print_end(const struct fit *f)
{
    const double least = polynomial_loss(f->best, f->x, f->target, f->n);
    double distance = 0;

    print_line("the best", least, f->best);
    for (size_t j = 0; j < PARAMETERS; j++)
        distance = fmax(distance, fabs(f->w[j] - f->best[j]));
    printf("no parameter is further than %.1e from the best; the loss is above the least by "
           "%.1e\n", distance, polynomial_loss(f->w, f->x, f->target, f->n) - least);
}

static void write_points(const struct fit *f)
{
    char *table = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&table, &size);

    if (!file)
        die("--points: no memory for %zu points: fewer --samples are needed", f->n);
    fprintf(file, "x\ttarget\tbefore\tafter\n");
    for (size_t i = 0; i < f->n; i++)
        fprintf(file, "%.9g\t%.9g\t%.9g\t%.9g\n", f->x[i], f->target[i],
                polynomial(f->before, f->x[i]), polynomial(f->w, f->x[i]));
    if (fclose(file) != 0)
        die("--points: no memory for %zu points: fewer --samples are needed", f->n);
    part_write("--points", f->points, table, size);
    free(table);
}

int polynomial_main(int argc, char **argv)
{
    die_as("07_backprop");
    struct fit f = read_fit(argc, argv);

    begin(&f);
    const double highest_rate = polynomial_highest_rate(f.x, f.n);
    if (f.rate < 0)
        f.rate = fmin(0.005, 0.75 * highest_rate);  /* few points allow less */
    printf("y = a + b x + c x^2 + d x^3 for %zu points of sin(x); rate %g, the highest that "
           "holds is %.3g; seed %llu\n", f.n, f.rate, highest_rate, f.seed);
    printf("%9s  %12s  %11s  %11s  %11s  %11s\n", "step", "loss", "a", "b", "c", "d");
    train(&f, highest_rate);
    print_end(&f);
    if (f.points)
        write_points(&f);
    finish_output();
    free(f.x);
    free(f.target);
    return 0;
}
