/* Matrix products: a register tile of sums over packed panels. */

/* Transposes a 16 x 16 block: to[k * to_stride + j] = from[j * from_stride + k]. */
INLINE void transpose16(float *to, int64_t to_stride, const float *from, int64_t from_stride) {
  vf r[16], s[16];
  UNROLL for (int i = 0; i < 16; i++) r[i] = load(from + i * from_stride);
#define PAIR(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
  UNROLL for (int i = 0; i < 16; i += 2) {
    s[i] = PAIR(r[i], r[i + 1], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
    s[i + 1] = PAIR(r[i], r[i + 1], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
  }
  UNROLL for (int i = 0; i < 16; i += 4) {
    r[i] = PAIR(s[i], s[i + 2], 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
    r[i + 1] = PAIR(s[i], s[i + 2], 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
    r[i + 2] = PAIR(s[i + 1], s[i + 3], 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
    r[i + 3] = PAIR(s[i + 1], s[i + 3], 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
  }
  /* r[4g + q] holds, in its 128-bit lane l, column 4l + q of rows 4g ..< 4g + 4 */
  UNROLL for (int q = 0; q < 4; q++) {
    vf a = PAIR(r[q], r[4 + q], 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    vf b = PAIR(r[8 + q], r[12 + q], 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    vf c = PAIR(r[q], r[4 + q], 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    vf d = PAIR(r[8 + q], r[12 + q], 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    store(to + q * to_stride, PAIR(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
    store(to + (4 + q) * to_stride, PAIR(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
    store(to + (8 + q) * to_stride, PAIR(c, d, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
    store(to + (12 + q) * to_stride, PAIR(c, d, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
  }
#undef PAIR
}

/* to [ceil(n / PANEL), capacity, PANEL]; b [k, n] by (row_stride, column_stride) */
static void TK_NAME(pack)(void *packed, const float *b, int64_t row_stride, int64_t column_stride, int64_t k, int64_t n,
                          int64_t capacity) {
  float *to = packed;
  for (int64_t j = 0; j < n; j += PANEL, to += capacity * PANEL) {
    int64_t width = n - j < PANEL ? n - j : PANEL;
    const float *from = b + j * column_stride;
    int64_t row = 0;
    if (column_stride == 1 && width == PANEL) {
      for (; row < k; row++)
        UNROLL for (int v = 0; v < TK_VECTORS; v++)
          store(to + row * PANEL + 16 * v, load(from + row * row_stride + 16 * v));
    } else if (row_stride == 1 && width == PANEL) {
      for (; row + 16 <= k; row += 16)
        UNROLL for (int v = 0; v < TK_VECTORS; v++)
          transpose16(to + row * PANEL + 16 * v, PANEL, from + 16 * v * column_stride + row, column_stride);
    }
    for (; row < k; row++)
      for (int64_t i = 0; i < PANEL; i++)
        to[row * PANEL + i] = i < width ? from[row * row_stride + i * column_stride] : 0;
  }
}

/* to [ceil(columns / PANEL), rows, PANEL], from [ceil(rows / PANEL), columns, PANEL] */
static void TK_NAME(pack_transposed)(void *packed, const void *from, int64_t rows, int64_t columns) {
  for (int64_t row = 0; row < rows; row += PANEL)
    TK_NAME(pack)((float *)packed + row * PANEL, (const float *)from + row * columns, 1, PANEL,
                  rows - row < PANEL ? rows - row : PANEL, columns, rows);
}

static void TK_NAME(put_column)(void *packed, int64_t j, const float *x, int64_t k, int64_t capacity) {
  float *to = (float *)packed + j / PANEL * PANEL * capacity + j % PANEL;
  for (int64_t i = 0; i < k; i++) to[i * PANEL] = x[i];
}

static void TK_NAME(get_column)(const void *packed, int64_t j, float *x, int64_t k) {
  const float *from = (const float *)packed + j / PANEL * PANEL * k + j % PANEL;
  for (int64_t i = 0; i < k; i++) x[i] = from[i * PANEL];
}

static void TK_NAME(put_row)(void *packed, int64_t p, const float *x, int64_t n, int64_t capacity) {
  float *to = (float *)packed + p * PANEL;
  for (int64_t j = 0; j < n; j += PANEL, to += capacity * PANEL)
    memcpy(to, x + j, sizeof(float) * (size_t)(n - j < PANEL ? n - j : PANEL));
}

/* One register tile: c [rows, columns] by ldc = d [rows, columns] by ldd + a times b [k, PANEL]. a is [rows, k] by
 * `stride` when `across`, else [k, rows] by `stride`. What lies `ahead`, some cache lines a step, is fetched on the
 * way. */
INLINE void tile(const int rows, const bool across, const int lines, int64_t k, const float *a, int64_t stride, const float *b,
                 float *c, int64_t ldc, const float *d, int64_t ldd, int64_t columns, const float *ahead) {
  vf sums[12][TK_VECTORS];
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int v = 0; v < TK_VECTORS; v++) sums[i][v] = splat(0);
  const float *a1 = a + 3 * stride, *a2 = a + 6 * stride, *a3 = a + 9 * stride;
  for (int64_t p = 0; p < k; p++) {
    vf right[TK_VECTORS];
    UNROLL for (int v = 0; v < TK_VECTORS; v++) right[v] = load(b + p * PANEL + 16 * v);
    UNROLL for (int v = 0; v < lines; v++) __builtin_prefetch(ahead + 16 * (p * lines + v), 0, 2);
    UNROLL for (int i = 0; i < rows; i++) {
      const float *base = i < 3 ? a : i < 6 ? a1 : i < 9 ? a2 : a3;
      float left = across ? base[(i % 3) * stride + p] : a[p * stride + i];
      UNROLL for (int v = 0; v < TK_VECTORS; v++) sums[i][v] = FMA(splat(left), right[v], sums[i][v]);
    }
  }
  if (columns == PANEL) {
    UNROLL for (int i = 0; i < rows; i++)
      UNROLL for (int v = 0; v < TK_VECTORS; v++)
        store(c + i * ldc + 16 * v, d ? sums[i][v] + load(d + i * ldd + 16 * v) : sums[i][v]);
    return;
  }
  float lanes[PANEL];
  UNROLL for (int i = 0; i < rows; i++) {
    UNROLL for (int v = 0; v < TK_VECTORS; v++) store(lanes + 16 * v, sums[i][v]);
    for (int64_t j = 0; j < columns; j++) c[i * ldc + j] = d ? lanes[j] + d[i * ldd + j] : lanes[j];
  }
}

#define TILE(R) \
  case R: tile(R, across, across, k, a, stride, b, c, ldc, d, ldd, columns, ahead); break;
INLINE void tile_of(int64_t rows, const bool across, int64_t k, const float *a, int64_t stride, const float *b,
                    float *c, int64_t ldc, const float *d, int64_t ldd, int64_t columns, const float *ahead) {
  switch (rows) {
    TILE(1) TILE(2) TILE(3) TILE(4) TILE(5) TILE(6)
#if TK_ROWS == 12
    TILE(7) TILE(8) TILE(9) TILE(10) TILE(11) TILE(12)
#endif
  }
}
#undef TILE
static __attribute__((noinline)) void TK_NAME(tile_across)(int64_t rows, int64_t k, const float *a, int64_t stride,
                                                           const float *b, float *c, int64_t ldc, const float *d,
                                                           int64_t ldd, int64_t columns, const float *ahead) {
  tile_of(rows, true, k, a, stride, b, c, ldc, d, ldd, columns, ahead);
}
static __attribute__((noinline)) void TK_NAME(tile_along)(int64_t rows, int64_t k, const float *a, int64_t stride,
                                                          const float *b, float *c, int64_t ldc, const float *d,
                                                          int64_t ldd, int64_t columns) {
  tile_of(rows, false, k, a, stride, b, c, ldc, d, ldd, columns, NULL);
}

/* Few rows of A against several neighboring panels, c [rows, panels * PANEL] by ldc = d, by ldd, + a [rows, k] by
 * `stride` times b [panels, k, PANEL] by panel_stride: as many sums as hide the latency of an addition. The chain of
 * each sum is that of `tile`. */
INLINE void wide(const int rows, const int panels, int64_t k, const float *a, int64_t stride, const float *b,
                 int64_t panel_stride, float *c, int64_t ldc, const float *d, int64_t ldd) {
  vf sums[3][4 * TK_VECTORS];
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int v = 0; v < panels * TK_VECTORS; v++) sums[i][v] = splat(0);
  for (int64_t p = 0; p < k; p++)
    UNROLL for (int q = 0; q < panels; q++)
      UNROLL for (int v = 0; v < TK_VECTORS; v++) {
        vf right = load(b + q * panel_stride + p * PANEL + 16 * v);
        UNROLL for (int i = 0; i < rows; i++)
          sums[i][q * TK_VECTORS + v] = FMA(splat(a[i * stride + p]), right, sums[i][q * TK_VECTORS + v]);
      }
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int v = 0; v < panels * TK_VECTORS; v++)
      store(c + i * ldc + 16 * v, d ? sums[i][v] + load(d + i * ldd + 16 * v) : sums[i][v]);
}
#define WIDE(R, P) \
  case 4 * P + R: wide(R, P, k, a, stride, b, panel_stride, c, ldc, d, ldd); break;
static __attribute__((noinline)) void TK_NAME(wide_of)(int64_t rows, int64_t panels, int64_t k, const float *a,
                                                       int64_t stride, const float *b, int64_t panel_stride, float *c,
                                                       int64_t ldc, const float *d, int64_t ldd) {
  switch (4 * panels + rows) {
    WIDE(1, 2) WIDE(2, 2) WIDE(3, 2)
    WIDE(1, 3) WIDE(2, 3) WIDE(3, 3)
    WIDE(1, 4) WIDE(2, 4) WIDE(3, 4)
  }
}
#undef WIDE

/* Depth of one pass: a slice of A stays in the first-level cache. Part of the result's definition, since each pass
 * is rounded when it is added to C. */
#define DEPTH 1024
/* An A of so few rows stays in the second-level cache beside two panels. */
#define LOW 96

/* a [m, k] by (a_row, a_column); packed [ceil(n / PANEL), capacity, PANEL]; c, d [m, n] by ldc, ldd */
static void TK_NAME(multiply)(int64_t m, int64_t n, int64_t k, const float *a, int64_t a_row, int64_t a_column,
                              const void *matrix, int64_t capacity, float *c, int64_t ldc, const float *d,
                              int64_t ldd) {
  const float *packed = matrix;
  bool across = a_column == 1 && !(a_row == 1 && m > 1);
  for (int64_t p = 0; p < k || p == 0; p += DEPTH) {
    int64_t depth = k - p < DEPTH ? k - p : DEPTH;
    /* Of B, 512 KiB pass by each tile of a tall A; of a low A all tiles pass by each panel, while the next one comes. */
    int64_t block = m <= LOW ? PANEL : (131072 / (depth * PANEL + 1) + 1) * PANEL;
    if (across && m <= 3) block = n;
    int64_t tiles = (m + TK_ROWS - 1) / TK_ROWS, height = tiles ? (m + tiles - 1) / tiles : 1;
    const float *added = p == 0 ? d : c;
    int64_t ld_added = p == 0 ? ldd : ldc;
    for (int64_t j0 = 0; j0 < n; j0 += block) {
      int64_t j1 = j0 + block < n ? j0 + block : n;
      for (int64_t i = 0; i < m; i += height) {
        int64_t rows = m - i < height ? m - i : height;
        const float *left = a + i * a_row + p * a_column;
        int64_t j = j0;
        while (across && m <= 3) {
          int64_t panels = (j1 - j) / PANEL;
          if (panels < 2) break;
          if (panels > 4) panels = 4;
          const float *right = packed + (j / PANEL) * capacity * PANEL + p * PANEL;
          const float *from = added ? added + i * ld_added + j : NULL;
          TK_NAME(wide_of)(rows, panels, depth, left, a_row, right, capacity * PANEL, c + i * ldc + j, ldc, from,
                           ld_added);
          j += panels * PANEL;
        }
        for (; j < j1; j += PANEL) {
          int64_t columns = n - j < PANEL ? n - j : PANEL;
          const float *right = packed + (j / PANEL) * capacity * PANEL + p * PANEL;
          const float *from = added ? added + i * ld_added + j : NULL;
          /* The first tiles fetch a part of the next panel each. */
          const float *ahead = right;
          if (block == PANEL && j + PANEL < n && i < TK_VECTORS * height)
            ahead += capacity * PANEL + i / height * 16 * depth;
          if (across)
            TK_NAME(tile_across)(rows, depth, left, a_row, right, c + i * ldc + j, ldc, from, ld_added, columns, ahead);
          else
            TK_NAME(tile_along)(rows, depth, left, a_column, right, c + i * ldc + j, ldc, from, ld_added, columns);
        }
      }
    }
  }
}

/* to [all rows, n]; x [rows, n] by ldx */
static void TK_NAME(stack_left)(void *stacked, const float *x, int64_t ldx, int64_t first, int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; r++)
    memcpy((float *)stacked + (first + r) * n, x + r * ldx, sizeof(float) * (size_t)n);
}

/* to [blocks, ceil(n / PANEL), TK_BLOCK, PANEL]; x [rows, n] by ldx */
static void TK_NAME(stack)(void *to, const float *x, int64_t ldx, int64_t first, int64_t rows, int64_t n) {
  int64_t padded = (n + PANEL - 1) / PANEL * PANEL;
  for (int64_t r = 0; r < rows; r++, x += ldx) {
    int64_t row = first + r;
    float *at = (float *)to + row / TK_BLOCK * TK_BLOCK * padded + row % TK_BLOCK * PANEL;
    int64_t j = 0;
    for (; j + PANEL <= n; j += PANEL, at += TK_BLOCK * PANEL)
      UNROLL for (int v = 0; v < TK_VECTORS; v++) store(at + 16 * v, load(x + j + 16 * v));
    if (j < n)
      for (int64_t i = 0; i < PANEL; i++) at[i] = j + i < n ? x[j + i] : 0;
  }
}

/* left [k, m]; right [blocks, ceil(columns / PANEL), TK_BLOCK, PANEL]; c [ceil(columns / PANEL), m, PANEL]; one block
 * of rows is summed at a time */
static void TK_NAME(accumulate)(int64_t m, int64_t first, int64_t n, int64_t k, const void *left, const void *right,
                                int64_t columns, float *c) {
  int64_t padded = (columns + PANEL - 1) / PANEL * PANEL;
  const float *a = left, *stacked = (const float *)right + first * TK_BLOCK;
  c += first * m;
  for (int64_t p = 0; p < k; p += TK_BLOCK, stacked += TK_BLOCK * padded) {
    int64_t depth = k - p < TK_BLOCK ? k - p : TK_BLOCK;
    /* A panel of the stack stays in the first-level cache while A, in the second, passes by. */
    for (int64_t j = 0; j < n; j += PANEL) {
      for (int64_t i = 0; i < m; i += TK_ROWS) {
        int64_t rows = m - i < TK_ROWS ? m - i : TK_ROWS;
        float *to = c + j * m + i * PANEL;
        TK_NAME(tile_along)(rows, depth, a + p * m + i, m, stacked + j * TK_BLOCK, to, PANEL, to, PANEL, PANEL);
      }
    }
  }
}
