#include "exact_numbers.h"

#if __has_include(<flint/ca.h>)
#include <flint/ca.h>
#include <flint/fmpq.h>
#else
#include <calcium/ca.h>
#include <flint/fmpq.h>
#endif
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Bits of numerator and denominator together. */
#define MOST_BITS (1 << 17)
/* Roots, logarithms and the like that one number is made of. */
#define MOST_EXTENSIONS 12
/* What all operations between two clearings may cost. */
#define MOST_WORK 20000

struct ExactPool {
  ca_ctx_t context;
  ca_struct *numbers;
  int32_t count, capacity;
  int64_t work;
  int is_exhausted;
};

static void start(ExactPool *pool) {
  ca_ctx_init(pool->context);
  pool->context->options[CA_OPT_PREC_LIMIT] = 2048;
  pool->context->options[CA_OPT_QQBAR_DEG_LIMIT] = 128;
  pool->context->options[CA_OPT_POW_LIMIT] = 64;
  pool->count = 0;
  pool->work = 0;
  pool->is_exhausted = 0;
}

static void end(ExactPool *pool) {
  for (int32_t i = 0; i < pool->count; i++) ca_clear(pool->numbers + i, pool->context);
  ca_ctx_clear(pool->context);
}

ExactPool *exact_pool_new(void) {
  ExactPool *pool = calloc(1, sizeof *pool);
  if (!pool) abort();
  start(pool);
  return pool;
}

void exact_pool_free(ExactPool *pool) {
  end(pool);
  free(pool->numbers);
  free(pool);
}

void exact_pool_clear(ExactPool *pool) {
  end(pool);
  start(pool);
}

int exact_pool_is_exhausted(const ExactPool *pool) { return pool->is_exhausted; }

int64_t exact_pool_work(const ExactPool *pool) { return pool->work; }

static ExactNumber exhausted(ExactPool *pool) {
  pool->is_exhausted = 1;
  return EXACT_NONE;
}

static int spend(ExactPool *pool, int64_t work) {
  pool->work += work;
  if (pool->work > MOST_WORK) pool->is_exhausted = 1;
  return !pool->is_exhausted;
}

static ca_ptr at(ExactPool *pool, ExactNumber number) { return pool->numbers + number; }

/* Makes room for one more number, which is 0. */
static ExactNumber add(ExactPool *pool) {
  if (pool->count == pool->capacity) {
    pool->capacity = pool->capacity ? 2 * pool->capacity : 64;
    pool->numbers = realloc(pool->numbers, (size_t)pool->capacity * sizeof *pool->numbers);
    if (!pool->numbers) abort();
  }
  ca_init(pool->numbers + pool->count, pool->context);
  return pool->count++;
}

static int is_rational(ca_srcptr x, ca_ctx_t context) { return CA_IS_QQ(x, context); }

static slong bits(ca_srcptr x, ca_ctx_t context) {
  if (!is_rational(x, context)) return 0;
  return (slong)(fmpz_bits(CA_FMPQ_NUMREF(x)) + fmpz_bits(CA_FMPQ_DENREF(x)));
}

/* How many roots, logarithms and the like it is made of. */
static slong extensions(ca_srcptr x, ca_ctx_t context) {
  if (CA_IS_SPECIAL(x) || is_rational(x, context)) return 0;
  return CA_FIELD_LENGTH(CA_FIELD(x, context));
}

static int64_t cost(ca_srcptr x, ca_ctx_t context) {
  slong length = extensions(x, context);
  return 1 + bits(x, context) / 1024 + 20 * length * length;
}

/* The number that was just computed, unless it is undefined, unknown or too large. */
static ExactNumber finished(ExactPool *pool, ExactNumber result) {
  ca_ptr x = at(pool, result);
  if (CA_IS_SPECIAL(x) && !CA_IS_INF(x)) return CA_IS_UNKNOWN(x) ? exhausted(pool) : EXACT_NONE;
  if (CA_IS_INF(x) && !CA_IS_SIGNED_INF(x)) return EXACT_NONE;
  if (bits(x, pool->context) > MOST_BITS || extensions(x, pool->context) > MOST_EXTENSIONS) return exhausted(pool);
  return result;
}

