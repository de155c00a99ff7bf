/* options.h: the command line of build/touchstone. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>

#include "graph.h"

struct options {
    const char *model, *golden, *fixtures, *only, *subject, *tensor;
    const char *output, *tokens, *text, *input;
    const char *name, *family, *heads, *config, *vocab, *merges;  /* of import */
    const char *json, *junit, *tsv, *precision;
    const char *exec, *timeout, *results;
    const char *mode, *direction, *step_text, *layer_text, *seed_text;
    const char *like, *batch, *length, *threads, *op, *time;  /* of bench */
    long long seed;           /* of anything random; 1 where it is not given */
    int step, layer;          /* -1: all */
    bool local, chain;        /* modes */
    bool forward, backward;   /* directions */
    bool strict, quiet, verbose, list, gradient_check;
    bool counts, every_layer; /* of bench */
    const char *operand;      /* the one argument that is no option, or NULL */
};

/* Reads the arguments after the command's name. `allowed` lists the options that
 * the command knows, each with its dashes and a space after it; `operand` is
 * what the one plain argument is called, NULL where there is none. Ends the
 * program with one line at anything it does not know. */
struct options options_read(int argc, char **argv, const char *allowed, const char *operand);

/* Where results for programs go when they were asked for on standard output:
 * then all that is for people goes to standard error. */
int results_descriptor(void);

/* Whether the options select this tensor. */
bool selects(const struct options *o, const struct node *n);

/* Ends the program where the selection fits nothing in this graph. */
void check_selection(const struct options *o, const struct graph *g);

#endif
