/* clip.c: no batch moves the weights too far.
 *
 * Now and then a batch has a gradient many times as long as usual. Its direction may
 * be good; its length would throw the model out of what it has learnt. So a gradient
 * longer than `most` is shortened to that, all weights alike:
 *
 *     norm  = sqrt(sum of squares over all gradients)
 *     scale = min(1, most / (norm + 1e-6))
 *
 * Source: Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural
 * networks" (2013), algorithm 1; the 1e-6 is torch.nn.utils.clip_grad_norm_'s. */
#include "clip.h"

#include <math.h>

double gradient_norm(real *const dweight[], const size_t count[], size_t n)
{
    double squares = 0;

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < count[i]; j++)
            squares += (double)dweight[i][j] * (double)dweight[i][j];
    return sqrt(squares);
}

double clip_scale(double norm, double most)
{
    const double scale = most / (norm + 1e-6);

    return most == 0 || scale > 1 ? 1 : scale;
}
