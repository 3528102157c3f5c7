/* Matrix products of bf16 with float32 sums. The left-hand matrix comes as float32 and is rounded on the way. */

/* Words of a rounded row: a slice of DEPTH terms, and a cache line more, so that rows
 * do not meet in the same lines. */
#define SLICE_WORDS (DEPTH / 2 + 16)

/* to [ceil(n / PANEL), ceil(capacity / 2), PANEL] words; b [k, n] by (row_stride, column_stride) */
static void TK_NAME(pack_bf16)(void *packed, const float *b, int64_t row_stride, int64_t column_stride, int64_t k,
                               int64_t n, int64_t capacity) {
  uint32_t *to = packed;
  int64_t words = (capacity + 1) / 2;
  for (int64_t j = 0; j < n; j += PANEL, to += words * PANEL) {
    int64_t width = n - j < PANEL ? n - j : PANEL;
    const float *from = b + j * column_stride;
    int64_t row = 0;
    if (column_stride == 1 && width == PANEL) {
      for (; row + 2 <= k; row += 2)
        UNROLL for (int v = 0; v < TK_VECTORS; v++) {
          const float *at = from + row * row_stride + 16 * v;
          store_words(to + row / 2 * PANEL + 16 * v, paired(load(at), load(at + row_stride)));
        }
    } else if (row_stride == 1 && width == PANEL) {
      uint32_t columns[16 * 16];
      for (; row + 32 <= k; row += 32)
        UNROLL for (int v = 0; v < TK_VECTORS; v++) {
          for (int i = 0; i < 16; i++)
            round_row((half *)(columns + 16 * i), from + (16 * v + i) * column_stride + row, 32);
          transpose16((float *)(to + row / 2 * PANEL + 16 * v), PANEL, (float *)columns, 16);
        }
    }
    for (; row < k; row += 2)
      for (int64_t i = 0; i < PANEL; i++) {
        const float *at = from + row * row_stride + i * column_stride;
        uint32_t even = i < width ? rounded_one(at[0]) : 0;
        uint32_t odd = i < width && row + 1 < k ? rounded_one(at[row_stride]) : 0;
        to[row / 2 * PANEL + i] = even | odd << 16;
      }
  }
}

/* to [ceil(columns / PANEL), ceil(rows / 2), PANEL] words, from [ceil(rows / PANEL), ceil(columns / 2), PANEL] words */
static void TK_NAME(pack_transposed_bf16)(void *packed, const void *panels, int64_t rows, int64_t columns) {
  const half *from = panels;
  uint32_t *to = packed;
  int64_t words = (rows + 1) / 2, depth = (columns + 1) / 2 * 2;
  for (int64_t j = 0; j < columns; j += PANEL, to += words * PANEL)
    for (int64_t q = 0; q < words; q++) {
      /* Rows 2q and 2q + 1 are neighbors in a panel. */
      const half *at = from + 2 * q / PANEL * PANEL * depth + 2 * q % PANEL * 2;
      bool isLast = 2 * q + 1 >= rows;
      for (int64_t i = 0; i < PANEL; i++) {
        const half *pair = at + (j + i) / 2 * 2 * PANEL + (j + i) % 2;
        uint32_t even = j + i < columns ? pair[0] : 0, odd = j + i < columns && !isLast ? pair[2] : 0;
        to[q * PANEL + i] = even | odd << 16;
      }
    }
}

INLINE bool is_zero(vw words) { return __builtin_reduce_or(words) == 0; }

/* x [PANEL, k]; upper, lower [k / 2, PANEL] words */
static void TK_NAME(split_panel)(int64_t k, const float *x, uint16_t *upper, uint16_t *lower) {
  uint32_t high[16 * 16], low[16 * 16], turned[16 * 16];
  for (int64_t p = 0; p < k; p += 32)
    UNROLL for (int v = 0; v < TK_VECTORS; v++) {
      int64_t count = k - p < 32 ? k - p : 32;
      for (int i = 0; i < 16; i++)
        for (int h = 0; h < 2; h++) {
          const float *from = x + (16 * v + i) * k + p + 16 * h;
          int64_t left = count - 16 * h;
          vw bits = (vw)(left >= 16 ? load(from) : left > 0 ? load_part(from, left, 0) : splat(0));
          *(vhu *)(high + 16 * i + 8 * h) = __builtin_convertvector((bits + 0x8000) >> 16, vh);
          *(vhu *)(low + 16 * i + 8 * h) = __builtin_convertvector(bits, vh);
        }
      uint32_t *to_upper = (uint32_t *)upper + p / 2 * PANEL + 16 * v;
      uint32_t *to_lower = (uint32_t *)lower + p / 2 * PANEL + 16 * v;
      transpose16((float *)turned, 16, (float *)high, 16);
      for (int64_t q = 0; q < count / 2; q++) store_words(to_upper + q * PANEL, load_words(turned + 16 * q));
      transpose16((float *)turned, 16, (float *)low, 16);
      for (int64_t q = 0; q < count / 2; q++) {
        uint32_t *to = to_lower + q * PANEL;
        vw words = load_words(turned + 16 * q);
        if (!is_zero(words) || !is_zero(load_words(to))) store_words(to, words);
      }
    }
}

