#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "CTransformerKernels.h"

/* The matrix products by OpenBLAS, which is opened when first asked for, so that machines without it lose nothing.
 *
 * OpenBLAS chooses its inner loops by the sizes of a call and of a row's place in it: on several processors the rows of
 * a call of 16 or more differ in their last bits from the same rows elsewhere in it. So every call has ROWS rows, the
 * last ones padded with zeros, and columns from the same places on, and none uses a thread of OpenBLAS's own. Among 8
 * rows each place gives the same bits on every kernel for x86_64; those for aarch64 take 4 or 8 rows at a time too. */
enum { ROWS = 8, COLUMNS = 128, DEPTH = 1024 };
enum { ROW_MAJOR = 101, AS_STORED = 111, TRANSPOSED = 112 };

typedef void (*Sgemm)(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a,
                      int lda, const float *b, int ldb, float beta, float *c, int ldc);

static pthread_once_t opened = PTHREAD_ONCE_INIT;
static Sgemm sgemm;
static char problem[256];

static void open_library(void) {
  void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char *reason = dlerror();
    snprintf(problem, sizeof problem, "%s", reason ? reason : "libopenblas.so.0 cannot be opened");
    return;
  }
  void (*set_threads)(int) = (void (*)(int))dlsym(library, "openblas_set_num_threads");
  Sgemm found = (Sgemm)dlsym(library, "cblas_sgemm");
  if (!set_threads || !found) {
    snprintf(problem, sizeof problem, "libopenblas.so.0 lacks cblas_sgemm or openblas_set_num_threads");
    return;
  }
  set_threads(1);
  sgemm = found;
}

/* to [n, capacity]; b [k, n] by (row_stride, column_stride). In squares, so that both sides stay in the cache. */
static void pack(void *packed, const float *b, int64_t row_stride, int64_t column_stride, int64_t k, int64_t n,
                 int64_t capacity) {
  enum { SIDE = 16 };
  float *to = packed;
  for (int64_t j0 = 0; j0 < n; j0 += SIDE)
    for (int64_t i0 = 0; i0 < k; i0 += SIDE)
      for (int64_t j = j0; j < n && j < j0 + SIDE; j++)
        for (int64_t i = i0; i < k && i < i0 + SIDE; i++) to[j * capacity + i] = b[i * row_stride + j * column_stride];
}

/* A product of at most ROWS rows, COLUMNS columns and DEPTH terms: c [rows, columns] by ldc = d [rows, columns] by ldd,
 * or nothing, + a times b [columns, depth] by ldb. a is [rows, depth] by lda, or [depth, rows] when transposed. */
static void block(int64_t rows, int64_t columns, int64_t depth, bool transposed, const float *a, int64_t lda,
                  const float *b, int64_t ldb, float *c, int64_t ldc, const float *d, int64_t ldd) {
  float left[ROWS * DEPTH], out[ROWS * COLUMNS];
  float *to = c;
  int64_t ld_to = ldc;
  if (rows < ROWS) {
    memset(left, 0, sizeof(float) * (size_t)(ROWS * depth));
    if (transposed)
      for (int64_t p = 0; p < depth; p++) memcpy(left + p * ROWS, a + p * lda, sizeof(float) * (size_t)rows);
    else
      for (int64_t i = 0; i < rows; i++) memcpy(left + i * depth, a + i * lda, sizeof(float) * (size_t)depth);
    memset(out, 0, sizeof out);
    a = left;
    lda = transposed ? ROWS : depth;
    to = out;
    ld_to = COLUMNS;
  }
  if (d && d != to)
    for (int64_t i = 0; i < rows; i++) memcpy(to + i * ld_to, d + i * ldd, sizeof(float) * (size_t)columns);
  sgemm(ROW_MAJOR, transposed ? TRANSPOSED : AS_STORED, TRANSPOSED, ROWS, (int)columns, (int)depth, 1, a, (int)lda, b,
        (int)ldb, d ? 1 : 0, to, (int)ld_to);
  if (to != c)
    for (int64_t i = 0; i < rows; i++) memcpy(c + i * ldc, to + i * ld_to, sizeof(float) * (size_t)columns);
}

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

