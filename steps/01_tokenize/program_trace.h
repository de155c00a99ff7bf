/* program_trace.h: a trace that begins with a text. */
#ifndef PROGRAM_TRACE_H
#define PROGRAM_TRACE_H

#include "files/model.h"
#include "grow.h"

/* Writes /input/tokens and /input/targets. A trace of the same tokens keeps all else
 * that it holds; one of other tokens begins anew. Ends the program where the model
 * cannot take so many tokens, or where `path` is no trace. */
void begin_trace_of(const char *path, const struct model *m, const struct tokens *tokens);

#endif
