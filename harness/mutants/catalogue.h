/* catalogue.h: the known mistakes, as the program finds them beside itself.
 *
 * Each is a subject, or for the mistakes of checkers a program, that is right but for one
 * small edit of one source file. harness/mutants/README.md says how they are written. */
#ifndef CATALOGUE_H
#define CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>

struct mistake {
    const char *id;
    const char *step;      /* 00 .. 08, avx2 or checker; `right` where it is no mistake */
    const char *file;      /* the source that is edited */
    const char *kind;      /* op, wiring, cache, tokenize, sample, optimise or checker */
    const char *build;     /* f64, scalar, avx2 or touchstone */
    const char *tensors;   /* where it shows: names without layers, spaces between */
    const char *sentence;  /* for learners */
    const char *reported;  /* where it was seen; may be empty */
    const char *probe;     /* of a checker: arguments that tell it from a right one */
};

struct catalogue {
    size_t count;
    struct mistake *mistake;
    char *text;            /* what they point to */
};

/* Whether the known mistakes have been built; and what to say of a failure where they have
 * not. */
bool catalogue_is_there(void);
extern const char no_catalogue[];

/* Reads the index; ends the program where it is not there or damaged. */
struct catalogue catalogue_open(void);
void catalogue_close(struct catalogue *c);

/* The path of a mistake's shared object, or of the program of a checker's. Returns path. */
char *mistake_path(char *path, size_t size, const struct mistake *m);

/* The name of a tensor or gradient without its layer: h.1/q is q, backward/h.0/q is
 * backward/q, grad/h.0.ln_1.bias is grad/ln_1.bias. Returns base. */
char *base_name(char *base, size_t size, const char *tensor);

/* Whether the mistake is one that shows at this tensor, given by its full name. For
 * cases, `encode` stands for all groups encode/... */
bool shows_at(const struct mistake *m, const char *tensor);

#endif
