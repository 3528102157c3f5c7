/* Softmax of attention and of the vocabulary, and drawing from it. */

/* x [count] */
INLINE float largest_of(int64_t count, const float *x) {
  vf top = splat(-INFINITY);
  EACH(i, n, count, { vf v = GET(x + i, n, -INFINITY); top = top > v ? top : v; });
  return largest(top);
}

/* The keys that a row sees: [low, valid). */
#define SPAN(r) \
  int64_t valid = first + (r) < width ? first + (r) : width, low = valid > window ? valid - window : 0

/* s [width] */
INLINE void blank(float *s, int64_t low, int64_t valid, int64_t width) {
  for (int64_t i = 0; i < low; i++) s[i] = 0;
  for (int64_t i = valid; i < width; i++) s[i] = 0;
}

/* s [rows, width] by `stride`; log_sums [rows] */
static void TK_NAME(causal_softmax)(int64_t rows, int64_t first, int64_t window, int64_t width, int64_t stride,
                                    float scale, float *s, float *log_sums) {
  for (int64_t r = 0; r < rows; r++, s += stride) {
    SPAN(r);
    float *seen = s + low;
    int64_t count = valid - low;
    float top = largest_of(count, seen) * scale;
    vf total = splat(0);
    EACH(i, n, count, {
      vf e = exponential(FMA(GET(seen + i, n, -INFINITY), splat(scale), splat(-top)));
      PUT(seen + i, n, e);
      total += e;
    });
    float all = sum(total);
    vf inverse = splat(1.0f / all);
    EACH(i, n, count, { PUT(seen + i, n, GET(seen + i, n, 0) * inverse); });
    blank(s, low, valid, width);
    if (log_sums) log_sums[r] = top + logf(all);
  }
}

/* s [rows, width] by `stride`; log_sums [rows] */
static void TK_NAME(causal_probabilities)(int64_t rows, int64_t first, int64_t window, int64_t width, int64_t stride,
                                          float scale, float *s, const float *log_sums) {
  for (int64_t r = 0; r < rows; r++, s += stride) {
    SPAN(r);
    float *seen = s + low;
    EACH(i, n, valid - low, {
      PUT(seen + i, n, exponential(FMA(GET(seen + i, n, 0), splat(scale), splat(-log_sums[r]))));
    });
    blank(s, low, valid, width);
  }
}

/* p, dp [rows, width] by `stride`; dots [rows] */
static void TK_NAME(softmax_backward)(int64_t rows, int64_t first, int64_t window, int64_t width, int64_t stride,
                                      float scale, const float *p, float *dp, const float *dots) {
  for (int64_t r = 0; r < rows; r++, p += stride, dp += stride) {
    SPAN(r);
    EACH(i, n, valid - low, {
      PUT(dp + low + i, n, GET(p + low + i, n, 0) * (GET(dp + low + i, n, 0) - splat(dots[r])) * splat(scale));
    });
    blank(dp, low, valid, width);
  }
}
#undef SPAN

/* x, slopes [rows, width] by `stride` */
static void TK_NAME(soft_cap)(int64_t rows, int64_t width, int64_t stride, float scale, float cap, float *x,
                              float *slopes) {
  for (int64_t r = 0; r < rows; r++, x += stride)
    EACH(i, n, width, {
      /* tanh(u) = 1 - 2 / (e^2u + 1) */
      vf u = GET(x + i, n, 0) * splat(scale / cap);
      vf t = splat(1) - splat(2) / (exponential(u + u) + splat(1));
      PUT(x + i, n, t * splat(cap));
      if (slopes) PUT(slopes + r * stride + i, n, (splat(1) - t * t) * splat(scale));
    });
}

/* by, x [rows, width] by `stride` */
static void TK_NAME(scale)(int64_t rows, int64_t width, int64_t stride, float factor, const float *by, float *x) {
  for (int64_t r = 0; r < rows; r++)
    EACH(i, n, width, {
      vf f = by ? GET(by + r * stride + i, n, 0) : splat(factor);
      PUT(x + r * stride + i, n, GET(x + r * stride + i, n, 0) * f);
    });
}

