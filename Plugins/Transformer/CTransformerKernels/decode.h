/* Attention of rows that are being decoded: against one block of TK_POSITIONS keys and values of all heads at a time.
 * Mostly bound by memory, so that the next block is fetched while this one is used. */

static void TK_NAME(lay_rows)(int64_t rows, int64_t width, const float *x, int64_t stride, void *to) {
  for (int64_t r = 0; r < rows; r++) memcpy((float *)to + r * width, x + r * stride, sizeof(float) * (size_t)width);
}

#define SCORES(R) \
  case R: tile(R, true, TK_VECTORS, depth, a, depth, right, c, stride, NULL, 0, PANEL, next); break;

static void TK_NAME(block_scores)(int64_t heads, int64_t rows, int64_t depth, const void *queries, const void *keys,
                                  float *scores, int64_t head_stride, int64_t stride, const void *ahead) {
  /* queries [heads, rows, depth], keys [heads, TK_POSITIONS / PANEL, depth, PANEL], scores [heads, rows, TK_POSITIONS]
   * by (head_stride, stride) */
  for (int64_t h = 0; h < heads; h++)
    for (int64_t j = 0; j < TK_POSITIONS; j += PANEL) {
      int64_t offset = (h * TK_POSITIONS + j) * depth;
      const float *right = (const float *)keys + offset, *next = (const float *)ahead + offset;
      const float *a = (const float *)queries + h * rows * depth;
      float *c = scores + h * head_stride + j;
      for (int64_t left = rows; left > 0; left -= TK_ROWS, a += TK_ROWS * depth, c += TK_ROWS * stride) {
        switch (left) {
          SCORES(1) SCORES(2) SCORES(3)
          default:
            TK_NAME(tile_across)(left < TK_ROWS ? left : TK_ROWS, depth, a, depth, right, c, stride, NULL, 0, PANEL,
                                 next);
        }
      }
    }
}
#undef SCORES

/* c [rows, columns] by ldc += a [rows, k] by `stride` times b [k, PANEL]. Every sum is four chains, of every fourth
 * position each. */
INLINE void mixed(const int rows, int64_t k, const float *a, int64_t stride, const float *b, float *c, int64_t ldc,
                  int64_t columns, const float *ahead) {
  vf sums[4][3][TK_VECTORS];
  UNROLL for (int q = 0; q < 4; q++)
    UNROLL for (int i = 0; i < rows; i++)
      UNROLL for (int v = 0; v < TK_VECTORS; v++) sums[q][i][v] = splat(0);
  int64_t p = 0;
  for (; p + 4 <= k; p += 4)
    UNROLL for (int q = 0; q < 4; q++)
      UNROLL for (int v = 0; v < TK_VECTORS; v++) {
        vf right = load(b + (p + q) * PANEL + 16 * v);
        __builtin_prefetch(ahead + (p + q) * PANEL + 16 * v, 0, 2);
        UNROLL for (int i = 0; i < rows; i++)
          sums[q][i][v] = FMA(splat(a[i * stride + p + q]), right, sums[q][i][v]);
      }
  for (; p < k; p++)
    UNROLL for (int v = 0; v < TK_VECTORS; v++) {
      vf right = load(b + p * PANEL + 16 * v);
      UNROLL for (int i = 0; i < rows; i++) sums[0][i][v] = FMA(splat(a[i * stride + p]), right, sums[0][i][v]);
    }
  UNROLL for (int i = 0; i < rows; i++) {
    UNROLL for (int v = 0; v < TK_VECTORS; v++) {
      vf all = (sums[0][i][v] + sums[1][i][v]) + (sums[2][i][v] + sums[3][i][v]);
      float *to = c + i * ldc + 16 * v;
      int64_t width = columns - 16 * v;
      if (width >= 16) store(to, load(to) + all);
      else if (width > 0) store_part(to, width, load_part(to, width, 0) + all);
    }
  }
}

static void TK_NAME(attend_values)(int64_t heads, int64_t rows, int64_t width, int64_t positions, const float *scores,
                                   int64_t head_stride, int64_t stride, const void *values, float *out,
                                   const void *ahead) {
  /* scores [heads, rows, positions] by (head_stride, stride), out [heads, rows, width],
   * values [heads, ceil(width / PANEL), TK_POSITIONS, PANEL] */
  int64_t padded = (width + PANEL - 1) / PANEL * PANEL;
  for (int64_t h = 0; h < heads; h++)
    for (int64_t j = 0; j < width; j += PANEL) {
      int64_t offset = (h * padded + j) * TK_POSITIONS, columns = width - j;
      const float *b = (const float *)values + offset, *next = (const float *)ahead + offset;
      const float *a = scores + h * head_stride;
      float *c = out + h * rows * width + j;
      int64_t i = 0;
      for (; i + 3 <= rows; i += 3)
        mixed(3, positions, a + i * stride, stride, b, c + i * width, width, columns, next);
      if (rows - i == 2) mixed(2, positions, a + i * stride, stride, b, c + i * width, width, columns, next);
      if (rows - i == 1) mixed(1, positions, a + i * stride, stride, b, c + i * width, width, columns, next);
    }
}
