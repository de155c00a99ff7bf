/* program_text.h: what programs need that read a text instead of a trace. */
#ifndef PROGRAM_TEXT_H
#define PROGRAM_TEXT_H

#include "01_tokenize/grow.h"
#include "files/vocabulary.h"
#include "program.h"

/* Makes p->acts ready for forward() on one text of n tokens, 1 to P, without targets,
 * after program_open_model. Room for every tensor grows as it is needed; p->graph
 * may be another one afterwards. */
void program_text(struct program *p, const int *tokens, size_t n);

/* The id of <|endoftext|>, which GPT-2 has read between any two texts; -1 where the
 * vocabulary has none. */
int end_of_text(const struct vocabulary *v);

/* A number from `low` to `high`; anything else ends the program with a line that
 * names the option. */
double real_number(const char *option, const char *text, double low, double high);

/* "0 3 5": ids of the model's tokens, as 01_tokenize prints them, with any white space
 * between them. Anything else ends the program with a line that begins with
 * `option`. */
struct tokens parse_ids(const char *option, const char *text, size_t V);

/* All bytes of a file, or of standard input where path is `-`, and a zero after
 * them. */
struct text read_all(const char *option, const char *path);

#endif
