/* formats.h: results for programs: JSON, JUnit XML, tab-separated values. */
#ifndef FORMATS_H
#define FORMATS_H

#include <jansson.h>
#include <stdio.h>

#include "options.h"
#include "results.h"

/* A file that is made in memory and then written at once. */
struct text {
    FILE *stream;  /* to print to */
    char *data;
    size_t size;
};

void text_begin(struct text *t);

/* Writes it to the path that the option gave; `-` is standard output. Ends the program
 * with one line where it cannot. */
void text_write(struct text *t, const char *option, const char *path);

/* Writes --json's file, numbers with so many digits, and gives `root` back. */
void json_write(json_t *root, int digits, const char *path);

/* Writes the files that the options ask for; `-` is standard output. Ends the
 * program with one line where one cannot be written. */
void write_results(const struct results *all, const struct options *o);

#endif
