/* program_engine.h: what computes for a program: the steps, or a faster subject. */
#ifndef PROGRAM_ENGINE_H
#define PROGRAM_ENGINE_H

#include "engine.h"

/* The engine of a subject: of the steps that the program is made of for `scalar`, else
 * of a shared object. Ends the program where there is none, or none that computes in
 * `real`. */
const struct engine_ops *engine_of(const char *subject);

#endif
