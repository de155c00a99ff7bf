/* diagnosis_find.h: which known mistakes compute what a subject has, and what is said. */
#ifndef DIAGNOSIS_FIND_H
#define DIAGNOSIS_FIND_H

#include "mutants/catalogue.h"
#include "results.h"
#include "subject.h"

enum { MOST_HITS = 16 };

/* A known mistake whose tensor the subject's equals, or comes near to. */
struct hit {
    size_t mistake;     /* in the catalogue */
    double share;       /* of the difference, that it leaves */
    bool equal;         /* nothing is left but rounding */
};

/* What was found for one result. */
struct finding {
    size_t result, n;
    struct hit hit[MOST_HITS];
    bool follows;       /* a gradient that is right for the mistake, which the forward pass has */
};

struct findings {
    struct results *all;
    struct catalogue catalogue;
    bool is_there;                   /* the catalogue is built */
    const struct subject **subject;  /* loaded so far, a mistake each */
    size_t n, room;
    struct finding *item;
};

struct findings findings_begin(struct results *all);

/* The subject with that mistake, where it is a candidate for a result: of that kind (op or
 * wiring), it shows at the result's tensor (or, `anywhere`, at other tensors of the same
 * direction), and this machine runs it. NULL otherwise. */
const struct subject *candidate(struct findings *f, size_t mistake, const struct result *x,
                                const char *kind, bool anywhere);

/* Compares what the subject has with what the mistake has made, and notes it down where
 * they are equal or near. */
void weigh(struct findings *f, size_t result, size_t mistake, const double *got,
           const double *want, const double *made);

/* What was found for a result so far, or NULL. */
const struct finding *finding_of(const struct findings *f, size_t result);

/* Notes down for a result what was found for another. */
void find_again(struct findings *f, size_t result, const struct finding *other);

/* Notes down for a gradient that it follows from that mistake, and nothing else. */
void find_instead(struct findings *f, size_t result, const struct hit *hit);

/* Puts diagnosis, named and likely into the results: a mistake that explains more of a
 * subject's wrong tensors goes before one that explains fewer. Frees all. */
void findings_end(struct findings *f);

#endif
