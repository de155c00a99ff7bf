/* polynomial.c: what training is, with four parameters instead of 124 million.
 *
 * A model is a formula with parameters in it:
 *
 *     y(x) = a + b x + c x^2 + d x^3
 *
 * A loss says in one number how wrong it is, here the mean square over n points (x, t):
 *
 *     loss = 1/n * sum of (y(x) - t)^2
 *
 * The gradient says how the loss changes with each parameter. By the chain rule
 * d loss / d y(x) = 2/n (y(x) - t), and y changes with the parameter of x^j by x^j:
 *
 *     d loss / d w_j = 2/n * sum of (y(x) - t) x^j        w = a, b, c, d; j = 0 .. 3
 *
 * Training goes a little against the gradient, over and over:
 *
 *     w = w - rate * d loss / d w
 *
 * A GPT is trained the same way (08_train), with other formulas for y and the loss.
 *
 * This model alone can be solved, too: at the least loss the gradient is 0, which is
 * four linear equations (the normal equations; Gauss 1809, Legendre 1805):
 *
 *     for each j: sum over k of w_k * (sum of x^(j+k)) = sum of t x^j
 *
 * So it can be seen how far training comes. Its speed has a limit. A step multiplies the
 * distance from the solution by 1 - rate * h in the direction where the loss is curved
 * by h; where rate * h > 2, the distance grows with every step. The h are the eigenvalues
 * of 2/n * sum of x^(j+k), the second derivative of the loss by w_j and w_k.
 *
 * The idea of this example is that of "PyTorch: Tensors", pytorch.org, Learning PyTorch
 * with Examples. All is in double, whatever `real` is: the numbers are few. */
#include "polynomial.h"

#include <math.h>

double polynomial(const double *w, double x)
{
    return w[0] + x * (w[1] + x * (w[2] + x * w[3]));
}

double polynomial_loss(const double *w, const double *x, const double *target, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        const double error = polynomial(w, x[i]) - target[i];
        sum += error * error;
    }
    return sum / (double)n;
}

void polynomial_backward(double *dw, const double *w, const double *x, const double *target,
                         size_t n)
{
    for (size_t j = 0; j < PARAMETERS; j++)
        dw[j] = 0;
    for (size_t i = 0; i < n; i++) {
        double share = 2 / (double)n * (polynomial(w, x[i]) - target[i]);
        for (size_t j = 0; j < PARAMETERS; j++) {
            dw[j] += share;
            share *= x[i];
        }
    }
}

void polynomial_step(double *w, const double *dw, double rate)
{
    for (size_t j = 0; j < PARAMETERS; j++)
        w[j] -= rate * dw[j];
}

/* curvature[j][k] = 2/n * sum of x^(j+k). */
static void find_curvature(double curvature[PARAMETERS][PARAMETERS], const double *x, size_t n)
{
    for (size_t j = 0; j < PARAMETERS; j++)
        for (size_t k = 0; k < PARAMETERS; k++) {
            curvature[j][k] = 0;
            for (size_t i = 0; i < n; i++)
                curvature[j][k] += 2 / (double)n * pow(x[i], (double)(j + k));
        }
}

/* Gauss's elimination. The matrix is symmetric and positive, so the pivots are as well
 * and need no search; A and b are used up. w, b [4] */
static void solve(double *w, double A[PARAMETERS][PARAMETERS], double *b)
{
    for (size_t j = 0; j < PARAMETERS; j++)
        for (size_t row = j + 1; row < PARAMETERS; row++) {
            const double times = A[row][j] / A[j][j];
            for (size_t k = j; k < PARAMETERS; k++)
                A[row][k] -= times * A[j][k];
            b[row] -= times * b[j];
        }
    for (size_t j = PARAMETERS; j-- > 0;) {
        w[j] = b[j];
        for (size_t k = j + 1; k < PARAMETERS; k++)
            w[j] -= A[j][k] * w[k];
        w[j] /= A[j][j];
    }
}

void polynomial_best(double *w, const double *x, const double *target, size_t n)
{
    const double zero[PARAMETERS] = {0};
    double curvature[PARAMETERS][PARAMETERS], pull[PARAMETERS];

    /* At w = 0 the gradient is -2/n * sum of t x^j. */
    polynomial_backward(pull, zero, x, target, n);
    for (size_t j = 0; j < PARAMETERS; j++)
        pull[j] = -pull[j];
    find_curvature(curvature, x, n);
    solve(w, curvature, pull);
}

/* A vector that is multiplied by a matrix again and again turns into the direction in
 * which the matrix lengthens most, and is lengthened by the largest eigenvalue. */
double polynomial_highest_rate(const double *x, size_t n)
{
    double curvature[PARAMETERS][PARAMETERS], direction[PARAMETERS] = {1, 1, 1, 1}, length = 1;

    find_curvature(curvature, x, n);
    for (int round = 0; round < 1000; round++) {
        double longer[PARAMETERS] = {0}, square = 0;
        for (size_t j = 0; j < PARAMETERS; j++) {
            for (size_t k = 0; k < PARAMETERS; k++)
                longer[j] += curvature[j][k] * direction[k];
            square += longer[j] * longer[j];
        }
        length = sqrt(square);
        for (size_t j = 0; j < PARAMETERS; j++)
            direction[j] = longer[j] / length;
    }
    return 2 / length;
}
