/* Element-wise layers and their gradients. */

static void TK_NAME(norm)(int64_t rows, int64_t width, const float *x, const float *weight, float epsilon, float *out,
                          float *inverse) {
  for (int64_t r = 0; r < rows; r++, x += width, out += width) {
    vf total = splat(0);
    EACH(i, n, width, { vf v = GET(x + i, n, 0); total = FMA(v, v, total); });
    float scale = 1.0f / sqrtf(sum(total) / (float)width + epsilon);
    if (inverse) inverse[r] = scale;
    EACH(i, n, width, { PUT(out + i, n, GET(x + i, n, 0) * splat(scale) * GET(weight + i, n, 0)); });
  }
}

/* With s = 1 / rms: dx = s * (w dout) - x * s^3 / width * (w dout . x) */
static void TK_NAME(norm_backward)(int64_t rows, int64_t width, const float *x, const float *weight,
                                   const float *inverse, const float *dout, const float *residual, float *dx,
                                   float *dweight) {
  for (int64_t r = 0; r < rows; r++, x += width, dout += width, residual += width, dx += width) {
    float s = inverse[r];
    vf total = splat(0);
    EACH(i, n, width, {
      vf g = GET(dout + i, n, 0);
      vf v = GET(x + i, n, 0);
      total = FMA(g * GET(weight + i, n, 0), v, total);
      PUT(dweight + i, n, FMA(g, v * splat(s), GET(dweight + i, n, 0)));
    });
    float along = sum(total) * s * s * s / (float)width;
    EACH(i, n, width, {
      vf g = GET(dout + i, n, 0) * GET(weight + i, n, 0) * splat(s);
      PUT(dx + i, n, GET(residual + i, n, 0) + FMA(GET(x + i, n, 0), splat(-along), g));
    });
  }
}

static void TK_NAME(rotate)(int64_t rows, int64_t stride, int64_t heads, int64_t head, float *x,
                            const int32_t *positions, const float *cosines, const float *sines, bool back) {
  int64_t half = head / 2;
  for (int64_t r = 0; r < rows; r++) {
    const float *c = cosines + positions[r] * half, *s = sines + positions[r] * half;
    for (int64_t h = 0; h < heads; h++) {
      float *a = x + r * stride + h * head, *b = a + half;
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

static void TK_NAME(gate)(int64_t rows, int64_t width, const float *gate_up, float *out) {
  for (int64_t r = 0; r < rows; r++, gate_up += 2 * width, out += width)
    EACH(i, n, width, {
      vf g = GET(gate_up + i, n, 0);
      vf u = GET(gate_up + width + i, n, 0);
      PUT(out + i, n, g / (splat(1) + exponential(-g)) * u);
    });
}

static void TK_NAME(gate_backward)(int64_t rows, int64_t width, const float *gate_up, const float *dout, float *out,
                                   float *dgate_up) {
  for (int64_t r = 0; r < rows; r++, gate_up += 2 * width, dgate_up += 2 * width, dout += width, out += width)
    EACH(i, n, width, {
      vf g = GET(gate_up + i, n, 0);
      vf u = GET(gate_up + width + i, n, 0);
      vf d = GET(dout + i, n, 0);
      vf sigmoid = splat(1) / (splat(1) + exponential(-g));
      vf silu = g * sigmoid;
      PUT(out + i, n, silu * u);
      /* silu' = sigmoid * (1 + g * (1 - sigmoid)) */
      PUT(dgate_up + i, n, d * u * sigmoid * FMA(g, splat(1) - sigmoid, splat(1)));
      PUT(dgate_up + width + i, n, d * silu);
    });
}
