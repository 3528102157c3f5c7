/* Matrix products of whole numbers of 8 bits. Sums of a slice are exact, and so the same on every machine.
 *
 * Each column of B has a scale, with which its largest number becomes 127; so has each row of A in a slice of
 * INT8_DEPTH terms. Four terms of a sum lie in one word. A's numbers are stored with 128 added, which vpdpbusd wants;
 * what that adds to a sum is known from B and taken off. */
#define INT8_DEPTH 2048
#define INT8_WORDS (INT8_DEPTH / 4 + 16)

/* sum + the products of the four terms in each word, those of `left` being without a sign */
INLINE vi dot_int8(vi sum, vw left, vw right) {
#ifdef TK_HAS_DOTS
  return (vi)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)left, (__m512i)right);
#else
  UNROLL for (int t = 0; t < 4; t++) sum += (vi)(left >> 8 * t & 0xff) * ((vi)(right << (24 - 8 * t)) >> 24);
  return sum;
#endif
}

/* The nearest whole numbers, the even one of two, of numbers below 2^22. */
INLINE vi whole(vf x) {
  vf magic = splat(12582912.0f);
  return (vi)(x + magic) - (vi)magic;
}

/* The largest of x [count] without its sign; no number where one is not finite. */
INLINE float largest_size(int64_t count, const float *x) {
  vf most = splat(0), none = splat(0);
  EACH(i, n, count, {
    vf size = (vf)((vi)GET(x + i, n, 0) & 0x7fffffff);
    none += size - size;
    most = most > size ? most : size;
  });
  return largest(most) + sum(none);
}

/* to [count] = x [count] * inverse as whole numbers, with 128 added; up to the next word, those of zero */
INLINE void whole_row(uint8_t *to, const float *x, int64_t count, float inverse) {
  typedef uint8_t vb __attribute__((ext_vector_type(16)));
  typedef uint8_t vbu __attribute__((ext_vector_type(16), aligned(1)));
  EACH(i, n, count, {
    vb bytes = __builtin_convertvector(whole(GET(x + i, n, 0) * splat(inverse)) + 128, vb);
    if (n == 16) *(vbu *)(to + i) = bytes;
    else for (int64_t j = 0; j < (n + 3) / 4 * 4; j++) to[i + j] = bytes[j];
  });
}
/* Of numbers so small that it would be infinite: 0. */
INLINE float inverse_of(float most) { return most > 0x1p-120f ? 127 / most : 0; }

/* Where the scales of a panel are, and behind them what A's 128 adds in each slice. */
INLINE float *scales_of(void *panel, int64_t k) { return (float *)((int8_t *)panel + (k + 3) / 4 * 4 * PANEL); }
INLINE int64_t int8_rows(int64_t k) { return (k + 3) / 4 * 4 + 4 + (k + INT8_DEPTH - 1) / INT8_DEPTH * 4; }

/* One column of a packed matrix: x [k] becomes column j. */
static void TK_NAME(put_column_int8)(void *packed, int64_t j, const float *x, int64_t k, int64_t capacity) {
  (void)capacity;
  int8_t *panel = (int8_t *)packed + j / PANEL * PANEL * int8_rows(k);
  float most = largest_size(k, x), inverse = inverse_of(most);
  float *scales = scales_of(panel, k);
  int32_t *added = (int32_t *)(scales + PANEL) + j % PANEL;
  scales[j % PANEL] = most / 127;
  for (int64_t s = 0; s * INT8_DEPTH < k; s++) added[s * PANEL] = 0;
  for (int64_t i = 0; i < (k + 3) / 4 * 4; i++) {
    int32_t number = i < k ? whole(splat(x[i] * inverse))[0] : 0;
    panel[i / 4 * 4 * PANEL + j % PANEL * 4 + i % 4] = (int8_t)number;
    added[i / INT8_DEPTH * PANEL] += 128 * number;
  }
}

/* A whole panel: x [PANEL, k] becomes its columns. */
static void TK_NAME(put_panel_int8)(void *panel, const float *x, int64_t k) {
  uint32_t words[16 * INT8_WORDS], turned[16 * 16];
  float *scales = scales_of(panel, k);
  for (int64_t column = 0; column < PANEL; column++) scales[column] = largest_size(k, x + column * k) / 127;
  int32_t *added = (int32_t *)(scales + PANEL);
  for (int64_t p = 0; p < k; p += INT8_DEPTH, added += PANEL)
    for (int64_t first = 0; first < PANEL; first += 16) {
      int64_t depth = k - p < INT8_DEPTH ? k - p : INT8_DEPTH, count = (depth + 3) / 4;
      uint32_t *to = (uint32_t *)((int8_t *)panel + p * PANEL) + first;
      for (int64_t i = 0; i < 16; i++) {
        uint32_t *row = words + i * INT8_WORDS;
        const float *from = x + (first + i) * k;
        whole_row((uint8_t *)row, from + p, depth, inverse_of(largest_size(k, from)));
        int32_t sum = 0;
        for (int64_t q = 0; q < count; q++) {
          row[q] ^= 0x80808080;
          sum += dot_int8((vi)(0), (vw)(0x01010101), (vw)(row[q]))[0];
        }
        added[first + i] = 128 * sum;
      }
      for (int64_t q = 0; q < count; q += 16) {
        transpose16((float *)turned, 16, (float *)(words + q), INT8_WORDS);
        for (int64_t j = 0; j < 16 && q + j < count; j++)
          store_words(to + (q + j) * PANEL, load_words(turned + 16 * j));
      }
    }
}

