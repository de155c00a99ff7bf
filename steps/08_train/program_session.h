/* program_session.h: all that a training needs, made ready. */
#ifndef PROGRAM_SESSION_H
#define PROGRAM_SESSION_H

#include "program_checkpoint.h"
#include "program_corpus.h"
#include "program_options.h"
#include "trainer.h"

struct session {
    struct options options;
    char name[128];
    struct vocabulary *vocabulary;
    struct corpus corpus;
    struct trainer trainer;
    struct curve curve;
};

/* Reads text, vocabulary and weights. Ends the program where they do not fit together. */
void session_open(struct session *s, const struct options *o);
void session_close(struct session *s);

/* Room for a batch, and what computes it: the steps themselves, or a subject that does
 * the same faster. Graph and weights are set. */
void open_engine(struct trainer *t, const char *subject, size_t threads);

/* Writes the model, with or without the state of its training. */
void session_save(const struct session *s, bool finished);

#endif
