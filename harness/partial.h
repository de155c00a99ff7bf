/* partial.h: a subject made of some functions of one's own and the built-in rest. */
#ifndef PARTIAL_H
#define PARTIAL_H

#include "subject.h"

/* The subject of a shared object that exports functions of ops.h; `object` is dlopen's.
 * `name` as the user gave it is the subject's name. Ends the program where it exports
 * none of them. The same name gives the same subject again. */
const struct subject *partial_subject(const char *name, void *object);

/* The same of one of its functions: all others are as if it had none. Made anew each time,
 * and there to the end. */
const struct subject *partial_function(const char *name, void *object, const char *function);

/* Of the functions of a subject that one, and what it needs to begin; the rest is NULL. */
void one_case_op(struct case_ops *to, const struct case_ops *from, const char *function);

/* Where nothing was checked, for nothing that is selected is made by functions of these
 * subjects, the value of --subject: ends the program. `in_place`: chain mode would check. */
void partial_selects_nothing(const char *subjects, bool in_place);

#endif