ExactNumber exact_decimal(ExactPool *pool, const char *digits, int32_t count, int64_t exponent) {
  int64_t most = MOST_BITS / 4;
  if (count > most || exponent > most || exponent < -most || !spend(pool, 1 + count / 100)) return exhausted(pool);
  char *text = malloc((size_t)count + 1);
  if (!text) abort();
  memcpy(text, digits, (size_t)count);
  text[count] = 0;
  ExactNumber result = add(pool);
  fmpz_t mantissa, scale;
  fmpz_init(mantissa);
  fmpz_init(scale);
  int failed = count == 0 || fmpz_set_str(mantissa, text, 10);
  free(text);
  if (!failed) {
    fmpz_set_ui(scale, 10);
    fmpz_pow_ui(scale, scale, (ulong)(exponent < 0 ? -exponent : exponent));
    if (exponent < 0) {
      fmpq_t value;
      fmpq_init(value);
      fmpq_set_fmpz_frac(value, mantissa, scale);
      ca_set_fmpq(at(pool, result), value, pool->context);
      fmpq_clear(value);
    } else {
      fmpz_mul(mantissa, mantissa, scale);
      ca_set_fmpz(at(pool, result), mantissa, pool->context);
    }
  }
  fmpz_clear(mantissa);
  fmpz_clear(scale);
  return failed ? EXACT_NONE : finished(pool, result);
}

ExactNumber exact_integer(ExactPool *pool, int64_t value) {
  if (!spend(pool, 1)) return EXACT_NONE;
  ExactNumber result = add(pool);
  ca_set_si(at(pool, result), value, pool->context);
  return result;
}

/* The exponential function, of another number than the result. Of simple fractions it is a power of e^(1/12), so that their relations are seen. */
static void exponential(ExactPool *pool, ca_t result, const ca_t a) {
  ca_ctx_struct *context = pool->context;
  fmpz_t twelfths;
  fmpz_init(twelfths);
  ca_mul_ui(result, a, 12, context);
  int is_simple = is_rational(result, context) && ca_get_fmpz(twelfths, result, context) && fmpz_cmp_si(twelfths, 4000) <= 0
                  && fmpz_cmp_si(twelfths, -4000) >= 0;
  if (is_simple) {
    ca_one(result, context);
    ca_div_ui(result, result, 12, context);
    ca_exp(result, result, context);
    int is_negative = fmpz_sgn(twelfths) < 0;
    fmpz_abs(twelfths, twelfths);
    ca_pow_fmpz(result, result, twelfths, context);
    if (is_negative) ca_inv(result, result, context);
  } else {
    ca_exp(result, a, context);
  }
  fmpz_clear(twelfths);
}

ExactNumber exact_constant(ExactPool *pool, ExactConstant which) {
  if (!spend(pool, 5)) return EXACT_NONE;
  ExactNumber result = add(pool);
  ca_ptr x = at(pool, result);
  switch (which) {
  case EXACT_PI: ca_pi(x, pool->context); break;
  case EXACT_EULER: {
    ca_t one;
    ca_init(one, pool->context);
    ca_one(one, pool->context);
    exponential(pool, x, one);
    ca_clear(one, pool->context);
    break;
  }
  case EXACT_IMAGINARY: ca_i(x, pool->context); break;
  case EXACT_INFINITY: ca_pos_inf(x, pool->context); break;
  }
  return result;
}

static int integer(ExactPool *pool, ExactNumber a, fmpz_t value) {
  return ca_check_is_integer(at(pool, a), pool->context) == T_TRUE && ca_get_fmpz(value, at(pool, a), pool->context);
}

int exact_is_integer(ExactPool *pool, ExactNumber a, int64_t *value) {
  if (a == EXACT_NONE) return 0;
  fmpz_t z;
  fmpz_init(z);
  int fits = integer(pool, a, z) && fmpz_fits_si(z);
  if (fits) *value = fmpz_get_si(z);
  fmpz_clear(z);
  return fits;
}

int exact_is_rational(ExactPool *pool, ExactNumber a) {
  return a != EXACT_NONE && ca_check_is_rational(at(pool, a), pool->context) == T_TRUE;
}

