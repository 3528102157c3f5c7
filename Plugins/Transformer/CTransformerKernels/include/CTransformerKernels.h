/* Arithmetic of the Transformer plugin: matrix products in float32, bf16, and 8 bits, element-wise kernels in float32,
 * thread pool.
 *
 * Every output element is one fixed chain of operations that does not depend on how many rows are computed together,
 * on the number of threads or on the vector width of the machine: a row gives the same bits alone and in any batch.
 * With OpenBLAS's products the chain is another one on each kind of processor. NaN and infinity propagate everywhere.
 *
 * Shapes stand in brackets behind the name, outermost first: x [rows, width] is row-major, and x [rows, width] by
 * `stride` has rows that begin `stride` elements apart. Sizes and strides are in elements. Pointers do not overlap
 * unless that is said. Products take up to 256 KiB of stack. */
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

enum { TK_PORTABLE = 0, TK_AVX2 = 1, TK_AVX512 = 2, TK_AVX512_BF16 = 3 };
/* The best set of this machine. TK_AVX512_BF16 has the instructions for bf16 and for whole numbers of 8 bits. */
int32_t tk_best_level(void);

/* An implementation of the matrix products for one kind of numbers. Left-hand matrices and results are float32; other
 * operands are stored as the implementation wants them. */
typedef struct TKProducts {
  /* Columns of one panel of a packed right-hand matrix. */
  int64_t panel;
  /* Threads share a product's columns in multiples of these, a multiple of panel, since more could change its bits. */
  int64_t strip;
  /* Bytes of a packed number. */
  int64_t bytes;
  /* Neighboring rows whose elements lie together in a packed matrix, a stack, and C of accumulate. */
  int64_t group;
  /* Rows of a panel that holds k rows of numbers: the rest is padding, or what belongs to its columns. */
  int64_t (*rows)(int64_t k);

  /* packed [ceil(n / panel), rows(capacity) / group, panel, group] = B [k, n], zero where a panel has more columns than
   * B. B: element (i, j) is b[i * row_stride + j * column_stride]. capacity >= k: rows that a panel has room for. */
  void (*pack)(void *packed, const float *b, int64_t row_stride, int64_t column_stride, int64_t k, int64_t n,
               int64_t capacity);
  /* packed [ceil(columns / panel), ...] = the transpose of a packed matrix [ceil(rows / panel), ...] of `columns` rows;
   * NULL for numbers that are not trained with. */
  void (*pack_transposed)(void *packed, const void *from, int64_t rows, int64_t columns);
  /* Column j of a packed matrix = x [k]. */
  void (*put_column)(void *packed, int64_t j, const float *x, int64_t k, int64_t capacity);
  /* x [k] = column j of a packed matrix of k rows. */
  void (*get_column)(const void *packed, int64_t j, float *x, int64_t k);
  /* Row p of a packed matrix = x [n]; rows are put in their order. NULL as above. */
  void (*put_row)(void *packed, int64_t p, const float *x, int64_t n, int64_t capacity);
  /* C [m, n] by ldc = D [m, n] by ldd + A [m, k] B [k, n].
   * A: element (i, p) is a[i * a_row + p * a_column], one of both strides being 1.
   * packed: B. D: C itself, or NULL for zero. */
  void (*multiply)(int64_t m, int64_t n, int64_t k, const float *a, int64_t a_row, int64_t a_column,
                   const void *packed, int64_t capacity, float *c, int64_t ldc, const float *d, int64_t ldd);
  /* Rows first ..< first + rows of a left stack [ceil(all rows / group), n, group] = x [rows, n] by ldx. NULL as above. */
  void (*stack_left)(void *stacked, const float *x, int64_t ldx, int64_t first, int64_t rows, int64_t n);
  /* Rows first ..< first + rows of a stack = x [rows, n] by ldx: with kernels of our own
   * [blocks of TK_BLOCK rows, ceil(n / panel), TK_BLOCK / group, panel, group], with OpenBLAS [rows, n]. NULL as above. */
  void (*stack)(void *stacked, const float *x, int64_t ldx, int64_t first, int64_t rows, int64_t n);
  /* Columns first ..< first + n of C [m, columns] += A^T B, the product of a weight gradient. `first` begins a strip.
   * left: A [k, m] as `stack_left` makes it. stacked: B [k, columns] as `stack` makes it. c [ceil(columns / panel),
   * m / group, panel, group]: C in float32, as `pack` orders it. NULL as above. */
  void (*accumulate)(int64_t m, int64_t first, int64_t n, int64_t k, const void *left, const void *stacked,
                     int64_t columns, float *c);
  /* to [rows, rows(width)]: x [rows, width] by `stride`, as block_scores wants its queries. This and what follows is NULL
   * for products that attention does not use. */
  void (*lay_rows)(int64_t rows, int64_t width, const float *x, int64_t stride, void *to);
  /* scores [heads, rows, TK_POSITIONS] by (head_stride, stride) = queries [heads, rows, rows(head_size)] times a block of
   * keys [heads, TK_POSITIONS / panel, rows(head_size) / group, panel, group], of which all positions are used.
   * next: a block like keys that is wanted after this one; it is fetched meanwhile. */
  void (*block_scores)(int64_t heads, int64_t rows, int64_t head_size, const void *queries, const void *keys,
                       float *scores, int64_t head_stride, int64_t stride, const void *next);
  /* out [heads, rows, head_size] += weights [heads, rows, positions] by (head_stride, stride) times the first
   * `positions` of a block of values [heads, ceil(head_size / panel), TK_POSITIONS / group, panel, group].
   * next: a block like values that is wanted after this one. */
  void (*attend_values)(int64_t heads, int64_t rows, int64_t head_size, int64_t positions, const float *weights,
                        int64_t head_stride, int64_t stride, const void *values, float *out, const void *next);
} TKProducts;

