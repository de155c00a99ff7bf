#ifndef RECIPE_H
#define RECIPE_H

#include "schedule.h"

/* All that decides what comes out of a training, beside the text and the weights that
 * it begins with. All are doubles, so that one table can read, write and explain them
 * (program_options.c); those in the first group are whole numbers. */
struct recipe {
    double steps, batch, length;  /* length: tokens of a piece, T */
    double seed;
    double openai_adam;           /* 1: the Adam of GPT-1's program instead of AdamW */
    double warmup;                /* steps until the learning rate is highest */
    double every;                 /* steps from one report and checkpoint to the next */

    double rate, min_rate;
    double beta1, beta2, eps, decay, clip;
    double held_out;              /* share of the text that is not learnt from */
};

struct schedule schedule_of(const struct recipe *r);

#endif
