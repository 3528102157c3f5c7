/* Sums over parameters and AdamW. Every pointer is to [count] elements, but for those that are `stride` apart:
 * [count, stride]. */

static void TK_NAME(add)(int64_t count, float *to, const float *from) {
  EACH(i, n, count, { PUT(to + i, n, GET(to + i, n, 0) + GET(from + i, n, 0)); });
}

static void TK_NAME(add_scaled)(int64_t count, float *to, const float *from, float factor) {
  EACH(i, n, count, { PUT(to + i, n, FMA(GET(from + i, n, 0), splat(factor), GET(to + i, n, 0))); });
}

static void TK_NAME(gather)(int64_t count, int64_t stride, int64_t group, const float *from, float *to) {
  for (int64_t i = 0; i < count; i++) to[i] = from[i / group * group * stride + i % group];
}

static void TK_NAME(scatter_add)(int64_t count, int64_t stride, int64_t group, const float *from, float *to) {
  for (int64_t i = 0; i < count; i++) to[i / group * group * stride + i % group] += from[i];
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

/* Numbers of a step that all weights share. */
typedef struct { float scale, decayed, step, root, beta1, beta2, epsilon; } Step;

INLINE Step step_of(float scale, float rate, float beta1, float beta2, float correction1, float correction2,
                    float epsilon, float decay) {
  return (Step){.scale = scale, .decayed = -rate * decay, .step = rate / correction1,
                .root = 1.0f / sqrtf(correction2), .beta1 = beta1, .beta2 = beta2, .epsilon = epsilon};
}

/* The change of weights w by gradients g; their moments m and v change, too. */
INLINE vf change_of(Step s, vf w, vf g, vf *m, vf *v) {
  g *= splat(s.scale);
  *m = FMA(g, splat(1 - s.beta1), *m * splat(s.beta1));
  *v = FMA(g * g, splat(1 - s.beta2), *v * splat(s.beta2));
  vf lanes = __builtin_elementwise_sqrt(*v);
  return splat(s.decayed) * w - splat(s.step) * *m / FMA(lanes, splat(s.root), splat(s.epsilon));
}

static double TK_NAME(adamw)(int64_t count, float *weights, const float *gradients, float *first, float *second,
                             float scale, float rate, float beta1, float beta2, float correction1, float correction2,
                             float epsilon, float decay) {
  vd total = (vd)(0.0);
  Step step = step_of(scale, rate, beta1, beta2, correction1, correction2, epsilon, decay);
  EACH(i, n, count, {
    vf m = GET(first + i, n, 0);
    vf v = GET(second + i, n, 0);
    vf w = GET(weights + i, n, 0);
    vf change = change_of(step, w, GET(gradients + i, n, 0), &m, &v);
    PUT(first + i, n, m);
    PUT(second + i, n, v);
    PUT(weights + i, n, w + change);
    total = squares_of(change, total);
  });
  return sum_of_doubles(total);
}

INLINE vh load_halves(const uint16_t *p, int64_t n) {
  uint16_t halves[16];
  for (int i = 0; i < 16; i++) halves[i] = i < n ? p[i] : 0;
  return *(vhu *)halves;
}
INLINE void store_halves(uint16_t *p, int64_t n, vh v) {
  for (int i = 0; i < n; i++) p[i] = v[i];
}

static double TK_NAME(adamw_bf16)(int64_t count, uint16_t *upper, uint16_t *lower, const float *gradients,
                                  float *first, float *second, float scale, float rate, float beta1, float beta2,
                                  float correction1, float correction2, float epsilon, float decay) {
  typedef int16_t signed_halves __attribute__((ext_vector_type(16)));
  vd total = (vd)(0.0);
  Step step = step_of(scale, rate, beta1, beta2, correction1, correction2, epsilon, decay);
  EACH(i, n, count, {
    vf m = GET(first + i, n, 0);
    vf v = GET(second + i, n, 0);
    vh high = n == 16 ? *(const vhu *)(upper + i) : load_halves(upper + i, n);
    vh low = n == 16 ? *(const vhu *)(lower + i) : load_halves(lower + i, n);
    vf w = (vf)((__builtin_convertvector(high, vw) << 16) + (vw)__builtin_convertvector((signed_halves)low, vi));
    vf change = change_of(step, w, GET(gradients + i, n, 0), &m, &v);
    PUT(first + i, n, m);
    PUT(second + i, n, v);
    vw bits = (vw)(w + change);
    high = __builtin_convertvector((bits + 0x8000) >> 16, vh);
    low = __builtin_convertvector(bits, vh);
    if (n == 16) { *(vhu *)(upper + i) = high; *(vhu *)(lower + i) = low; }
    else { store_halves(upper + i, n, high); store_halves(lower + i, n, low); }
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
