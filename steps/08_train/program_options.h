/* program_options.h: the command line of 08_train. */
#ifndef PROGRAM_OPTIONS_H
#define PROGRAM_OPTIONS_H

#include <stdbool.h>

#include "graph.h"
#include "recipe.h"

struct options {
    const char *text, *model, *resume, *out, *vocab, *merges, *name, *curve, *subject;
    bool force;
    bool sized, has_recipe;  /* any size of the model, any number of the recipe was given */
    struct config cfg;       /* of a new model; n_vocab is how many tokens to learn */
    size_t threads;
    struct recipe recipe;
};

struct options read_options(int argc, char **argv);

/* A number of the recipe: an option, and an attribute of a checkpoint. */
struct field {
    const char *name;  /* without the dashes */
    bool whole;        /* a whole number */
    size_t offset;     /* of a double in struct recipe */
    double low, high;
    double standard;   /* what it is when not given; below `low`: it depends on others */
    const char *help;
};

extern const struct field fields[];
extern const size_t n_fields;

double *field_of(struct recipe *r, const struct field *f);

/* Fills in what depends on other numbers, and ends the program where they do not fit
 * together. P: positions of the model. */
void finish_recipe(struct recipe *r, size_t P);

#endif
