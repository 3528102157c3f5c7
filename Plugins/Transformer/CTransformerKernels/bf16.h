/* bf16, the upper half of a float32, and products of it.
 *
 * Two terms of a sum lie in one word: term 2q in its lower half, term 2q + 1 in its upper one. A sum takes the odd term
 * of a word first, then the even one, rounding to nearest after each; whatever is below the smallest normal number counts
 * as zero, before and after. That is what the instruction vdpbf16ps does, and every set does the same. */

typedef uint32_t vw __attribute__((ext_vector_type(16)));
typedef uint32_t vwu __attribute__((ext_vector_type(16), aligned(4), may_alias));
typedef uint16_t vh __attribute__((ext_vector_type(16)));
typedef uint16_t vhu __attribute__((ext_vector_type(16), aligned(2), may_alias));
/* A half of a word. */
typedef uint16_t half __attribute__((may_alias));

INLINE vw load_words(const uint32_t *p) { return *(const vwu *)p; }
INLINE void store_words(uint32_t *p, vw v) { *(vwu *)p = v; }

/* While these products are made, numbers below the smallest normal one become zero: by the processor, or by hand. */
#ifdef TK_HAS_FLUSHING
INLINE uint32_t begin_flushing(void) {
  uint32_t mode = __builtin_ia32_stmxcsr();
  __builtin_ia32_ldmxcsr(mode | 0x8040);
  return mode;
}
INLINE void end_flushing(uint32_t mode) { __builtin_ia32_ldmxcsr(mode); }
INLINE vf flushed(vf x) { return x; }
#else
INLINE uint32_t begin_flushing(void) { return 0; }
INLINE void end_flushing(uint32_t mode) { (void)mode; }
INLINE vf flushed(vf x) {
  vw size = (vw)x & 0x7fffffff;
  return size < 0x00800000 ? (vf)((vw)x & 0x80000000) : x;
}
#endif

/* sum + the products of the two terms in each word */
INLINE vf dot(vf sum, vw left, vw right) {
#ifdef TK_HAS_DOTS
  return (vf)_mm512_dpbf16_ps((__m512)sum, (__m512bh)left, (__m512bh)right);
#else
  sum = flushed(FMA(flushed((vf)(left & 0xffff0000)), flushed((vf)(right & 0xffff0000)), sum));
  return flushed(FMA(flushed((vf)(left << 16)), flushed((vf)(right << 16)), sum));
#endif
}

/* The nearest bf16, the even one of two; NaN stays NaN. */
INLINE vh rounded(vf x) {
#ifdef TK_HAS_DOTS
  return (vh)_mm512_cvtneps_pbh((__m512)x);
#else
  vw bits = (vw)x, size = bits & 0x7fffffff;
  vw near = bits + 0x7fff + (bits >> 16 & 1);
  near = size < 0x00800000 ? bits & 0x80000000 : near;
  near = size > 0x7f800000 ? bits | 0x00400000 : near;
  return __builtin_convertvector(near >> 16, vh);
#endif
}

/* Words of two rows' elements. */
INLINE vw paired(vf even, vf odd) {
  return __builtin_convertvector(rounded(even), vw) | __builtin_convertvector(rounded(odd), vw) << 16;
}
INLINE vf lower(vw words) { return (vf)(words << 16); }
INLINE vf upper(vw words) { return (vf)(words & 0xffff0000); }

INLINE uint16_t rounded_one(float x) { return rounded(splat(x))[0]; }

static void TK_NAME(widen)(int64_t count, const uint16_t *from, float *to) {
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) store(to + i, lower(__builtin_convertvector(*(const vhu *)(from + i), vw)));
  for (; i < count; i++) to[i] = lower((vw)((uint32_t)from[i]))[0];
}

/* to [count], zero from there to the next even number */
INLINE void round_row(half *to, const float *x, int64_t count) {
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) *(vhu *)(to + i) = rounded(load(x + i));
  if (i == count) return;
  uint16_t rest[16];
  *(vhu *)rest = rounded(load_part(x + i, count - i, 0));
  for (int64_t j = 0; i + j < count + (count & 1); j++) to[i + j] = rest[j];
}

static void TK_NAME(round)(int64_t count, const float *x, uint16_t *to) {
  round_row(to, x, count / 2 * 2);
  if (count & 1) to[count - 1] = rounded_one(x[count - 1]);
}
