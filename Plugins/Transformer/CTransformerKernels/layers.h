/* Element-wise layers and their gradients. */

/* x, out [rows, width]; weight [width]; inverse [rows] */
static void TK_NAME(norm)(int64_t rows, int64_t width, const float *x, const float *weight, float offset, float epsilon,
                          float *out, float *inverse) {
  for (int64_t r = 0; r < rows; r++, x += width, out += width) {
    vf total = splat(0);
    EACH(i, n, width, { vf v = GET(x + i, n, 0); total = FMA(v, v, total); });
    float scale = 1.0f / sqrtf(sum(total) / (float)width + epsilon);
    if (inverse) inverse[r] = scale;
    EACH(i, n, width, { PUT(out + i, n, GET(x + i, n, 0) * splat(scale) * (splat(offset) + GET(weight + i, n, 0))); });
  }
}

/* x, dout, residual, dx [rows, width]; weight, dweight [width]; inverse [rows].
 * With s = 1 / rms: dx = s * (w dout) - x * s^3 / width * (w dout . x) */
static void TK_NAME(norm_backward)(int64_t rows, int64_t width, const float *x, const float *weight, float offset,
                                   const float *inverse, const float *dout, const float *residual, float *dx,
                                   float *dweight) {
  for (int64_t r = 0; r < rows; r++, x += width, dout += width, dx += width) {
    float s = inverse[r];
    vf total = splat(0);
    EACH(i, n, width, {
      vf g = GET(dout + i, n, 0);
      vf v = GET(x + i, n, 0);
      total = FMA(g * (splat(offset) + GET(weight + i, n, 0)), v, total);
      PUT(dweight + i, n, FMA(g, v * splat(s), GET(dweight + i, n, 0)));
    });
    float along = sum(total) * s * s * s / (float)width;
    EACH(i, n, width, {
      vf g = GET(dout + i, n, 0) * (splat(offset) + GET(weight + i, n, 0)) * splat(s);
      vf d = FMA(GET(x + i, n, 0), splat(-along), g);
      PUT(dx + i, n, residual ? GET(residual + r * width + i, n, 0) + d : d);
    });
  }
}

/* x [width] */
INLINE float mean_of(int64_t width, const float *x) {
  vf total = splat(0);
  EACH(i, n, width, { total += GET(x + i, n, 0); });
  return sum(total) / (float)width;
}

/* x, out [rows, width]; weight, bias [width]; inverse [rows] */
static void TK_NAME(layer_norm)(int64_t rows, int64_t width, const float *x, const float *weight, const float *bias,
                                float epsilon, float *out, float *inverse) {
  for (int64_t r = 0; r < rows; r++, x += width, out += width) {
    float mean = mean_of(width, x);
    vf total = splat(0);
    EACH(i, n, width, { vf v = GET(x + i, n, mean) - splat(mean); total = FMA(v, v, total); });
    float scale = 1.0f / sqrtf(sum(total) / (float)width + epsilon);
    if (inverse) inverse[r] = scale;
    EACH(i, n, width, {
      vf v = (GET(x + i, n, 0) - splat(mean)) * splat(scale);
      PUT(out + i, n, FMA(v, GET(weight + i, n, 0), GET(bias + i, n, 0)));
    });
  }
}

/* x, dout, residual, dx [rows, width]; weight, dweight, dbias [width]; inverse [rows].
 * With h = (x - mean) s and g = w dout: dx = s (g - mean(g) - h mean(g h)) */
