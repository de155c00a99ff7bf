/* bench_machine.h: what the machine can do at most, measured. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include "bench_kernels.h"

/* Per second; 0 where it was not measured. The first two are the best that was seen. What a bare
 * loop had at the same time on the average is no limit, but tells how disturbed the machine was. */
struct limits {
    double operations;  /* of float32 multiply-adds, two for each */
    double bytes;       /* read from memory */
    double fed;         /* on the average: operations with both factors loaded from L1 */
    double reading;     /* and bytes */
};

enum { LIMIT_OPERATIONS = 1, LIMIT_BYTES = 2, LIMIT_BOTH = 3 };

struct machine {
    int cores;              /* that this process may use */
    enum vectors widest;
    unsigned char *memory;  /* far larger than the caches */
    size_t size;
    double best_bytes[2];   /* of read bandwidth so far: of one core, and of several */
    size_t *at;             /* [cores] where each thread goes on reading in its part */
    float *operands;        /* [OPERANDS] */
};

/* Takes up to a GiB of memory, and at most a quarter of what is free: machine_memory. */
struct machine machine_open(void);
double machine_memory(void);
void machine_close(struct machine *m);

/* What `threads` cores can do together, now: the best of some slices of a few
 * milliseconds, of `fed` and `reading` the mean. `which` is of the LIMIT_s above; `v` not wider
 * than the machine's. */
struct limits machine_limits(struct machine *m, int which, enum vectors v, int threads,
                             int slices);

/* Bytes of memory that are free, or 0 where the system does not say. */
double free_memory(void);

#endif
