/* clock.h: the time. */
#ifndef CLOCK_H
#define CLOCK_H

/* Seconds since some moment, of a clock that only moves forward. */
double now(void);

#endif
