/* What one thread of this processor can do at most: multiply-adds of each kind of number, and reading memory. */
#ifndef CROOFLINE_H
#define CROOFLINE_H

#include <stddef.h>
#include <stdint.h>

enum { POLYA_FLOAT32 = 0, POLYA_BF16 = 1, POLYA_INT8 = 2 };

/* Runs independent multiply-add instructions for some rounds; returns the number of operations, two for each multiply-add.
 * 0: the processor has no instruction for such numbers. */
double polya_multiply_adds(int32_t numbers, int64_t rounds);

/* Reads memory of `bytes`, a multiple of 256, once, in its order; returns something that depends on all of it. */
uint64_t polya_read(const void *memory, size_t bytes);

#endif
