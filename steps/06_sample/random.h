#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h>

/* Where a sequence of random numbers stands. */
struct generator {
    uint64_t s[4];  /* never all 0 */
};

/* The beginning of the sequence that belongs to a seed. */
struct generator generator_begin(uint64_t seed);

/* The next number: any from 0 to 1, 1 left out, all equally likely. */
double generator_uniform(struct generator *g);

/* The next number of a normal distribution with mean 0 and deviation 1. Takes two. */
double generator_normal(struct generator *g);

#endif
