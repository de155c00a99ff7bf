/* show.h: tokens as a table for people. */
#ifndef SHOW_H
#define SHOW_H

#include "tokenizer.h"

/* Prints a row for each token: its place, its id, its bytes, the text it stands for,
 * and the merges that made it, in order. */
void show_tokens(struct tokenizer *t, const int *id, size_t n);

#endif