static void TK_NAME(layer_norm_backward)(int64_t rows, int64_t width, const float *x, const float *weight,
                                         const float *inverse, const float *dout, const float *residual, float *dx,
                                         float *dweight, float *dbias) {
  for (int64_t r = 0; r < rows; r++, x += width, dout += width, dx += width) {
    float s = inverse[r], mean = mean_of(width, x);
    vf all = splat(0), along = splat(0);
    EACH(i, n, width, {
      vf d = GET(dout + i, n, 0);
      vf h = (GET(x + i, n, 0) - splat(mean)) * splat(s);
      vf g = d * GET(weight + i, n, 0);
      all += g;
      along = FMA(g, h, along);
      PUT(dweight + i, n, FMA(d, h, GET(dweight + i, n, 0)));
      PUT(dbias + i, n, GET(dbias + i, n, 0) + d);
    });
    float a = sum(all) / (float)width, b = sum(along) / (float)width;
    EACH(i, n, width, {
      vf h = (GET(x + i, n, 0) - splat(mean)) * splat(s);
      vf g = GET(dout + i, n, 0) * GET(weight + i, n, 0);
      vf d = (FMA(h, splat(-b), g) - splat(a)) * splat(s);
      PUT(dx + i, n, residual ? GET(residual + r * width + i, n, 0) + d : d);
    });
  }
}

/* x [rows, heads, head_size] by `stride`; positions [rows]; cosines, sines [all positions, width / 2] */
static void TK_NAME(rotate)(int64_t rows, int64_t stride, int64_t heads, int64_t head_size, int64_t width, float *x,
                            const int32_t *positions, const float *cosines, const float *sines, bool back) {
  int64_t half = width / 2;
  for (int64_t r = 0; r < rows; r++) {
    const float *c = cosines + positions[r] * half, *s = sines + positions[r] * half;
    for (int64_t h = 0; h < heads; h++) {
      float *a = x + r * stride + h * head_size, *b = a + half;
      EACH(i, n, half, {
        vf u = GET(a + i, n, 0);
        vf v = GET(b + i, n, 0);
        vf co = GET(c + i, n, 0);
        vf si = GET(s + i, n, 0);
        si = back ? -si : si;
        PUT(a + i, n, u * co - v * si);
        PUT(b + i, n, FMA(u, si, v * co));
      });
    }
  }
}

INLINE vf sigmoid_of(vf g, float linear, float cubic) {
  vf z = g * FMA(g * g, splat(cubic), splat(linear));
  return splat(1) / (splat(1) + exponential(-z));
}

/* gate_up [rows, 2, width], or [rows, width] when not gated; out [rows, width] */
static void TK_NAME(gated_activation)(int64_t rows, int64_t width, bool gated, float linear, float cubic,
                                      const float *gate_up, float *out) {
  int64_t stride = gated ? 2 * width : width;
  for (int64_t r = 0; r < rows; r++, gate_up += stride, out += width)
    EACH(i, n, width, {
      vf g = GET(gate_up + i, n, 0);
      vf y = g * sigmoid_of(g, linear, cubic);
      PUT(out + i, n, gated ? y * GET(gate_up + width + i, n, 0) : y);
    });
}

/* gate_up, dgate_up [rows, 2, width], or [rows, width] when not gated; dout, out [rows, width] */
static void TK_NAME(gated_activation_backward)(int64_t rows, int64_t width, bool gated, float linear, float cubic,
                                               const float *gate_up, const float *dout, float *out, float *dgate_up) {
  int64_t stride = gated ? 2 * width : width;
  for (int64_t r = 0; r < rows; r++, gate_up += stride, dgate_up += stride, dout += width, out += width)
    EACH(i, n, width, {
      vf g = GET(gate_up + i, n, 0);
      vf d = GET(dout + i, n, 0);
      vf u = gated ? GET(gate_up + width + i, n, 0) : splat(1);
      vf share = sigmoid_of(g, linear, cubic);
      vf y = g * share;
      PUT(out + i, n, y * u);
      /* (g s(z))' = s (1 + g (1 - s) z'), z = linear g + cubic g^3 */
      vf slope = FMA(g * g, splat(3 * cubic), splat(linear));
      PUT(dgate_up + i, n, d * u * share * FMA(g * slope, splat(1) - share, splat(1)));
      if (gated) PUT(dgate_up + width + i, n, d * y);
    });
}
