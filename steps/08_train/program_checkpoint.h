/* program_checkpoint.h: a training as a file, to go on with. */
#ifndef PROGRAM_CHECKPOINT_H
#define PROGRAM_CHECKPOINT_H

#include <stdint.h>

#include "files/model.h"
#include "files/vocabulary.h"
#include "trainer.h"

/* One report: what a line of the output says. */
struct point {
    double step, loss, held_out, norm, rate;
};

/* The course of a training so far. */
struct curve {
    struct point *point;  /* [n] */
    size_t n, room;
    double sum, counted;  /* of the losses since the last point */
};

void curve_add(struct curve *c, const struct point *p);

/* As a table of tabs. Ends the program with one line where it cannot be written. */
void curve_write(const char *path, const struct curve *c);

/* Writes the model as it is; unless `finished`, with what is needed to go on. The file
 * that was there stays until the new one is whole. */
void checkpoint_write(const char *path, const struct trainer *t, const struct curve *c,
                      const char *name, const char *text, uint64_t hash,
                      const struct vocabulary *v, bool finished);

/* The recipe of a checkpoint. Ends the program where the file is none, or belongs to
 * another text. */
struct recipe checkpoint_recipe(struct model *m, uint64_t hash);

/* What there was beside the weights. */
void checkpoint_read(struct model *m, struct trainer *t, struct curve *c);

#endif
