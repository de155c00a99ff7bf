/* cases_group.h: what the files cases_*.c, which hold the cases, are written with. */
#ifndef CASES_GROUP_H
#define CASES_GROUP_H

#include "cases.h"
#include "cases_run.h"

enum { SHOWN = 160 };  /* bytes of a text that is shown, its end included */

/* The cases of one group, counted. Shared by the process that runs them and the one that
 * reports them, which learns from `now` which case took the program down. */
struct marks {
    size_t cases, wrong;
    char now[SHOWN];                            /* the case under way */
    char first[SHOWN], got[SHOWN], want[SHOWN]; /* the first that was wrong */
};

/* A case begins: says which. case_text does it for a text of any bytes, with a remark
 * behind it unless that is NULL; case_ids for tokens. */
void case_begin(struct marks *m, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void case_text(struct marks *m, struct bytes text, const char *remark);
void case_ids(struct marks *m, const int *id, size_t n);

/* It ends. True: it is the first wrong one, and got and want are to be filled in. */
bool case_end(struct marks *m, bool right);

/* The same where got and want are texts, or numbers. */
void case_end_text(struct marks *m, struct bytes got, struct bytes want);
void case_end_ids(struct marks *m, const int *got, size_t n_got, const int *want,
                  size_t n_want);
void case_end_size(struct marks *m, size_t got, size_t want);

/* Right where |got - want| is at most the error. */
void case_end_real(struct marks *m, double got, double want, double error);

/* A step of a subject on its way through its groups. */
struct case_run {
    struct results *all;
    const struct subject *subject;
    const struct case_ops *ops;
    const struct case_choice *choice;
    const char *folder, *repeat;
    int step;
    size_t place;
    struct marks *marks;
};

/* Runs a group in a process of its own and adds its result. `lacks`: a function that it
 * needs and the subject has not, or NULL: the group is skipped then. */
typedef void group_work(struct marks *m, const struct case_run *run, const void *context);
void case_group(struct case_run *r, const char *name, const char *lacks, group_work *work,
                const void *context);

/* The name of a function that the subject lacks, or NULL. */
#define LACKS(run, function) ((run)->ops->function ? NULL : #function)

/* Whether cases of that model are wanted; of no model in particular where it is NULL. */
bool case_wanted(const struct case_run *r, const char *model);

/* The path of a file in the folder of the fixtures. Returns path. */
char *case_path(char *path, size_t size, const struct case_run *r, const char *folder,
                const char *name);

/* The subject's engine for a model, or the process ends. */
struct engine *case_engine(const struct case_run *r, const struct graph *g,
                           void *const weight[]);

/* cases_tokenize.c: one case each, of text into tokens and of tokens into text; what a subject
 * lacks for the first. cases_decode.c: what it lacks for decoding. */
void check_text(struct marks *m, const struct case_run *r, struct tokenizer *t,
                struct bytes text, int how, const int *want, size_t n_want);
void check_ids(struct marks *m, const struct case_run *r, const struct vocabulary *v,
               const int *id, size_t n, struct bytes want);
const char *lacks_encoding(const struct case_run *r);
const char *lacks_decoding(const struct case_run *r);

/* The groups, a file each. Step 01; cases_special is given the vocabulary of that name. */
void cases_text(struct case_run *r);
void cases_split(struct case_run *r);
void cases_tokenize(struct case_run *r);
void cases_special(struct case_run *r, const struct vocabulary *v, const char *name);
void cases_pockets(struct case_run *r);

/* Step 06. */
void cases_sample(struct case_run *r);
void cases_decode(struct case_run *r);
void cases_greedy(struct case_run *r);

/* Step 08. */
void cases_optimise(struct case_run *r);
void cases_batch(struct case_run *r);
void cases_step(struct case_run *r);
void cases_train(struct case_run *r);

#endif