/* x [k] = column j of a packed matrix */
static void TK_NAME(get_column_int8)(const void *packed, int64_t j, float *x, int64_t k) {
  const int8_t *panel = (const int8_t *)packed + j / PANEL * PANEL * int8_rows(k);
  float scale = scales_of((void *)panel, k)[j % PANEL];
  for (int64_t i = 0; i < k; i++) x[i] = scale * (float)panel[i / 4 * 4 * PANEL + j % PANEL * 4 + i % 4];
}

/* The sums of one register tile: a [rows, words] by INT8_WORDS times b [words, PANEL]. */
INLINE void sums_int8(const int rows, int64_t words, const uint32_t *a, const uint32_t *b, vi *sums) {
  UNROLL for (int i = 0; i < rows * TK_VECTORS; i++) sums[i] = (vi)(0);
  for (int64_t p = 0; p < words; p++) {
    vw right[TK_VECTORS];
    UNROLL for (int v = 0; v < TK_VECTORS; v++) right[v] = load_words(b + p * PANEL + 16 * v);
    UNROLL for (int i = 0; i < rows; i++)
      UNROLL for (int v = 0; v < TK_VECTORS; v++) {
        vi *to = sums + i * TK_VECTORS + v;
        *to = dot_int8(*to, (vw)(a[i * INT8_WORDS + p]), right[v]);
      }
  }
}

/* c [rows, columns] by ldc = d, by ldd, + sums [rows, vectors] in units of the scales [rows] and [columns] */
INLINE void put_sums_int8(const int rows, const vi *sums, const int32_t *added, const float *row_scales,
                          const float *scales, float *c, int64_t ldc, const float *d, int64_t ldd, int64_t columns) {
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int v = 0; v < TK_VECTORS; v++) {
      int64_t n = columns - 16 * v;
      if (n <= 0) continue;
      vf all = __builtin_convertvector(sums[i * TK_VECTORS + v] - (vi)load_words((const uint32_t *)(added + 16 * v)), vf);
      vf scale = splat(row_scales[i]) * load(scales + 16 * v);
      float *to = c + i * ldc + 16 * v;
      vf before = d ? GET(d + i * ldd + 16 * v, n < 16 ? n : 16, 0) : splat(0);
      vf result = FMA(all, scale, before);
      if (n >= 16) store(to, result);
      else store_part(to, n, result);
    }
}

#define TILE(R) \
  case R: { \
    vi sums[R * TK_VECTORS]; \
    sums_int8(R, words, a, b, sums); \
    put_sums_int8(R, sums, added, row_scales, scales, c, ldc, d, ldd, columns); \
    break; \
  }
static __attribute__((noinline)) void TK_NAME(tile_int8)(int64_t rows, int64_t words, const uint32_t *a,
                                                         const uint32_t *b, const int32_t *added,
                                                         const float *row_scales, const float *scales, float *c,
                                                         int64_t ldc, const float *d, int64_t ldd, int64_t columns) {
  switch (rows) {
    TILE(1) TILE(2) TILE(3) TILE(4) TILE(5) TILE(6)
#if TK_ROWS == 12
    TILE(7) TILE(8) TILE(9) TILE(10) TILE(11) TILE(12)
#endif
  }
}
#undef TILE

/* a [m, k] by a_row; packed: panels of int8_rows(k); c, d [m, n] by ldc, ldd */
static void TK_NAME(multiply_int8)(int64_t m, int64_t n, int64_t k, const float *a, int64_t a_row, int64_t a_column,
                                   const void *packed, int64_t capacity, float *c, int64_t ldc, const float *d,
                                   int64_t ldd) {
  (void)a_column, (void)capacity;
  uint32_t left[LOW * INT8_WORDS];
  float row_scales[LOW];
  int64_t panel_bytes = PANEL * int8_rows(k);
  for (int64_t p = 0; p < k || p == 0; p += INT8_DEPTH) {
    int64_t depth = k - p < INT8_DEPTH ? k - p : INT8_DEPTH, words = (depth + 3) / 4;
    const float *from = p == 0 ? d : c;
    int64_t ld_from = p == 0 ? ldd : ldc;
    for (int64_t i0 = 0; i0 < m; i0 += LOW) {
      int64_t slice = m - i0 < LOW ? m - i0 : LOW;
      int64_t tiles = (slice + TK_ROWS - 1) / TK_ROWS, height = (slice + tiles - 1) / tiles;
      for (int64_t i = 0; i < slice; i++) {
        float most = largest_size(depth, a + (i0 + i) * a_row + p);
        row_scales[i] = most / 127;
        whole_row((uint8_t *)(left + i * INT8_WORDS), a + (i0 + i) * a_row + p, depth, inverse_of(most));
      }
      for (int64_t j = 0; j < n; j += PANEL) {
        int64_t columns = n - j < PANEL ? n - j : PANEL;
        const int8_t *panel = (const int8_t *)packed + j / PANEL * panel_bytes;
        const float *scales = scales_of((void *)panel, k);
        const int32_t *added = (const int32_t *)(scales + PANEL) + p / INT8_DEPTH * PANEL;
        for (int64_t i = 0; i < slice; i += height) {
          int64_t rows = slice - i < height ? slice - i : height;
          TK_NAME(tile_int8)(rows, words, left + i * INT8_WORDS, (const uint32_t *)(panel + p * PANEL), added,
                             row_scales + i, scales, c + (i0 + i) * ldc + j, ldc,
                             from ? from + (i0 + i) * ld_from + j : NULL, ld_from, columns);
        }
      }
    }
  }
}
