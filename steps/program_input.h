/* program_input.h: what a step program begins with: tokens and their spelling. */
#ifndef PROGRAM_INPUT_H
#define PROGRAM_INPUT_H

#include "files/model.h"
#include "program.h"

/* The spellings of /tokenizer/vocab; NULL where the model file has none. Free
 * with free_all. */
char **read_vocabulary(struct model *m);

/* The id of a word: a number, or the spelling of a token, in full or without its
 * mark of a space. Ends the program where it is neither. */
int token_of(const struct program *p, const char *word);

/* Begins a trace with the input alone, of p->tokens or p->input. Each token's
 * target is the next one; the last has none. */
void begin_trace(const struct program *p);

#endif
