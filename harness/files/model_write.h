/* model_write.h: a model as a file (docs/formats.md). */
#ifndef MODEL_WRITE_H
#define MODEL_WRITE_H

#include "graph.h"
#include "store.h"
#include "vocabulary.h"

/* Writes a whole model into a store made for it: attributes, the weights (in the
 * graph's order) and the tokenizer, unless v is NULL. */
void model_write(struct store *s, const struct graph *g, const char *name, const char *source,
                 float *const weight[], const struct vocabulary *v);

/* Its parts, where the weights are written one after another (store_write_rows). */
void model_write_attributes(struct store *s, const struct config *c, const char *name,
                            const char *source);
void model_write_tokenizer(struct store *s, const struct vocabulary *v);

#endif
