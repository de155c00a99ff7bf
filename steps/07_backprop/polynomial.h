#ifndef POLYNOMIAL_H
#define POLYNOMIAL_H

#include <stddef.h>

enum { PARAMETERS = 4 };  /* a, b, c, d */

/* a + b x + c x^2 + d x^3. w [4] */
double polynomial(const double *w, double x);

/* The mean of the squares of polynomial(x) - target. w [4], x, target [n] */
double polynomial_loss(const double *w, const double *x, const double *target, size_t n);

/* dw [4] = the gradient of that loss at w [4]. */
void polynomial_backward(double *dw, const double *w, const double *x, const double *target,
                         size_t n);

/* One step of gradient descent. w, dw [4] */
void polynomial_step(double *w, const double *dw, double rate);

/* The parameters of the least loss there is. w [4], x, target [n], of which at least
 * 4 x differ. */
void polynomial_best(double *w, const double *x, const double *target, size_t n);

/* With a rate of this or more, gradient descent runs away. x [n] */
double polynomial_highest_rate(const double *x, size_t n);

#endif