/* One table per instruction set; functions are described below. */
typedef struct TKKernels {
  int32_t level;
  /* The products of this set, in float32, in bf16, and of whole numbers of 8 bits. All have the same panels. */
  const TKProducts *products, *products_bf16, *products_int8;

  /* out [rows, width] = x [rows, width] / rms(row) * (offset + weight [width]); inverse [rows] = 1 / rms(row), or NULL.
   * rms(row) = sqrt(mean square + epsilon). out may be x. */
  void (*norm)(int64_t rows, int64_t width, const float *x, const float *weight, float offset, float epsilon,
               float *out, float *inverse);
  /* dx [rows, width] = residual [rows, width] + what dout [rows, width] gives; dweight [width] += its part.
   * x [rows, width], weight [width], inverse [rows]: as in norm. residual: dx itself, or NULL for zero. dout may be
   * dx. */
  void (*norm_backward)(int64_t rows, int64_t width, const float *x, const float *weight, float offset,
                        const float *inverse, const float *dout, const float *residual, float *dx, float *dweight);
  /* out [rows, width] = (x [rows, width] - mean(row)) / deviation(row) * weight [width] + bias [width];
   * inverse [rows] = 1 / deviation(row), or NULL. out may be x. */
  void (*layer_norm)(int64_t rows, int64_t width, const float *x, const float *weight, const float *bias,
                     float epsilon, float *out, float *inverse);
  /* As norm_backward, with dbias [width] += its part. */
  void (*layer_norm_backward)(int64_t rows, int64_t width, const float *x, const float *weight, const float *inverse,
                              const float *dout, const float *residual, float *dx, float *dweight, float *dbias);
  /* Rotates x [rows, heads, head_size] by `stride`, in place: the halves of the first `width` elements of each head are
   * the parts of complex numbers that are turned by the angles of their position, or back.
   * positions [rows]; cosines, sines [all positions, width / 2]. */
  void (*rotate)(int64_t rows, int64_t stride, int64_t heads, int64_t head_size, int64_t width, float *x,
                 const int32_t *positions, const float *cosines, const float *sines, bool back);
  /* out [rows, width] = gate sigmoid(linear gate + cubic gate^3) * up: SiLU with (1, 0), GELU's tanh form with
   * (2 sqrt(2/pi), 0.044715 * 2 sqrt(2/pi)).
   * gate_up [rows, 2, width]: gate, then up; without `gated`, [rows, width]: gate alone, up being 1. */
  void (*gated_activation)(int64_t rows, int64_t width, bool gated, float linear, float cubic, const float *gate_up,
                           float *out);
  /* dgate_up, like gate_up, from dout [rows, width]; out [rows, width] is computed again on the way. out may be
   * dout. */
  void (*gated_activation_backward)(int64_t rows, int64_t width, bool gated, float linear, float cubic,
                                    const float *gate_up, const float *dout, float *out, float *dgate_up);
  /* Rows of s [rows, width] by `stride` become probabilities: softmax(scale * s[row, low ..< valid]), zero elsewhere;
   * valid = first + row, at most width; low = valid - window, at least 0.
   * log_sums [rows]: log of the sum of exponentials, or NULL. */
  void (*causal_softmax)(int64_t rows, int64_t first, int64_t window, int64_t width, int64_t stride, float scale,
                         float *s, float *log_sums);
  /* As causal_softmax, from known log_sums [rows]. */
  void (*causal_probabilities)(int64_t rows, int64_t first, int64_t window, int64_t width, int64_t stride,
                               float scale, float *s, const float *log_sums);
  /* dp [rows, width] by `stride` becomes ds = scale * p * (dp - dots[row]), zero outside low ..< valid.
   * p [rows, width] by `stride`: the probabilities. dots [rows]: p . dp of each row. */
  void (*softmax_backward)(int64_t rows, int64_t first, int64_t window, int64_t width, int64_t stride, float scale,
                           const float *p, float *dp, const float *dots);
  /* x [rows, width] by `stride` becomes cap * tanh(scale * x / cap).
   * slopes [rows, width] by `stride`: d / dx of that, or NULL. */
  void (*soft_cap)(int64_t rows, int64_t width, int64_t stride, float scale, float cap, float *x, float *slopes);
  /* x [rows, width] by `stride` *= by [rows, width] by `stride`, or *= factor when by is NULL. */
  void (*scale)(int64_t rows, int64_t width, int64_t stride, float factor, const float *by, float *x);
  /* dots [rows] = a [rows, width] by lda . b [rows, width] by ldb, row by row. */
  void (*row_dots)(int64_t rows, int64_t width, const float *a, int64_t lda, const float *b, int64_t ldb, float *dots);
  /* log sum exp(scale * x [count]). entropy [1]: that of the softmax in nats, or NULL. */
  float (*log_sum)(int64_t count, float scale, const float *x, float *entropy);
  /* x [count] becomes d loss / d x of log-prob (weight dlogprob) and entropy (weight dentropy) of softmax(scale * x):
   * scale * (dlogprob * ([i = target] - p) - dentropy * p * (log p + entropy)). */
  void (*log_sum_backward)(int64_t count, float scale, float *x, float log_sum, float entropy, int64_t target,
                           float dlogprob, float dentropy);
  /* out [count] = exp(scale * x [count] - shift); out may be x. */
  void (*exponentials)(int64_t count, float scale, const float *x, float shift, float *out);
  /* The index at share u in 0..<1 of the running sum of non-negative weights p [count]; -1 when there is no mass. */
  int64_t (*sample_index)(int64_t count, const float *p, double u);
  /* First index of the largest value of x [count]; -1 when a NaN hides it. */
  int64_t (*argmax)(int64_t count, const float *x);
  /* to [count] = x [count] rounded to bf16 */
  void (*round)(int64_t count, const float *x, uint16_t *to);
  /* to [count] = from [count] */
  void (*widen)(int64_t count, const uint16_t *from, float *to);
  /* The sum of all x [count] that are at least `least`. */
  double (*sum_at_least)(int64_t count, float least, const float *x);
  /* to [count] += from [count] */
  void (*add)(int64_t count, float *to, const float *from);
  /* to [count] += factor * from [count] */
  void (*add_scaled)(int64_t count, float *to, const float *from, float factor);
  /* to [count] = every stride-th group of from [count / group, stride, group] */
  void (*gather)(int64_t count, int64_t stride, int64_t group, const float *from, float *to);
  /* every stride-th group of to [count / group, stride, group] += from [count] */
  void (*scatter_add)(int64_t count, int64_t stride, int64_t group, const float *from, float *to);
  /* Sum of squares of x [count] in double precision, in a fixed order. */
  double (*sum_of_squares)(int64_t count, const float *x);
  /* AdamW on weights, gradients, first and second moments [count] of one tensor: gradients are multiplied by `scale`
   * first; returns the sum of squares of the change. */
  double (*adamw)(int64_t count, float *weights, const float *gradients, float *first, float *second, float scale,
                  float rate, float beta1, float beta2, float correction1, float correction2, float epsilon,
                  float decay);
  /* The same on weights of which bf16 is the upper half, and the rest of a float32 the lower one. Their sum is the
   * weight: the upper half is the nearest bf16, the larger one of two, the lower one has a sign. */
  double (*adamw_bf16)(int64_t count, uint16_t *upper, uint16_t *lower, const float *gradients, float *first,
                       float *second, float scale, float rate, float beta1, float beta2, float correction1,
                       float correction2, float epsilon, float decay);
  /* A panel of such weights, upper and lower [k / 2, panel, 2] = x [panel, k], k being even. What is zero in `lower` and
   * stays so is not written, so that memory which was never touched is not. */
  void (*split_panel)(int64_t k, const float *x, uint16_t *upper, uint16_t *lower);
  /* A panel of products_int8 = the transpose of x [panel, k]. */
  void (*put_panel_int8)(void *panel, const float *x, int64_t k);
  /* Whether all of x [count] are finite. */
  bool (*finite)(int64_t count, const float *x);
} TKKernels;

/* The table of a level, which must not be above tk_best_level(). */
const TKKernels *tk_kernels(int32_t level);
/* The products of OpenBLAS; NULL when it cannot be opened, for the reason given. `reason` may be NULL. */
const TKProducts *tk_openblas(const char **reason);
/* Numbers that a packed matrix takes. */
int64_t tk_packed_size(const TKProducts *products, int64_t capacity, int64_t n);
/* Numbers that a stack takes. */
int64_t tk_stack_size(const TKProducts *products, int64_t rows, int64_t n);

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

/* ---- memory: 64-byte aligned, zeroed, in huge pages where the system has them, unless most of it will not be touched */
void *tk_allocate(size_t bytes, bool is_sparse);
void tk_release(void *memory, size_t bytes);

#endif
