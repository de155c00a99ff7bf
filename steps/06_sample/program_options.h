/* program_options.h: the command line of 06_sample. */
#ifndef PROGRAM_OPTIONS_H
#define PROGRAM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "sample.h"

struct options {
    const char *model, *prompt, *prompt_ids, *system, *subject;
    size_t tokens;        /* how many to make; in a chat, for one answer */
    struct sampling how;
    uint64_t seed;
    bool has_seed, no_cache, chat, slide, ids, verbose;
};

/* Ends the program at bad usage, and after --help. */
struct options read_options(int argc, char **argv);

#endif
