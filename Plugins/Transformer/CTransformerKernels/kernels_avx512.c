#if defined(__x86_64__)
#include <stdint.h>
/* 12 x 2 sums, two columns of B and no other vector: 26 of 32 registers. */
#define TK_NAME(x) x##_avx512
#define TK_LEVEL TK_AVX512
#define TK_HAS_FLUSHING
#define TK_ROWS 12
#define TK_VECTORS 2
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma,avx2"))), apply_to = function)
#include "kernels.h"
#pragma clang attribute pop
#endif
