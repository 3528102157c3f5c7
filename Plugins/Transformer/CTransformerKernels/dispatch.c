#include <stdlib.h>
#include <sys/mman.h>

#include "CTransformerKernels.h"

extern const TKKernels tk_table_portable;
#if defined(__x86_64__)
extern const TKKernels tk_table_avx2, tk_table_avx512, tk_table_avx512_bf16;
#endif

int32_t tk_best_level(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl"))
    return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512vnni") ? TK_AVX512_BF16 : TK_AVX512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return TK_AVX2;
#endif
  return TK_PORTABLE;
}

const TKKernels *tk_kernels(int32_t level) {
#if defined(__x86_64__)
  if (level == TK_AVX512_BF16) return &tk_table_avx512_bf16;
  if (level == TK_AVX512) return &tk_table_avx512;
  if (level == TK_AVX2) return &tk_table_avx2;
#endif
  return &tk_table_portable;
}

int64_t tk_packed_size(const TKProducts *products, int64_t capacity, int64_t n) {
  return (n + products->panel - 1) / products->panel * products->panel * products->rows(capacity);
}

int64_t tk_stack_size(const TKProducts *products, int64_t rows, int64_t n) {
  return tk_packed_size(products, (rows + TK_BLOCK - 1) / TK_BLOCK * TK_BLOCK, n);
}

static const size_t huge_page = (size_t)2 << 20;

void *tk_allocate(size_t bytes, bool is_sparse) {
  if (bytes < huge_page) {
    void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64 + 64);
    if (memory) __builtin_memset(memory, 0, (bytes + 63) / 64 * 64 + 64);
    return memory;
  }
  /* Of what is not touched, nothing is reserved, so that it may be more than the machine has. */
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | (is_sparse ? MAP_NORESERVE : 0);
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (memory == MAP_FAILED) return NULL;
#ifdef MADV_HUGEPAGE
  /* A hint: without it the pages are merely small. */
  (void)madvise(memory, bytes, is_sparse ? MADV_NOHUGEPAGE : MADV_HUGEPAGE);
#endif
  return memory;
}

void tk_release(void *memory, size_t bytes) {
  if (!memory) return;
  if (bytes < huge_page)
    free(memory);
  else
    munmap(memory, bytes);
}