/* a [rows, width] by lda; b [rows, width] by ldb; dots [rows] */
static void TK_NAME(row_dots)(int64_t rows, int64_t width, const float *a, int64_t lda, const float *b, int64_t ldb,
                              float *dots) {
  for (int64_t r = 0; r < rows; r++) {
    vf total = splat(0);
    EACH(i, n, width, { total = FMA(GET(a + r * lda + i, n, 0), GET(b + r * ldb + i, n, 0), total); });
    dots[r] = sum(total);
  }
}

/* x [count]; entropy [1] */
static float TK_NAME(log_sum)(int64_t count, float scale, const float *x, float *entropy) {
  float top = largest_of(count, x) * scale;
  vf total = splat(0), weighted = splat(0);
  EACH(i, n, count, {
    vf z = FMA(GET(x + i, n, -INFINITY), splat(scale), splat(-top));
    vf e = exponential(z);
    total += e;
    /* a logit of minus infinity has no share in the entropy, and 0 * inf is not a number */
    weighted = FMA(e, z == splat(-INFINITY) ? splat(0) : z, weighted);
  });
  float all = sum(total), logarithm = logf(all);
  if (entropy) *entropy = logarithm - sum(weighted) / all;
  return top + logarithm;
}

/* x [count] */
static void TK_NAME(log_sum_backward)(int64_t count, float scale, float *x, float log_sum, float entropy,
                                      int64_t target, float dlogprob, float dentropy) {
  float along = dlogprob * scale, bend = dentropy * scale;
  EACH(i, n, count, {
    vf z = FMA(GET(x + i, n, 0), splat(scale), splat(-log_sum));
    vf p = exponential(z);
    vf g = p * splat(-along);
    if (bend != 0) g = FMA(p * splat(-bend), z + splat(entropy), g);
    PUT(x + i, n, g);
  });
  x[target] += along;
}

/* x, out [count] */
static void TK_NAME(exponentials)(int64_t count, float scale, const float *x, float shift, float *out) {
  EACH(i, n, count, { PUT(out + i, n, exponential(FMA(GET(x + i, n, 0), splat(scale), splat(-shift)))); });
}

/* x [count] */
INLINE double block_sum(int64_t count, const float *x) {
  vf total = splat(0);
  EACH(i, n, count, { total += GET(x + i, n, 0); });
  return (double)sum(total);
}

/* x [count] */
static double TK_NAME(sum_at_least)(int64_t count, float least, const float *x) {
  double all = 0;
  for (int64_t i = 0; i < count; i += 128) {
    int64_t width = count - i < 128 ? count - i : 128;
    vf total = splat(0);
    EACH(j, n, width, {
      vf v = GET(x + i + j, n, 0);
      total += v >= splat(least) ? v : splat(0);
    });
    all += (double)sum(total);
  }
  return all;
}

/* p [count]. Sums run over blocks of 64 in double precision, in order. */
static int64_t TK_NAME(sample_index)(int64_t count, const float *p, double u) {
  double all = 0, before = 0;
  for (int64_t i = 0; i < count; i += 64) all += block_sum(count - i < 64 ? count - i : 64, p + i);
  double target = u * all;
  int64_t last = -1;
  for (int64_t i = 0; i < count; i += 64) {
    int64_t width = count - i < 64 ? count - i : 64;
    double block = block_sum(width, p + i);
    if (block > 0 && before + block > target) {
      double within = before;
      for (int64_t j = 0; j < width; j++) {
        if (p[i + j] > 0) last = i + j;
        within += (double)p[i + j];
        if (p[i + j] > 0 && within > target) return i + j;
      }
      return last; /* rounding: the block's sum was a little above its parts */
    }
    if (block > 0)
      for (int64_t j = 0; j < width; j++)
        if (p[i + j] > 0) last = i + j;
    before += block;
  }
  return last;
}

/* x [count] */
static int64_t TK_NAME(argmax)(int64_t count, const float *x) {
  float best = largest_of(count, x);
  for (int64_t i = 0; i < count; i++)
    if (x[i] == best) return i;
  return -1;
}
