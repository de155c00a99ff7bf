/* bars.c: the one table of bars.
 *
 *     bar = K * (the reference's own error in float32) * scale + floor
 *
 * The reference's error in float32, stored in the golden, already knows how
 * badly each tensor is conditioned: how many terms are summed, what cancels,
 * how steep a softmax is. A double errs by the same amount in its own unit
 * roundoff, 2^-29 times as much; so the same figure, scaled, bars both. The
 * floor holds where the reference was exact or lucky; elements far above the
 * rms are rounded in proportion to their own size, hence its factor `peak` for
 * the largest error.
 *
 * The largest error is one draw, and it scatters by much more than the rms does:
 * where one token meets a badly conditioned softmax (loud scores, nearly tied),
 * most of a tensor's error sits in that token's row, and another order of
 * summation moves it elsewhere. So at the largest error the reference is taken
 * to err by at least what one row would show that held all of the error: the
 * rms times sqrt(rows), times 4 for the tail of a normal distribution. */
#include "bars.h"

#include <math.h>

const double bar_factor = 4;

static const double tail = 4;

static const struct {
    size_t width;
    double scale;     /* of the float32 yardstick */
    double roundoff;  /* half a unit in the last place of 1 */
    double floor;     /* in roundoffs */
    const char *reason;
} rules[] = {
    {4, 1, 0x1p-24, 4,
     "4 times the reference's own float32 error, and 2 ulp"},
    {8, 0x1p-29, 0x1p-53, 16,
     "4 times the reference's own float32 error times 2^-29, and 8 ulp: the golden "
     "itself is a double with errors of its own"},
};

struct bar bar_for(size_t width, const struct yardstick *y, double peak, size_t rows)
{
    const size_t i = width == 8;
    const double largest = fmax(y->max, tail * sqrt((double)rows) * y->rms);
    const double floor = rules[i].floor * rules[i].roundoff;

    return (struct bar){
        .rms = bar_factor * y->rms * rules[i].scale + floor,
        .max = bar_factor * largest * rules[i].scale + floor * fmax(1, peak),
        .reason = rules[i].reason,
    };
}