/* One column of a packed matrix: x [k] becomes column j. */
static void TK_NAME(put_column_bf16)(void *packed, int64_t j, const float *x, int64_t k, int64_t capacity) {
  half *to = (half *)packed + j / PANEL * PANEL * ((capacity + 1) / 2 * 2) + j % PANEL * 2;
  for (int64_t i = 0; i < k; i++) to[i / 2 * 2 * PANEL + i % 2] = rounded_one(x[i]);
  if (k & 1) to[k / 2 * 2 * PANEL + 1] = 0;
}

static void TK_NAME(get_column_bf16)(const void *packed, int64_t j, float *x, int64_t k) {
  const uint32_t *from = (const uint32_t *)packed + j / PANEL * PANEL * ((k + 1) / 2) + j % PANEL;
  for (int64_t i = 0; i < k; i++) {
    uint32_t word = from[i / 2 * PANEL], bits = i & 1 ? word & 0xffff0000 : word << 16;
    memcpy(x + i, &bits, sizeof bits);
  }
}

/* One row of a packed matrix: x [n] becomes row p; an odd one comes after the even one before it. */
static void TK_NAME(put_row_bf16)(void *packed, int64_t p, const float *x, int64_t n, int64_t capacity) {
  uint32_t *to = (uint32_t *)packed + p / 2 * PANEL;
  for (int64_t j = 0; j < n; j++) {
    uint32_t *word = to + j / PANEL * PANEL * ((capacity + 1) / 2) + j % PANEL;
    uint32_t number = rounded_one(x[j]);
    *word = p & 1 ? (*word & 0xffff) | number << 16 : number;
  }
}

/* The sums of one register tile: a times b [words, PANEL]. a is [rows, words] by SLICE_WORDS when `across`, else [words,
 * rows] by `stride`. With `is_odd`, the last word has one term. */
INLINE void sums_bf16(const int rows, const bool across, int64_t words, bool is_odd, const uint32_t *a, int64_t stride,
                      const uint32_t *b, const uint32_t *ahead, vf sums[12][TK_VECTORS]) {
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int v = 0; v < TK_VECTORS; v++) sums[i][v] = splat(0);
  for (int64_t p = 0; p < words; p++) {
    vw right[TK_VECTORS];
    UNROLL for (int v = 0; v < TK_VECTORS; v++) right[v] = load_words(b + p * PANEL + 16 * v);
    if (across) UNROLL for (int v = 0; v < 1; v++) __builtin_prefetch(ahead + 16 * p, 0, 2);
    UNROLL for (int i = 0; i < rows; i++) {
      uint32_t left = across ? a[i * SLICE_WORDS + p] : a[p * stride + i];
      UNROLL for (int v = 0; v < TK_VECTORS; v++) sums[i][v] = dot(sums[i][v], (vw)(left), right[v]);
    }
  }
  if (is_odd)
    UNROLL for (int i = 0; i < rows; i++) {
      uint32_t left = (across ? a[i * SLICE_WORDS + words] : a[words * stride + i]) & 0xffff;
      UNROLL for (int v = 0; v < TK_VECTORS; v++)
        sums[i][v] = dot(sums[i][v], (vw)(left), load_words(b + words * PANEL + 16 * v) & 0xffff);
    }
}

