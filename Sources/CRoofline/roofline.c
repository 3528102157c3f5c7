#include "CRoofline.h"

#if defined(__x86_64__)
/* 24 sums hide the latency of any of the instructions. */
#define EACH_SUM(X) \
  X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15) X(16) X(17) X(18) X(19) X(20) X(21) \
  X(22) X(23)
#define SUMS                                                                                                        \
  "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", \
      "xmm14", "xmm15", "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm30", "xmm31"
#define ROUNDS(name, target_name, instruction)                                             \
  __attribute__((target(target_name))) static void name(int64_t rounds) {                  \
    /* Zeros: whatever the registers held could be denormal, which some processors add slowly. */ \
    __asm__ volatile("vpxorq %%zmm30, %%zmm30, %%zmm30\n vpxorq %%zmm31, %%zmm31, %%zmm31\n" EACH_SUM(ZERO)::"r"(0) : SUMS); \
    for (int64_t i = 0; i < rounds; i++) __asm__ volatile(EACH_SUM(instruction)::"r"(0) : SUMS); \
  }
#define ZERO(n) "vpxorq %%zmm" #n ", %%zmm" #n ", %%zmm" #n "\n"
#define FLOAT32(n) "vfmadd231ps %%zmm30, %%zmm31, %%zmm" #n "\n"
#define BF16(n) "vdpbf16ps %%zmm30, %%zmm31, %%zmm" #n "\n"
#define INT8(n) "vpdpbusd %%zmm30, %%zmm31, %%zmm" #n "\n"
ROUNDS(float32_512, "avx512f", FLOAT32)
ROUNDS(bf16_512, "avx512f,avx512bf16", BF16)
ROUNDS(int8_512, "avx512f,avx512vnni", INT8)

#define EACH_SUM_256(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)
#define FLOAT32_256(n) "vfmadd231ps %%ymm14, %%ymm15, %%ymm" #n "\n"
__attribute__((target("avx2,fma"))) static void float32_256(int64_t rounds) {
  __asm__ volatile("vzeroall" ::: "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
                   "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
  for (int64_t i = 0; i < rounds; i++)
    __asm__ volatile(EACH_SUM_256(FLOAT32_256)::"r"(0) : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
                     "xmm9", "xmm10", "xmm11");
}

double polya_multiply_adds(int32_t numbers, int64_t rounds) {
  int has512 = __builtin_cpu_supports("avx512f");
  switch (numbers) {
    case POLYA_FLOAT32:
      if (has512) { float32_512(rounds); return 24.0 * 32 * (double)rounds; }
      if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return 0;
      float32_256(rounds);
      return 12.0 * 16 * (double)rounds;
    case POLYA_BF16:
      if (!has512 || !__builtin_cpu_supports("avx512bf16")) return 0;
      bf16_512(rounds);
      return 24.0 * 64 * (double)rounds;
    case POLYA_INT8:
      if (!has512 || !__builtin_cpu_supports("avx512vnni")) return 0;
      int8_512(rounds);
      return 24.0 * 128 * (double)rounds;
  }
  return 0;
}
#else
double polya_multiply_adds(int32_t numbers, int64_t rounds) {
  (void)numbers, (void)rounds;
  return 0;
}
#endif

typedef uint64_t Line __attribute__((ext_vector_type(8), aligned(16)));

uint64_t polya_read(const void *memory, size_t bytes) {
  const Line *lines = memory;
  Line a = 0, b = 0, c = 0, d = 0;
  for (size_t i = 0; i < bytes / sizeof(Line); i += 4) {
    a ^= lines[i];
    b ^= lines[i + 1];
    c ^= lines[i + 2];
    d ^= lines[i + 3];
  }
  Line all = (a ^ b) ^ (c ^ d);
  return all[0] ^ all[1] ^ all[2] ^ all[3] ^ all[4] ^ all[5] ^ all[6] ^ all[7];
}
