#if defined(__x86_64__)
#include <stdint.h>
/* 6 x 1 sums of two registers each, and B: 14 of 16 registers. */
#define TK_NAME(x) x##_avx2
#define TK_LEVEL TK_AVX2
#define TK_HAS_FLUSHING
#define TK_ROWS 6
#define TK_VECTORS 1
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "kernels.h"
#pragma clang attribute pop
#endif