/* c [rows, columns] by ldc = d [rows, columns] by ldd + the sums */
INLINE void put_sums(const int rows, vf sums[12][TK_VECTORS], float *c, int64_t ldc, const float *d, int64_t ldd,
                     int64_t columns) {
  if (columns == PANEL) {
    UNROLL for (int i = 0; i < rows; i++)
      UNROLL for (int v = 0; v < TK_VECTORS; v++)
        store(c + i * ldc + 16 * v, d ? flushed(sums[i][v] + flushed(load(d + i * ldd + 16 * v))) : sums[i][v]);
    return;
  }
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int v = 0; v < TK_VECTORS; v++) {
      int64_t n = columns - 16 * v;
      if (n >= 16) store(c + i * ldc + 16 * v, d ? flushed(sums[i][v] + flushed(load(d + i * ldd + 16 * v))) : sums[i][v]);
      else if (n > 0)
        store_part(c + i * ldc + 16 * v, n,
                   d ? flushed(sums[i][v] + flushed(load_part(d + i * ldd + 16 * v, n, 0))) : sums[i][v]);
    }
}

#define TILE(R) \
  case R: { \
    vf sums[12][TK_VECTORS]; \
    sums_bf16(R, across, words, false, a, LOW, b, ahead, sums); \
    put_sums(R, sums, c, ldc, d, ldd, columns); \
    break; \
  }
INLINE void tile_of_bf16(int64_t rows, const bool across, int64_t words, const uint32_t *a, const uint32_t *b, float *c,
                         int64_t ldc, const float *d, int64_t ldd, int64_t columns, const uint32_t *ahead) {
  switch (rows) {
    TILE(1) TILE(2) TILE(3) TILE(4) TILE(5) TILE(6)
#if TK_ROWS == 12
    TILE(7) TILE(8) TILE(9) TILE(10) TILE(11) TILE(12)
#endif
  }
}
#undef TILE
static __attribute__((noinline)) void TK_NAME(tile_across_bf16)(int64_t rows, int64_t words, const uint32_t *a,
                                                                const uint32_t *b, float *c, int64_t ldc,
                                                                const float *d, int64_t ldd, int64_t columns,
                                                                const uint32_t *ahead) {
  tile_of_bf16(rows, true, words, a, b, c, ldc, d, ldd, columns, ahead);
}
static __attribute__((noinline)) void TK_NAME(tile_along_bf16)(int64_t rows, int64_t words, const uint32_t *a,
                                                               const uint32_t *b, float *c, int64_t ldc,
                                                               const float *d, int64_t ldd, int64_t columns) {
  tile_of_bf16(rows, false, words, a, b, c, ldc, d, ldd, columns, NULL);
}

/* Few rows of A against several neighboring panels, as `wide` in matrix.h. */
INLINE void wide_bf16(const int rows, const int panels, int64_t words, const uint32_t *a, const uint32_t *b,
                      int64_t panel_stride, float *c, int64_t ldc, const float *d, int64_t ldd) {
  vf sums[3][4 * TK_VECTORS];
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int v = 0; v < panels * TK_VECTORS; v++) sums[i][v] = splat(0);
  for (int64_t p = 0; p < words; p++)
    UNROLL for (int q = 0; q < panels; q++)
      UNROLL for (int v = 0; v < TK_VECTORS; v++) {
        vw right = load_words(b + q * panel_stride + p * PANEL + 16 * v);
        UNROLL for (int i = 0; i < rows; i++)
          sums[i][q * TK_VECTORS + v] = dot(sums[i][q * TK_VECTORS + v], (vw)(a[i * SLICE_WORDS + p]), right);
      }
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int v = 0; v < panels * TK_VECTORS; v++)
      store(c + i * ldc + 16 * v, d ? flushed(sums[i][v] + flushed(load(d + i * ldd + 16 * v))) : sums[i][v]);
}
#define WIDE(R, P) \
  case 4 * P + R: wide_bf16(R, P, words, a, b, panel_stride, c, ldc, d, ldd); break;
static __attribute__((noinline)) void TK_NAME(wide_of_bf16)(int64_t rows, int64_t panels, int64_t words,
                                                            const uint32_t *a, const uint32_t *b, int64_t panel_stride,
                                                            float *c, int64_t ldc, const float *d, int64_t ldd) {
  switch (4 * panels + rows) {
    WIDE(1, 2) WIDE(2, 2) WIDE(3, 2)
    WIDE(1, 3) WIDE(2, 3) WIDE(3, 3)
    WIDE(1, 4) WIDE(2, 4) WIDE(3, 4)
  }
}
#undef WIDE

/* Rounds a slice of A, [rows, depth] by (row_stride, column_stride), to [rows, words] by SLICE_WORDS when `across`, else
 * to [words, rows] by LOW. */