/* a [m, k] by (a_row, a_column); packed [n, capacity]; c, d [m, n] by ldc, ldd */
static void multiply(int64_t m, int64_t n, int64_t k, const float *a, int64_t a_row, int64_t a_column,
                     const void *matrix, int64_t capacity, float *c, int64_t ldc, const float *d, int64_t ldd) {
  const float *packed = matrix;
  bool transposed = a_column != 1 || (a_row == 1 && m > 1);
  if (k == 0)
    for (int64_t i = 0; i < m; i++)
      for (int64_t j = 0; j < n; j++) c[i * ldc + j] = d ? d[i * ldd + j] : 0;
  for (int64_t p = 0; p < k; p += DEPTH)
    for (int64_t j = 0; j < n; j += COLUMNS)
      for (int64_t i = 0; i < m; i += ROWS) {
        const float *added = p > 0 ? c + i * ldc + j : d ? d + i * ldd + j : NULL;
        block(least(ROWS, m - i), least(COLUMNS, n - j), least(DEPTH, k - p), transposed,
              a + i * a_row + p * a_column, transposed ? a_column : a_row, packed + j * capacity + p, capacity,
              c + i * ldc + j, ldc, added, p > 0 ? ldc : ldd);
      }
}

/* to [all rows, n]; x [rows, n] by ldx */
static void stack(void *to, const float *x, int64_t ldx, int64_t first, int64_t rows, int64_t n) {
  for (int64_t i = 0; i < rows; i++) memcpy((float *)to + (first + i) * n, x + i * ldx, sizeof(float) * (size_t)n);
}

/* left [k, m]; stacked [k, columns], c [columns, m]: from column `first` on, n of them */
static void accumulate(int64_t m, int64_t first, int64_t n, int64_t k, const void *left, const void *stacked,
                       int64_t columns, float *c) {
  if (k == 0) return;
  for (int64_t j = first; j < first + n; j += COLUMNS)
    sgemm(ROW_MAJOR, TRANSPOSED, AS_STORED, (int)least(COLUMNS, first + n - j), (int)m, (int)k, 1,
          (const float *)stacked + j, (int)columns, left, (int)m, 1, c + j * m, (int)m);
}

/* Panels of one column are rows of the transpose. */
static void pack_transposed(void *packed, const void *from, int64_t rows, int64_t columns) {
  pack(packed, from, columns, 1, rows, columns, rows);
}

static void put_column(void *packed, int64_t j, const float *x, int64_t k, int64_t capacity) {
  memcpy((float *)packed + j * capacity, x, sizeof(float) * (size_t)k);
}

static void get_column(const void *packed, int64_t j, float *x, int64_t k) {
  memcpy(x, (const float *)packed + j * k, sizeof(float) * (size_t)k);
}

static void put_row(void *packed, int64_t p, const float *x, int64_t n, int64_t capacity) {
  for (int64_t j = 0; j < n; j++) ((float *)packed)[j * capacity + p] = x[j];
}

static int64_t rows_of(int64_t k) { return k; }

static const TKProducts products = {
    .panel = 1,
    .strip = COLUMNS,
    .bytes = sizeof(float),
    .group = 1,
    .rows = rows_of,
    .pack = pack,
    .pack_transposed = pack_transposed,
    .put_column = put_column,
    .get_column = get_column,
    .put_row = put_row,
    .multiply = multiply,
    .stack_left = stack,
    .stack = stack,
    .accumulate = accumulate,
};

const TKProducts *tk_openblas(const char **reason) {
  pthread_once(&opened, open_library);
  if (reason) *reason = problem;
  return sgemm ? &products : NULL;
}
