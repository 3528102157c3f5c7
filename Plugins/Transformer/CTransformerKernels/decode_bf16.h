/* Attention of rows that are being decoded, as in decode.h, with keys and values in bf16. */

#define SCORES(R) \
  case R: { \
    vf sums[12][TK_VECTORS], others[12][TK_VECTORS]; \
    lines_bf16(R, words, a, words, right, next, sums, others); \
    UNROLL for (int i = 0; i < R; i++) \
      UNROLL for (int v = 0; v < TK_VECTORS; v++) sums[i][v] = flushed(sums[i][v] + others[i][v]); \
    put_sums(R, sums, c, stride, NULL, 0, PANEL); \
    break; \
  }
/* Sums of `rows` lines of words against a panel: those of even and of odd words apart, so that one does not wait for the
 * other. */
INLINE void lines_bf16(const int rows, int64_t words, const uint32_t *a, int64_t stride, const uint32_t *b,
                       const uint32_t *ahead, vf sums[12][TK_VECTORS], vf others[12][TK_VECTORS]) {
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int v = 0; v < TK_VECTORS; v++) sums[i][v] = others[i][v] = splat(0);
  for (int64_t p = 0; p < words; p += 2) {
    UNROLL for (int v = 0; v < TK_VECTORS; v++) {
      vw right = load_words(b + p * PANEL + 16 * v);
      __builtin_prefetch(ahead + p * PANEL + 16 * v, 0, 2);
      UNROLL for (int i = 0; i < rows; i++) sums[i][v] = dot(sums[i][v], (vw)(a[i * stride + p]), right);
    }
    if (p + 1 == words) break;
    UNROLL for (int v = 0; v < TK_VECTORS; v++) {
      vw right = load_words(b + (p + 1) * PANEL + 16 * v);
      __builtin_prefetch(ahead + (p + 1) * PANEL + 16 * v, 0, 2);
      UNROLL for (int i = 0; i < rows; i++) others[i][v] = dot(others[i][v], (vw)(a[i * stride + p + 1]), right);
    }
  }
}

static void TK_NAME(lay_rows_bf16)(int64_t rows, int64_t width, const float *x, int64_t stride, void *to) {
  int64_t even = (width + 1) / 2 * 2;
  for (int64_t r = 0; r < rows; r++) round_row((half *)to + r * even, x + r * stride, width);
}

static void TK_NAME(block_scores_bf16)(int64_t heads, int64_t rows, int64_t depth, const void *queries,
                                       const void *keys, float *scores, int64_t head_stride, int64_t stride,
                                       const void *ahead) {
  /* queries [heads, rows, words], keys [heads, TK_POSITIONS / PANEL, words, PANEL], scores [heads, rows, TK_POSITIONS]
   * by (head_stride, stride), words = ceil(depth / 2) */
  uint32_t mode = begin_flushing();
  int64_t words = (depth + 1) / 2;
  for (int64_t h = 0; h < heads; h++)
    for (int64_t j = 0; j < TK_POSITIONS; j += PANEL) {
      int64_t offset = (h * TK_POSITIONS + j) * words;
      const uint32_t *right = (const uint32_t *)keys + offset, *next = (const uint32_t *)ahead + offset;
      const uint32_t *a = (const uint32_t *)queries + h * rows * words;
      float *c = scores + h * head_stride + j;
      for (int64_t left = rows; left > 0; left -= 6, a += 6 * words, c += 6 * stride) {
        switch (left < 6 ? left : 6) { SCORES(1) SCORES(2) SCORES(3) SCORES(4) SCORES(5) SCORES(6) }
      }
    }
  end_flushing(mode);
}
#undef SCORES

/* c [rows, columns] by ldc += a [rows, words] by `stride` times b [words, PANEL]. Every sum is four chains, of every
 * fourth word each. */
INLINE void mixed_bf16(const int rows, int64_t words, const uint32_t *a, int64_t stride, const uint32_t *b, float *c,
                       int64_t ldc, int64_t columns, const uint32_t *ahead) {
  vf sums[4][3][TK_VECTORS];
  UNROLL for (int q = 0; q < 4; q++)
    UNROLL for (int i = 0; i < rows; i++)
      UNROLL for (int v = 0; v < TK_VECTORS; v++) sums[q][i][v] = splat(0);
  int64_t p = 0;
  for (; p + 4 <= words; p += 4)
    UNROLL for (int q = 0; q < 4; q++)
      UNROLL for (int v = 0; v < TK_VECTORS; v++) {
        vw right = load_words(b + (p + q) * PANEL + 16 * v);
        __builtin_prefetch(ahead + (p + q) * PANEL + 16 * v, 0, 2);
        UNROLL for (int i = 0; i < rows; i++)
          sums[q][i][v] = dot(sums[q][i][v], (vw)(a[i * stride + p + q]), right);
      }
  for (; p < words; p++)
    UNROLL for (int v = 0; v < TK_VECTORS; v++) {
      vw right = load_words(b + p * PANEL + 16 * v);
      UNROLL for (int i = 0; i < rows; i++) sums[0][i][v] = dot(sums[0][i][v], (vw)(a[i * stride + p]), right);
    }
  UNROLL for (int i = 0; i < rows; i++) {
    UNROLL for (int v = 0; v < TK_VECTORS; v++) {
      vf all = flushed(flushed(sums[0][i][v] + sums[1][i][v]) + flushed(sums[2][i][v] + sums[3][i][v]));
      float *to = c + i * ldc + 16 * v;
      int64_t width = columns - 16 * v;
      if (width >= 16) store(to, flushed(flushed(load(to)) + all));
      else if (width > 0) store_part(to, width, flushed(flushed(load_part(to, width, 0)) + all));
    }
  }
}

#define MIXED(R) \
  case R: mixed_bf16(R, words, left + i * (TK_POSITIONS / 2), TK_POSITIONS / 2, b, c + i * width, width, columns, next); break;
static void TK_NAME(attend_values_bf16)(int64_t heads, int64_t rows, int64_t width, int64_t positions,
                                        const float *scores, int64_t head_stride, int64_t stride, const void *values,
                                        float *out, const void *ahead) {
  /* scores [heads, rows, positions] by (head_stride, stride), out [heads, rows, width],
   * values [heads, ceil(width / PANEL), TK_POSITIONS / 2, PANEL] words */
  uint32_t mode = begin_flushing(), left[LOW * TK_POSITIONS / 2];
  int64_t padded = (width + PANEL - 1) / PANEL * PANEL, words = (positions + 1) / 2;
  for (int64_t h = 0; h < heads; h++)
    for (int64_t first = 0; first < rows; first += LOW) {
      int64_t count = rows - first < LOW ? rows - first : LOW;
      for (int64_t i = 0; i < count; i++)
        round_row((half *)(left + i * (TK_POSITIONS / 2)), scores + h * head_stride + (first + i) * stride,
                  positions);
      for (int64_t j = 0; j < width; j += PANEL) {
        int64_t offset = (h * padded + j) * (TK_POSITIONS / 2), columns = width - j;
        const uint32_t *b = (const uint32_t *)values + offset, *next = (const uint32_t *)ahead + offset;
        float *c = out + (h * rows + first) * width + j;
        for (int64_t i = 0; i < count; i += 3)
          switch (count - i < 3 ? count - i : 3) { MIXED(1) MIXED(2) MIXED(3) }
      }
    }
  end_flushing(mode);
}
#undef MIXED
