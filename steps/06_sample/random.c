/* random.c: random numbers that are the same on every machine.
 *
 * The generator is xoshiro256** (Blackman and Vigna, "Scrambled Linear
 * Pseudorandom Number Generators", 2018, section 4): 256 bits of state, shifted
 * and xored, and a result stirred by two multiplications and a rotation. Its
 * state comes from the seed by splitmix64, as they advise (section 5), so that
 * seeds 1 and 2 begin nothing alike. All is arithmetic modulo 2^64, which no
 * compiler and no machine can do otherwise. Not for secrets.
 *
 * A normal number comes of two uniform ones by Box and Muller ("A Note on the Generation
 * of Random Normal Deviates", 1958): sqrt(-2 log u) cos(2 pi v).
 *
 * A number in [0, 1) is made of the 53 highest bits, which is what a double
 * holds: k / 2^53 for a whole k, exactly. */
#include "random.h"

#include <math.h>

static uint64_t rotate(uint64_t x, int by)
{
    return (x << by) | (x >> (64 - by));
}

static uint64_t splitmix64(uint64_t *x)
{
    uint64_t z = (*x += 0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

static uint64_t xoshiro256(uint64_t s[4])
{
    const uint64_t result = rotate(s[1] * 5, 7) * 9, shifted = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 45);
    return result;
}

struct generator generator_begin(uint64_t seed)
{
    struct generator g;

    for (int i = 0; i < 4; i++)
        g.s[i] = splitmix64(&seed);
    return g;
}

double generator_uniform(struct generator *g)
{
    return (double)(xoshiro256(g->s) >> 11) / 9007199254740992.0;  /* 2^53 */
}

double generator_normal(struct generator *g)
{
    const double u = 1 - generator_uniform(g), v = generator_uniform(g);  /* u is never 0 */

    return sqrt(-2 * log(u)) * cos(2 * 3.14159265358979323846 * v);
}