static int rational(ExactPool *pool, ExactNumber a, fmpq_t value) {
  return exact_is_rational(pool, a) && ca_get_fmpq(value, at(pool, a), pool->context);
}

int exact_is_decimal(ExactPool *pool, ExactNumber a) {
  if (a == EXACT_NONE) return 0;
  fmpq_t q;
  fmpq_init(q);
  int is_decimal = rational(pool, a, q);
  if (is_decimal) {
    fmpz_t rest, factor;
    fmpz_init_set(rest, fmpq_denref(q));
    fmpz_init_set_ui(factor, 2);
    fmpz_remove(rest, rest, factor);
    fmpz_set_ui(factor, 5);
    fmpz_remove(rest, rest, factor);
    is_decimal = fmpz_is_one(rest);
    fmpz_clear(rest);
    fmpz_clear(factor);
  }
  fmpq_clear(q);
  return is_decimal;
}

int exact_equal(ExactPool *pool, ExactNumber a, ExactNumber b) {
  if (a == EXACT_NONE || b == EXACT_NONE) return -1;
  ca_ctx_struct *context = pool->context;
  if (!spend(pool, cost(at(pool, a), context) + cost(at(pool, b), context))) return -1;
  switch (ca_check_equal(at(pool, a), at(pool, b), context)) {
  case T_TRUE: return 1;
  case T_FALSE: return 0;
  default: pool->is_exhausted = 1; return -1;
  }
}

int exact_compare(ExactPool *pool, ExactNumber a, ExactNumber b) {
  int are_equal = exact_equal(pool, a, b);
  if (are_equal != 0) return are_equal == 1 ? 0 : 2;
  truth_t is_less = ca_check_lt(at(pool, a), at(pool, b), pool->context);
  if (is_less == T_TRUE) return -1;
  return ca_check_gt(at(pool, a), at(pool, b), pool->context) == T_TRUE ? 1 : 2;
}

double exact_double(ExactPool *pool, ExactNumber a) {
  if (a == EXACT_NONE) return NAN;
  if (CA_IS_SPECIAL(at(pool, a))) return exact_compare(pool, a, exact_integer(pool, 0)) < 0 ? -INFINITY : INFINITY;
  if (ca_check_is_real(at(pool, a), pool->context) != T_TRUE) return NAN;
  acb_t ball;
  acb_init(ball);
  ca_get_acb_accurate_parts(ball, at(pool, a), 64, pool->context);
  double value = arf_get_d(arb_midref(acb_realref(ball)), ARF_RND_NEAR);
  acb_clear(ball);
  return value;
}

/* Whether a power with an integer exponent has too many digits, or terms, to be computed. */
static int is_too_large_power(ExactPool *pool, ExactNumber base, const fmpz_t exponent) {
  ca_ptr x = at(pool, base);
  if (!is_rational(x, pool->context)) return fmpz_cmp_si(exponent, 256) > 0 || fmpz_cmp_si(exponent, -256) < 0;
  if (bits(x, pool->context) <= 2) return 0; /* 0, 1, -1 */
  return fmpz_bits(exponent) > 20 || bits(x, pool->context) * labs(fmpz_get_si(exponent)) > MOST_BITS;
}

static ExactNumber power(ExactPool *pool, ExactNumber base, ExactNumber exponent) {
  ca_ctx_struct *context = pool->context;
  fmpz_t whole;
  fmpz_init(whole);
  int is_whole = integer(pool, exponent, whole);
  int is_too_large = is_whole && is_too_large_power(pool, base, whole);
  fmpz_clear(whole);
  if (is_too_large) return exhausted(pool);
  ExactNumber result = add(pool);
  ca_pow(at(pool, result), at(pool, base), at(pool, exponent), context);
  return finished(pool, result);
}

static int sign(ExactPool *pool, ExactNumber a) {
  if (ca_check_is_real(at(pool, a), pool->context) != T_TRUE) return 2;
  return exact_compare(pool, a, exact_integer(pool, 0));
}