INLINE void round_slice(uint32_t *to, bool across, int64_t rows, int64_t depth, const float *a, int64_t row_stride,
                        int64_t column_stride) {
  if (across) {
    for (int64_t i = 0; i < rows; i++) round_row((half *)(to + i * SLICE_WORDS), a + i * row_stride, depth);
    return;
  }
  for (int64_t p = 0; p < depth; p += 2, to += LOW) {
    const float *even = a + p * column_stride, *odd = even + column_stride;
    bool isLast = p + 1 == depth;
    EACH(i, n, rows, {
      vw words = paired(GET(even + i, n, 0), isLast ? splat(0) : GET(odd + i, n, 0));
      if (n == 16) store_words(to + i, words);
      else for (int64_t j = 0; j < n; j++) to[i + j] = words[j];
    });
  }
}

/* a [m, k] by (a_row, a_column); packed [ceil(n / PANEL), ceil(capacity / 2), PANEL] words; c, d [m, n] by ldc, ldd */
static void TK_NAME(multiply_bf16)(int64_t m, int64_t n, int64_t k, const float *a, int64_t a_row, int64_t a_column,
                                   const void *packed, int64_t capacity, float *c, int64_t ldc, const float *d,
                                   int64_t ldd) {
  uint32_t left[LOW * SLICE_WORDS], mode = begin_flushing();
  bool across = a_column == 1 && !(a_row == 1 && m > 1);
  int64_t panel_stride = (capacity + 1) / 2 * PANEL;
  for (int64_t p = 0; p < k || p == 0; p += DEPTH) {
    int64_t depth = k - p < DEPTH ? k - p : DEPTH, words = (depth + 1) / 2;
    const float *from = p == 0 ? d : c;
    int64_t ld_from = p == 0 ? ldd : ldc;
    for (int64_t i0 = 0; i0 < m; i0 += LOW) {
      int64_t slice = m - i0 < LOW ? m - i0 : LOW;
      int64_t tiles = (slice + TK_ROWS - 1) / TK_ROWS, height = (slice + tiles - 1) / tiles;
      round_slice(left, across, slice, depth, a + i0 * a_row + p * a_column, a_row, a_column);
      int64_t j = 0;
      while (across && slice <= 3) {
        int64_t panels = (n - j) / PANEL;
        if (panels < 2) break;
        if (panels > 4) panels = 4;
        const uint32_t *right = (const uint32_t *)packed + j / PANEL * panel_stride + p / 2 * PANEL;
        TK_NAME(wide_of_bf16)(slice, panels, words, left, right, panel_stride, c + i0 * ldc + j, ldc,
                              from ? from + i0 * ld_from + j : NULL, ld_from);
        j += panels * PANEL;
      }
      for (; j < n; j += PANEL) {
        int64_t columns = n - j < PANEL ? n - j : PANEL;
        const uint32_t *right = (const uint32_t *)packed + j / PANEL * panel_stride + p / 2 * PANEL;
        for (int64_t i = 0; i < slice; i += height) {
          int64_t rows = slice - i < height ? slice - i : height;
          float *to = c + (i0 + i) * ldc + j;
          const float *added = from ? from + (i0 + i) * ld_from + j : NULL;
          /* The first tiles fetch a part of the next panel each. */
          const uint32_t *ahead = right;
          if (j + PANEL < n && i < TK_VECTORS * height) ahead += panel_stride + i / height * 16 * words;
          if (across)
            TK_NAME(tile_across_bf16)(rows, words, left + i * SLICE_WORDS, right, to, ldc, added, ld_from, columns,
                                      ahead);
          else
            TK_NAME(tile_along_bf16)(rows, words, left + i, right, to, ldc, added, ld_from, columns);
        }
      }
    }
  }
  end_flushing(mode);
}

/* Rows first ..< first + rows of a stack of panels of `width` columns, `block` rows of which lie together:
 * [blocks, ceil(n / width), block / 2, width] words. A row's halves are written one by one where its partner belongs to
 * another call. */
