/* bars.c: the one table of bars.
 *
 *     bar = K * (the reference's own error in float32) * u / 2^-24 + floor
 *
 * where u is the unit roundoff of the subject's precision. The reference's error
 * in float32, stored in the golden, already knows how badly each tensor is
 * conditioned: how many terms are summed, what cancels, how steep a softmax is.
 * Another precision errs by the same amount in its own unit roundoff (2^-29 times
 * as much in float64, 2^13 times in float16, 2^16 times in bfloat16); so the same
 * figure, scaled, bars all. The floor holds where the reference was exact or lucky;
 * elements far above the rms are rounded in proportion to their own size, hence its
 * factor `peak` for the largest error. Below the smallest normal number rounding
 * errs by as much as there: that part of the floor matters to float16 alone, whose
 * numbers end at 6e-8.
 *
 * Where the scaled bar exceeds 1 it says nothing any more, since zeros would pass:
 * then the tensor is mistrusted (results.c). A number beyond the largest of the
 * precision is infinite, and fails.
 *
 * The largest error is one draw, and it scatters by much more than the rms does:
 * where one token meets a badly conditioned softmax (loud scores, nearly tied),
 * most of a tensor's error sits in that token's row, and another order of
 * summation moves it elsewhere. So at the largest error the reference is taken
 * to err by at least what one row would show that held all of the error: the
 * rms times sqrt(rows), times 4 for the tail of a normal distribution. */
#include "bars.h"

#include <math.h>
#include <string.h>

const double bar_factor = 4;

static const double tail = 4;

static const struct {
    const char *precision;
    double floor;     /* in roundoffs */
    const char *reason;
} rules[] = {
    {"f32", 4, "4 times the reference's own float32 error, and 2 ulp"},
    {"f64", 16, "4 times the reference's own float32 error times 2^-29, and 8 ulp: the golden "
     "itself is a double with errors of its own"},
    {"tf32", 4, "4 times the reference's own float32 error times 2^13, and 2 ulp of TF32"},
    {"f16", 4, "4 times the reference's own float32 error times 2^13, and 2 ulp of float16"},
    {"bf16", 4, "4 times the reference's own float32 error times 2^16, and 2 ulp of bfloat16"},
};

struct bar bar_at(const struct precision *p, const struct yardstick *y, double peak, size_t rows,
                  double scale)
{
    const double largest = fmax(y->max, tail * sqrt((double)rows) * y->rms);
    const double factor = bar_factor * roundoff(p) / 0x1p-24;
    size_t i = 0;

    while (strcmp(rules[i].precision, p->name) != 0)
        i++;
    const double floor = rules[i].floor * roundoff(p);
    const double least = rules[i].floor * underflow(p) / scale;

    return (struct bar){
        .rms = factor * y->rms + floor + least,
        .max = factor * largest + floor * fmax(1, peak) + least,
        .reason = rules[i].reason,
    };
}

struct bar bar_for(size_t width, const struct yardstick *y, double peak, size_t rows)
{
    return bar_at(precision_of_width(width), y, peak, rows, 1);
}