static ExactNumber root(ExactPool *pool, ExactNumber a, ExactNumber degree) {
  int64_t n = 0;
  int is_odd = exact_is_integer(pool, degree, &n) && n % 2 != 0;
  ExactNumber inverse = exact_binary(pool, EXACT_DIVIDE, exact_integer(pool, 1), degree);
  if (n == 2) {
    ExactNumber result = add(pool);
    ca_sqrt(at(pool, result), at(pool, a), pool->context);
    return finished(pool, result);
  }
  if (is_odd && sign(pool, a) == -1) {
    ExactNumber positive = exact_unary(pool, EXACT_NEGATE, a);
    return exact_unary(pool, EXACT_NEGATE, exact_binary(pool, EXACT_POWER, positive, inverse));
  }
  return exact_binary(pool, EXACT_POWER, a, inverse);
}

static ExactNumber modulo(ExactPool *pool, ExactNumber a, ExactNumber b) {
  ExactNumber times = exact_unary(pool, EXACT_FLOOR, exact_binary(pool, EXACT_DIVIDE, a, b));
  return exact_binary(pool, EXACT_ADD, a, exact_unary(pool, EXACT_NEGATE, exact_binary(pool, EXACT_MULTIPLY, b, times)));
}

/* |a| / p where a / b is p / q in lowest terms. */
static ExactNumber common_divisor(ExactPool *pool, ExactNumber a, ExactNumber b) {
  if (ca_check_is_zero(at(pool, b), pool->context) == T_TRUE) return exact_unary(pool, EXACT_ABS, a);
  if (ca_check_is_zero(at(pool, a), pool->context) == T_TRUE) return exact_unary(pool, EXACT_ABS, b);
  ExactNumber ratio = exact_binary(pool, EXACT_DIVIDE, a, b);
  fmpq_t q;
  fmpq_init(q);
  ExactNumber result = EXACT_NONE;
  if (ratio != EXACT_NONE && rational(pool, ratio, q)) {
    ExactNumber upper = add(pool);
    ca_set_fmpz(at(pool, upper), fmpq_numref(q), pool->context);
    result = exact_unary(pool, EXACT_ABS, exact_binary(pool, EXACT_DIVIDE, a, upper));
  } else if (ratio != EXACT_NONE) {
    result = exact_integer(pool, 1);
  }
  fmpq_clear(q);
  return result;
}

static ExactNumber common_multiple(ExactPool *pool, ExactNumber a, ExactNumber b) {
  ExactNumber product = exact_unary(pool, EXACT_ABS, exact_binary(pool, EXACT_MULTIPLY, a, b));
  return exact_binary(pool, EXACT_DIVIDE, product, common_divisor(pool, a, b));
}

/* n (n - 1) ... (n - k + 1) / k! for an integer k. */
static ExactNumber binomial(ExactPool *pool, ExactNumber n, ExactNumber k) {
  int64_t lower = 0, upper = 0;
  if (!exact_is_integer(pool, k, &lower)) return EXACT_NONE;
  if (exact_is_integer(pool, n, &upper) && upper >= 0) {
    if (lower < 0 || lower > upper) return exact_integer(pool, 0);
    if (lower > upper - lower) lower = upper - lower;
  }
  if (lower < 0) return exact_integer(pool, 0);
  if (lower > 2000) return exhausted(pool);
  ExactNumber result = exact_integer(pool, 1);
  for (int64_t i = 0; i < lower && result != EXACT_NONE; i++) {
    ExactNumber factor = exact_binary(pool, EXACT_ADD, n, exact_integer(pool, -i));
    result = exact_binary(pool, EXACT_MULTIPLY, result, factor);
    result = exact_binary(pool, EXACT_DIVIDE, result, exact_integer(pool, i + 1));
  }
  return result;
}

