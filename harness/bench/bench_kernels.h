/* bench_kernels.h: the loops that drive a core to its limits. */
#ifndef BENCH_KERNELS_H
#define BENCH_KERNELS_H

#include <stddef.h>

/* Vector instructions of the CPU, from narrow to wide. */
enum vectors { VECTORS_PLAIN, VECTORS_AVX2, VECTORS_AVX512 };

/* The widest that this CPU and its system have. */
enum vectors widest_vectors(void);

/* Does multiply-adds in registers alone, for some microseconds, and how many operations
 * that is, two for each. The sum is returned so that no compiler leaves the work out. */
float fma_burst(enum vectors v);
double burst_operations(enum vectors v);

/* As many multiply-adds, the way that a tile of a matrix product does them: 6 rows of 2 registers,
 * both factors loaded from `operands`, which stay in L1. These are 64-byte aligned, and neither
 * tiny nor huge. */
enum { OPERANDS = 7168 };
float fed_burst(enum vectors v, const float operands[OPERANDS]);

/* Reads memory, once; a multiple of 128 bytes, aligned to 32. Returns a sum, as above. */
unsigned long long read_burst(enum vectors v, const void *memory, size_t bytes);

#endif
