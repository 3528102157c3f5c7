/* Sums over parameters and AdamW. Every pointer is to [count] elements, but for those that are `stride` apart:
 * [count, stride]. */

static void TK_NAME(add)(int64_t count, float *to, const float *from) {
  EACH(i, n, count, { PUT(to + i, n, GET(to + i, n, 0) + GET(from + i, n, 0)); });
}

static void TK_NAME(add_scaled)(int64_t count, float *to, const float *from, float factor) {
  EACH(i, n, count, { PUT(to + i, n, FMA(GET(from + i, n, 0), splat(factor), GET(to + i, n, 0))); });
}

static void TK_NAME(gather)(int64_t count, int64_t stride, const float *from, float *to) {
  for (int64_t i = 0; i < count; i++) to[i] = from[i * stride];
}

static void TK_NAME(scatter_add)(int64_t count, int64_t stride, const float *from, float *to) {
  for (int64_t i = 0; i < count; i++) to[i * stride] += from[i];
}

INLINE vd squares_of(vf v, vd total) {
  vd a = __builtin_convertvector(v.lo, vd), b = __builtin_convertvector(v.hi, vd);
  return FMA(a, a, FMA(b, b, total));
}
INLINE double sum_of_doubles(vd v) {
  double total = 0;
  UNROLL for (int i = 0; i < 8; i++) total += v[i];
  return total;
}

static double TK_NAME(sum_of_squares)(int64_t count, const float *x) {
  vd total = (vd)(0.0);
  EACH(i, n, count, { total = squares_of(GET(x + i, n, 0), total); });
  return sum_of_doubles(total);
}

static double TK_NAME(adamw)(int64_t count, float *weights, const float *gradients, float *first, float *second,
                             float scale, float rate, float beta1, float beta2, float correction1, float correction2,
                             float epsilon, float decay) {
  vd total = (vd)(0.0);
  float step = rate / correction1, root = 1.0f / sqrtf(correction2);
  EACH(i, n, count, {
    vf g = GET(gradients + i, n, 0) * splat(scale);
    vf m = FMA(g, splat(1 - beta1), GET(first + i, n, 0) * splat(beta1));
    vf v = FMA(g * g, splat(1 - beta2), GET(second + i, n, 0) * splat(beta2));
    vf w = GET(weights + i, n, 0);
    vf lanes = v;
    lanes = __builtin_elementwise_sqrt(lanes);
    vf change = splat(-rate * decay) * w - splat(step) * m / FMA(lanes, splat(root), splat(epsilon));
    PUT(first + i, n, m);
    PUT(second + i, n, v);
    PUT(weights + i, n, w + change);
    total = squares_of(change, total);
  });
  return sum_of_doubles(total);
}

static bool TK_NAME(finite)(int64_t count, const float *x) {
  /* x - x is 0 for finite numbers and NaN for the others */
  vf total = splat(0);
  EACH(i, n, count, { vf v = GET(x + i, n, 0); total += v - v; });
  return sum(total) == 0;
}
