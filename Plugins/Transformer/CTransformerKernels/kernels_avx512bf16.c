#if defined(__x86_64__)
#include <immintrin.h>
#include <stdint.h>
/* As for AVX-512, with its instructions for bf16 and whole numbers of 8 bits. */
#define TK_NAME(x) x##_avx512_bf16
#define TK_LEVEL TK_AVX512_BF16
#define TK_HAS_DOTS
#define TK_HAS_FLUSHING
#define TK_ROWS 12
#define TK_VECTORS 2
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx512vnni,fma,avx2"))), apply_to = function)
#include "kernels.h"
#pragma clang attribute pop
#endif
