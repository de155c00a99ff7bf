/* program_session.h: a text and what is needed to go on with it. */
#ifndef PROGRAM_SESSION_H
#define PROGRAM_SESSION_H

#include "01_tokenize/grow.h"
#include "01_tokenize/tokenizer.h"
#include "program_options.h"
#include "program_predict.h"
#include "random.h"
#include "stream.h"

struct session {
    struct options options;
    struct program program;
    struct vocabulary *vocabulary;  /* NULL: the model has none, texts are ids */
    struct tokenizer *tokenizer;    /* NULL until a text has to be tokenized */
    int end;                        /* the id of <|endoftext|>, or -1 */
    struct predictor predictor;
    struct generator generator;
    struct candidate *room;         /* [V] */
    struct tokens tokens;           /* the text so far */
    struct stream stream;           /* and the way out of what is added to it */
};

void session_open(struct session *s, const struct options *options);
void session_close(struct session *s);

/* The text is this one now. Ends the program where it cannot be gone on with;
 * `option` says where it is from. */
void session_text(struct session *s, const char *option, struct bytes text);
void session_ids(struct session *s, const char *option, const char *ids);

/* Makes tokens and prints them, until there are enough, or the end of the text or
 * what ends an answer has come, or the positions are full. */
void session_go_on(struct session *s);

#endif