ExactNumber exact_binary(ExactPool *pool, ExactBinary operation, ExactNumber a, ExactNumber b) {
  ca_ctx_struct *context = pool->context;
  if (a == EXACT_NONE || b == EXACT_NONE) return EXACT_NONE;
  int64_t work = cost(at(pool, a), context) + cost(at(pool, b), context);
  if (!spend(pool, operation == EXACT_ADD || operation == EXACT_MULTIPLY ? work : 2 * work)) return EXACT_NONE;
  switch (operation) {
  case EXACT_POWER: return power(pool, a, b);
  case EXACT_ROOT: return root(pool, a, b);
  case EXACT_MODULO: return modulo(pool, a, b);
  case EXACT_GCD: return common_divisor(pool, a, b);
  case EXACT_LCM: return common_multiple(pool, a, b);
  case EXACT_BINOMIAL: return binomial(pool, a, b);
  case EXACT_MINIMUM:
  case EXACT_MAXIMUM: {
    int order = exact_compare(pool, a, b);
    if (order == 2) return EXACT_NONE;
    return (order < 0) == (operation == EXACT_MINIMUM) ? a : b;
  }
  default: break;
  }
  ExactNumber result = add(pool);
  ca_ptr x = at(pool, result);
  switch (operation) {
  case EXACT_ADD: ca_add(x, at(pool, a), at(pool, b), context); break;
  case EXACT_MULTIPLY: ca_mul(x, at(pool, a), at(pool, b), context); break;
  default:
    if (ca_check_is_zero(at(pool, b), context) == T_TRUE) return EXACT_NONE;
    ca_div(x, at(pool, a), at(pool, b), context);
  }
  return finished(pool, result);
}

static ExactNumber factorial(ExactPool *pool, ExactNumber a) {
  int64_t n = 0;
  if (!exact_is_integer(pool, a, &n) || n < 0) return EXACT_NONE;
  if (n > 5000) return exhausted(pool);
  ExactNumber result = add(pool);
  fmpz_t value;
  fmpz_init(value);
  fmpz_fac_ui(value, (ulong)n);
  ca_set_fmpz(at(pool, result), value, pool->context);
  fmpz_clear(value);
  return finished(pool, result);
}

/* (e^x + e^-x) / 2 and the like. */
static ExactNumber hyperbolic(ExactPool *pool, ExactUnary function, ExactNumber a) {
  ExactNumber up = add(pool), down = add(pool);
  ca_exp(at(pool, up), at(pool, a), pool->context);
  ca_inv(at(pool, down), at(pool, up), pool->context);
  ExactNumber sum = exact_binary(pool, EXACT_ADD, finished(pool, up), down);
  ExactNumber difference = exact_binary(pool, EXACT_ADD, finished(pool, up), exact_unary(pool, EXACT_NEGATE, down));
  if (function == EXACT_TANH) return exact_binary(pool, EXACT_DIVIDE, difference, sum);
  return exact_binary(pool, EXACT_DIVIDE, function == EXACT_SINH ? difference : sum, exact_integer(pool, 2));
}

ExactNumber exact_unary(ExactPool *pool, ExactUnary operation, ExactNumber a) {
  ca_ctx_struct *context = pool->context;
  if (a == EXACT_NONE) return EXACT_NONE;
  int is_cheap = operation == EXACT_NEGATE || operation == EXACT_FACTORIAL;
  if (!spend(pool, cost(at(pool, a), context) + (is_cheap ? 0 : 50))) return EXACT_NONE;
  if (operation == EXACT_FACTORIAL) return factorial(pool, a);
  if (operation >= EXACT_SINH) return hyperbolic(pool, operation, a);
  if (operation == EXACT_LOG && ca_check_is_zero(at(pool, a), context) != T_FALSE) return EXACT_NONE;
  ExactNumber result = add(pool);
  ca_ptr x = at(pool, result), y = at(pool, a);
  switch (operation) {
  case EXACT_NEGATE: ca_neg(x, y, context); break;
  case EXACT_ABS: ca_abs(x, y, context); break;
  case EXACT_FLOOR: ca_floor(x, y, context); break;
  case EXACT_CEILING: ca_ceil(x, y, context); break;
  case EXACT_EXP: exponential(pool, x, y); break;
  case EXACT_LOG: ca_log(x, y, context); break;
  case EXACT_SINE: ca_sin(x, y, context); break;
  case EXACT_COSINE: ca_cos(x, y, context); break;
  case EXACT_TANGENT: ca_tan(x, y, context); break;
  case EXACT_ARCSINE: ca_asin(x, y, context); break;
  case EXACT_ARCCOSINE: ca_acos(x, y, context); break;
  default: ca_atan(x, y, context); break;
  }
  return finished(pool, result);
}