INLINE void stack_words(uint32_t *to, const float *x, int64_t ldx, int64_t first, int64_t rows, int64_t n,
                        int64_t width, int64_t block) {
  int64_t padded = (n + width - 1) / width * width;
  for (int64_t r = 0; r < rows;) {
    int64_t row = first + r;
    bool isPair = (row & 1) == 0 && r + 1 < rows;
    const float *even = x + r * ldx, *odd = even + ldx;
    uint32_t *at = to + row / block * (block / 2) * padded + row % block / 2 * width;
    for (int64_t j = 0; j < padded; j += 16) {
      /* Panels are whole vectors wide, or there is one. */
      uint32_t *word = at + j / width * (block / 2) * width + j % width;
      int64_t n_here = n - j;
      vf a = n_here >= 16 ? load(even + j) : n_here > 0 ? load_part(even + j, n_here, 0) : splat(0);
      int64_t room = padded - j < 16 ? padded - j : 16;
      if (isPair) {
        vf b = n_here >= 16 ? load(odd + j) : n_here > 0 ? load_part(odd + j, n_here, 0) : splat(0);
        vw words = paired(a, b);
        if (room == 16) store_words(word, words);
        else for (int64_t i = 0; i < room; i++) word[i] = words[i];
      } else {
        vh halves = rounded(a);
        for (int64_t i = 0; i < room; i++) ((half *)(word + i))[row & 1] = halves[i];
      }
    }
    r += isPair ? 2 : 1;
  }
}

static void TK_NAME(stack_bf16)(void *to, const float *x, int64_t ldx, int64_t first, int64_t rows, int64_t n) {
  stack_words(to, x, ldx, first, rows, n, PANEL, TK_BLOCK);
}

/* to [ceil(all rows / 2), n] words */
static void TK_NAME(stack_left_bf16)(void *to, const float *x, int64_t ldx, int64_t first, int64_t rows, int64_t n) {
  stack_words((uint32_t *)to + first / 2 * n, x, ldx, first & 1, rows, n, n, (rows + 3) / 2 * 2);
}

/* Adds sums of two neighboring rows of C, whose elements lie together: c [rows / 2, PANEL, 2] */
INLINE void add_sums(const int rows, vf sums[12][TK_VECTORS], float *c) {
  UNROLL for (int i = 0; i < rows; i += 2)
    UNROLL for (int v = 0; v < TK_VECTORS; v++) {
      vf a = sums[i][v], b = sums[i + 1][v];
      float *to = c + i * PANEL + 32 * v;
      vf low = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      vf high = __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
      store(to, flushed(flushed(load(to)) + low));
      store(to + 16, flushed(flushed(load(to + 16)) + high));
    }
}

#define TILE(R) \
  case R: { \
    vf sums[12][TK_VECTORS]; \
    UNROLL for (int i = 0; i < R * TK_VECTORS; i++) __builtin_prefetch(c + 16 * i, 1); \
    sums_bf16(R, false, words, is_odd, a, stride, b, NULL, sums); \
    add_sums(R, sums, c); \
    break; \
  }
static __attribute__((noinline)) void TK_NAME(tile_added_bf16)(int64_t rows, int64_t words, bool is_odd,
                                                               const uint32_t *a, int64_t stride, const uint32_t *b,
                                                               float *c) {
  switch (rows) {
    TILE(2) TILE(4) TILE(6)
#if TK_ROWS == 12
    TILE(8) TILE(10) TILE(12)
#endif
  }
}
#undef TILE

/* left [ceil(k / 2), m] words; stacked [blocks, ceil(columns / PANEL), TK_BLOCK / 2, PANEL] words;
 * c [ceil(columns / PANEL), m / 2, PANEL, 2] */
static void TK_NAME(accumulate_bf16)(int64_t m, int64_t first, int64_t n, int64_t k, const void *left,
                                     const void *stacked, int64_t columns, float *c) {
  uint32_t mode = begin_flushing();
  int64_t padded = (columns + PANEL - 1) / PANEL * PANEL;
  const uint32_t *right = (const uint32_t *)stacked + first * (TK_BLOCK / 2);
  c += first * m;
  for (int64_t p = 0; p < k; p += TK_BLOCK, right += TK_BLOCK / 2 * padded) {
    int64_t depth = k - p < TK_BLOCK ? k - p : TK_BLOCK;
    for (int64_t j = 0; j < n; j += PANEL)
      for (int64_t i = 0; i < m; i += TK_ROWS) {
        int64_t rows = m - i < TK_ROWS ? m - i : TK_ROWS;
        TK_NAME(tile_added_bf16)(rows, depth / 2, depth & 1, (const uint32_t *)left + p / 2 * m + i, m,
                                 right + j * (TK_BLOCK / 2), c + j * m + i * PANEL);
      }
  }
  end_flushing(mode);
}
