/* schedule.c: how large the steps are, from the first to the last.
 *
 * At first Adam's running means are made of few gradients, and the model turns every
 * way at once: so the rate rises in a line over the warm-up. Then it falls along half
 * a cosine, slowly, fast, slowly, so that the weights settle:
 *
 *     t <= warmup:  rate * t / warmup
 *     after it:     min_rate + (rate - min_rate) * (1 + cos(pi * share)) / 2
 *                   share = (t - warmup) / (steps - warmup), from 0 to 1
 *
 * Source: Radford and others, "Improving Language Understanding by Generative
 * Pre-Training" (2018), section 4.1; Loshchilov and Hutter, "SGDR" (2017), equation 5. */
#include "schedule.h"

#include <math.h>

double learning_rate(const struct schedule *s, size_t step)
{
    const double pi = 3.14159265358979323846;

    if (step <= s->warmup)
        return s->rate * (double)step / (double)s->warmup;
    if (step >= s->steps)
        return s->min_rate;

    const double share = (double)(step - s->warmup) / (double)(s->steps - s->warmup);
    return s->min_rate + (s->rate - s->min_rate) * (1 + cos(pi * share)) / 2;
}
