/* Arithmetic of the Transformer plugin: float32 matrix product, element-wise kernels, thread pool.
 *
 * Every output element is one fixed chain of operations that does not depend on how many rows are computed together,
 * on the number of threads or on the vector width of the machine: a row gives the same bits alone and in any batch.
 * That is why the products are ours and not a BLAS's. All matrices are row-major; sizes are in elements.
 * NaN and infinity propagate everywhere. */
#ifndef CTRANSFORMERKERNELS_H
#define CTRANSFORMERKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- instruction sets */

/* Rows of one block of a stack. */
enum { TK_BLOCK = 256 };
/* Positions of one block of keys and values: a multiple of every panel's columns. */
enum { TK_POSITIONS = 32 };

enum { TK_PORTABLE = 0, TK_AVX2 = 1, TK_AVX512 = 2 };
/* The best set of this machine. */
int32_t tk_best_level(void);

/* One table per instruction set; functions are described below. */
typedef struct TKKernels {
  int32_t level;
  /* Columns of one panel of a packed right-hand matrix. */
  int64_t panel;

  /* Packs B[k][n] = b[k * row_stride + n * column_stride] into ceil(n / panel) panels of [k][panel], zero padded.
   * `capacity` >= k is the number of rows a panel has room for. */
  void (*pack)(float *to, const float *b, int64_t row_stride, int64_t column_stride, int64_t k, int64_t n,
               int64_t capacity);
  /* C[m][n] = D[m][n] + A[m][k] B[k][n]; A[i][k] = a[i * a_row + k * a_column], one of both strides being 1.
   * B is packed with `capacity` rows a panel. D may be C or NULL (zero). */
  void (*multiply)(int64_t m, int64_t n, int64_t k, const float *a, int64_t a_row, int64_t a_column,
                   const float *packed, int64_t capacity, float *c, int64_t ldc, const float *d, int64_t ldd);
  /* Scores of queries [heads][rows][depth] against a block of keys: [heads], each TK_POSITIONS columns packed to `depth`.
   * scores[head * head_stride + row * stride + position]; all TK_POSITIONS are written. `ahead`: a block like `keys`
   * that is wanted next; it is fetched meanwhile. */
  void (*block_scores)(int64_t heads, int64_t rows, int64_t depth, const float *queries, const float *keys,
                       float *scores, int64_t head_stride, int64_t stride, const float *ahead);
  /* out [heads][rows][width] += the first `positions` weights, laid out like scores, times a block of values: [heads],
   * each TK_POSITIONS rows of `width` columns packed. */
  void (*block_mix)(int64_t heads, int64_t rows, int64_t width, int64_t positions, const float *weights,
                    int64_t head_stride, int64_t stride, const float *values, float *out, const float *ahead);
  /* Packs rows of X [..][n] as rows first ..< first + rows of a stack: blocks of TK_BLOCK rows, each of panels of
   * [TK_BLOCK][panel]. */
  void (*stack)(float *to, const float *x, int64_t ldx, int64_t first, int64_t rows, int64_t n);
  /* C[m][n] += A^T B over k rows of A [k][lda] and n columns of a stack B [k][columns], which begin at a panel: the
   * product of a weight gradient. C is in panels as `pack` makes them. One block of rows is summed at a time. */
  void (*accumulate)(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const float *stacked,
                     int64_t columns, float *c);

  /* out = x / rms(x) * (offset + weight), rms over each row; inverse[row] = 1 / rms. `inverse` may be NULL; out may
   * be x. */
  void (*norm)(int64_t rows, int64_t width, const float *x, const float *weight, float offset, float epsilon,
               float *out, float *inverse);
  /* dx = residual + d norm^T dout; dweight += ... ; residual may be dx or NULL (zero). */
  void (*norm_backward)(int64_t rows, int64_t width, const float *x, const float *weight, float offset,
                        const float *inverse, const float *dout, const float *residual, float *dx, float *dweight);
  /* out = (x - mean) / deviation * weight + bias over each row; inverse[row] = 1 / deviation, or NULL. */
  void (*layer_norm)(int64_t rows, int64_t width, const float *x, const float *weight, const float *bias,
                     float epsilon, float *out, float *inverse);
  void (*layer_norm_backward)(int64_t rows, int64_t width, const float *x, const float *weight, const float *inverse,
                              const float *dout, const float *residual, float *dx, float *dweight, float *dbias);
  /* Rotates halves of `heads` neighbouring heads of each row by the angle of its position, or back.
   * cosines, sines: [position][head / 2]. */
  void (*rotate)(int64_t rows, int64_t stride, int64_t heads, int64_t head, float *x, const int32_t *positions,
                 const float *cosines, const float *sines, bool back);
  /* out = gate sigmoid(linear gate + cubic gate^3) * up: SiLU with (1, 0), GELU's tanh form with
   * (2 sqrt(2/pi), 0.044715 * 2 sqrt(2/pi)). gate and up are the halves of each row; without `gated`, rows are gate
   * alone and up is 1. */
  void (*gate)(int64_t rows, int64_t width, bool gated, float linear, float cubic, const float *gate_up, float *out);
  /* Gradients of gate and up from the gradient of out; `out` is recomputed on the way. */
  void (*gate_backward)(int64_t rows, int64_t width, bool gated, float linear, float cubic, const float *gate_up,
                        const float *dout, float *out, float *dgate_up);
  /* Rows of scores become probabilities: softmax(scale * s[low..<valid]) with zeros elsewhere in [0, width);
   * valid = first + row, at most width; low = valid - window, at least 0. log_sums[row]: log of the sum of
   * exponentials. NULL: not wanted. */
  void (*causal_softmax)(int64_t rows, int64_t first, int64_t window, int64_t width, int64_t stride, float scale,
                         float *s, float *log_sums);
  /* As causal_softmax, from known log_sums. */
  void (*causal_probabilities)(int64_t rows, int64_t first, int64_t window, int64_t width, int64_t stride,
                               float scale, float *s, const float *log_sums);
  /* ds = scale * p * (dp - row dot), in place of dp; zero outside [low, valid). */
  void (*softmax_backward)(int64_t rows, int64_t first, int64_t window, int64_t width, int64_t stride, float scale,
                           const float *p, float *dp, const float *dots);
  /* x = cap * tanh(scale * x / cap); slopes = d / dx of that, NULL: not wanted. */
  void (*soft_cap)(int64_t rows, int64_t width, int64_t stride, float scale, float cap, float *x, float *slopes);
  /* x *= by, element by element, or x *= factor when by is NULL */
  void (*scale)(int64_t rows, int64_t width, int64_t stride, float factor, const float *by, float *x);
  /* dots[row] = a[row] . b[row] */
  void (*row_dots)(int64_t rows, int64_t width, const float *a, int64_t lda, const float *b, int64_t ldb, float *dots);
  /* log sum exp(scale * x); with `entropy`, the entropy of the softmax in nats too. */
  float (*log_sum)(int64_t count, float scale, const float *x, float *entropy);
  /* x = d loss / d x of log-prob (weight a) and entropy (weight b) of softmax(scale * x):
   * scale * (a * ([i = target] - p) - b * p * (log p + entropy)). */
  void (*log_sum_backward)(int64_t count, float scale, float *x, float log_sum, float entropy, int64_t target,
                           float dlogprob, float dentropy);
  /* out[i] = exp(scale * x[i] - shift) */
  void (*exponentials)(int64_t count, float scale, const float *x, float shift, float *out);
  /* The index at share u in 0..<1 of the running sum of non-negative weights p; -1 when there is no mass. */
  int64_t (*pick)(int64_t count, const float *p, double u);
  /* First index of the largest value; -1 when a NaN hides it. */
  int64_t (*top)(int64_t count, const float *x);
  /* to += from */
  void (*add)(int64_t count, float *to, const float *from);
  /* to += factor * from */
  void (*add_scaled)(int64_t count, float *to, const float *from, float factor);
  /* Elements `stride` apart: to[i] = from[i * stride], and to[i * stride] += from[i]. */
  void (*gather)(int64_t count, int64_t stride, const float *from, float *to);
  void (*scatter_add)(int64_t count, int64_t stride, const float *from, float *to);
  /* Sum of squares in double precision, in a fixed order. */
  double (*squares)(int64_t count, const float *x);
  /* AdamW on one tensor: gradients are multiplied by `scale` first; returns the sum of squares of the change. */
  double (*adamw)(int64_t count, float *weights, const float *gradients, float *first, float *second, float scale,
                  float rate, float beta1, float beta2, float correction1, float correction2, float epsilon,
                  float decay);
  /* Whether all are finite. */
  bool (*finite)(int64_t count, const float *x);
} TKKernels;

/* The table of a level, which must not be above tk_best_level(). */
const TKKernels *tk_kernels(int32_t level);
/* Floats that a packed matrix takes. */
int64_t tk_packed_size(const TKKernels *kernels, int64_t capacity, int64_t n);
/* Floats that a stack takes. */
int64_t tk_stack_size(const TKKernels *kernels, int64_t rows, int64_t n);

/* ---- threads */

typedef struct TKPool TKPool;
typedef void (*TKBody)(void *context, int64_t worker, int64_t index);
/* Starts no thread yet. NULL: out of memory. */
TKPool *tk_pool_create(void);
/* Joins all threads. */
void tk_pool_destroy(TKPool *pool);
/* body(context, worker, index) for each index below count on at most `threads` threads, the caller being worker 0.
 * Returns when all are done. Not re-entrant; one call at a time per pool. False: a thread could not be started and
 * the work was done by fewer. */
bool tk_pool_run(TKPool *pool, int64_t threads, int64_t count, TKBody body, void *context);

/* ---- memory: 64-byte aligned, zeroed, in huge pages where the system has them */
void *tk_allocate(size_t bytes);
void tk_release(void *memory, size_t bytes);

#endif
