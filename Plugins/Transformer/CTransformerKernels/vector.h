/* The kernels, compiled once per instruction set. The including file defines
 *   TK_NAME(x)  name of x for this set        TK_LEVEL  its TK_... level
 *   TK_ROWS, TK_VECTORS  the register tile of the matrix product: rows x vectors of 16 floats
 * Vectors always have 16 lanes, whatever the registers are, so that reductions have one order everywhere. */

#include <math.h>
#include <string.h>

#include "CTransformerKernels.h"

typedef float vf __attribute__((ext_vector_type(16)));
typedef float vfu __attribute__((ext_vector_type(16), aligned(4)));
typedef int32_t vi __attribute__((ext_vector_type(16)));
typedef double vd __attribute__((ext_vector_type(8)));

/* Vectors wider than the registers never cross a call: all that takes them is inlined. */
#pragma clang diagnostic ignored "-Wpsabi"
/* Fused multiply-adds are written out, so that no compiler's choice changes a bit. */
#pragma STDC FP_CONTRACT OFF

#define INLINE static inline __attribute__((always_inline))
#define PANEL (16 * TK_VECTORS)
#define FMA __builtin_elementwise_fma
#define UNROLL _Pragma("clang loop unroll(full)")

INLINE vf load(const float *p) { return *(const vfu *)p; }
INLINE void store(float *p, vf v) { *(vfu *)p = v; }
INLINE vf splat(float x) { return (vf)(x); }

/* n in 1...15 lanes, the others get `fill` */
INLINE vf load_part(const float *p, int64_t n, float fill) {
  float lanes[16];
  for (int i = 0; i < 16; i++) lanes[i] = i < n ? p[i] : fill;
  return load(lanes);
}
INLINE void store_part(float *p, int64_t n, vf v) {
  float lanes[16];
  store(lanes, v);
  for (int i = 0; i < n; i++) p[i] = lanes[i];
}

INLINE float sum(vf v) {
  typedef float v8 __attribute__((ext_vector_type(8)));
  typedef float v4 __attribute__((ext_vector_type(4)));
  v8 a = v.lo + v.hi;
  v4 b = a.lo + a.hi;
  return (b.x + b.z) + (b.y + b.w);
}
INLINE float largest(vf v) {
  float m = v[0];
  UNROLL for (int i = 1; i < 16; i++) m = v[i] > m ? v[i] : m;
  return m;
}

/* exp with a relative error below 2e-7 (degree-6 minimax polynomial after reduction by ln 2, Cephes coefficients).
 * Below -87.3 the result is 0, above 88.7 infinity; NaN stays NaN. */
INLINE vf exponential(vf x) {
  vf low = splat(-87.33654f), high = splat(88.72283f);
  vf c = x < low ? low : x;
  c = c > high ? high : c;
  /* rounds to nearest by the 1.5 * 2^23 trick, which needs no instruction beyond add */
  vf magic = splat(12582912.0f);
  vf t = FMA(c, splat(1.44269504f), magic);
  vf n = t - magic;
  vf r = FMA(n, splat(-0.693359375f), c);
  r = FMA(n, splat(2.12194440e-4f), r);
  vf p = splat(1.9875691500e-4f);
  p = FMA(p, r, splat(1.3981999507e-3f));
  p = FMA(p, r, splat(8.3334519073e-3f));
  p = FMA(p, r, splat(4.1665795894e-2f));
  p = FMA(p, r, splat(1.6666665459e-1f));
  p = FMA(p, r, splat(5.0000001201e-1f));
  p = FMA(p, r * r, r + splat(1.0f));
  /* 2^n in two factors, since n = 128 has no exponent of its own */
  vi k = (vi)t - (vi)magic;
  vi half = k >> 1;
  vf s1 = (vf)((half + 127) << 23);
  vf s2 = (vf)((k - half + 127) << 23);
  vf y = p * s1 * s2;
  y = x < low ? splat(0) : y;
  y = x > high ? splat(INFINITY) : y;
  return x != x ? x : y;
}

/* body(i, n) for whole vectors (n = 16) and the rest of a row */
#define EACH(i, n, count, ...)                                          \
  do {                                                                  \
    int64_t i = 0;                                                      \
    for (; i + 16 <= (count); i += 16) { const int64_t n = 16; __VA_ARGS__ } \
    if (i < (count)) { const int64_t n = (count) - i; __VA_ARGS__ }     \
  } while (0)
#define GET(p, n, fill) ((n) == 16 ? load(p) : load_part(p, n, fill))
#define PUT(p, n, v) do { if ((n) == 16) store(p, v); else store_part(p, n, v); } while (0)
