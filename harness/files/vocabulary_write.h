/* vocabulary_write.h: a vocabulary as the files that OpenAI and HuggingFace publish. */
#ifndef VOCABULARY_WRITE_H
#define VOCABULARY_WRITE_H

#include <stdbool.h>

#include "vocabulary.h"

/* Ends the program where the folder holds a vocabulary, unless `force` is set, and
 * where it is something else than a folder. It need not exist. */
void vocabulary_check_folder(const char *folder, bool force);

/* Writes vocab.json and merges.txt; makes the folder where there is none. Neither is
 * there until both are whole. Ends the program with one line where that fails. */
void vocabulary_write(const char *folder, const struct vocabulary *v);

#endif
