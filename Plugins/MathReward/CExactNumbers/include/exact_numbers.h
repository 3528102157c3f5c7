/* exact_numbers.h - real and complex numbers whose equality is proved, by Calcium and Arb (part of FLINT since version 3): roots,
 * logarithms, exponentials, values of trigonometric functions.
 *
 * Numbers belong to a pool and are named by what a call returns; EXACT_NONE stands for what has no value, or is too large to be
 * computed, and as an argument gives itself. A pool bounds its own work: it counts operations by what they cost, and after
 * too many gives EXACT_NONE for everything. The same calls give the same answers on every machine. A pool is for one thread at a time. */
#ifndef EXACT_NUMBERS_H
#define EXACT_NUMBERS_H

#include <stdint.h>

typedef struct ExactPool ExactPool;
typedef int32_t ExactNumber;
enum { EXACT_NONE = -1 };

ExactPool *exact_pool_new(void);
void exact_pool_free(ExactPool *pool);
/* Forgets all numbers, and what was counted. */
void exact_pool_clear(ExactPool *pool);
/* Whether a result is missing because it is too large, or took too much work. */
int exact_pool_is_exhausted(const ExactPool *pool);
/* What all operations so far cost; a sum of small fractions costs 1. */
int64_t exact_pool_work(const ExactPool *pool);

/* Decimal digits times a power of ten. */
ExactNumber exact_decimal(ExactPool *pool, const char *digits, int32_t count, int64_t exponent);
ExactNumber exact_integer(ExactPool *pool, int64_t value);

typedef enum { EXACT_PI, EXACT_EULER, EXACT_IMAGINARY, EXACT_INFINITY } ExactConstant;
ExactNumber exact_constant(ExactPool *pool, ExactConstant which);

typedef enum {
  EXACT_ADD, EXACT_MULTIPLY, EXACT_DIVIDE, EXACT_POWER,
  /* The real root of an odd degree of a negative number; else the principal one. */
  EXACT_ROOT,
  /* With the sign of the divisor. */
  EXACT_MODULO,
  /* Of real numbers: the greatest that goes into both a whole number of times, or 1; and the product over it. */
  EXACT_GCD, EXACT_LCM,
  EXACT_BINOMIAL, EXACT_MINIMUM, EXACT_MAXIMUM
} ExactBinary;
ExactNumber exact_binary(ExactPool *pool, ExactBinary operation, ExactNumber a, ExactNumber b);

typedef enum {
  EXACT_NEGATE, EXACT_ABS, EXACT_FLOOR, EXACT_CEILING, EXACT_FACTORIAL,
  EXACT_EXP, EXACT_LOG, EXACT_SINE, EXACT_COSINE, EXACT_TANGENT, EXACT_ARCSINE, EXACT_ARCCOSINE, EXACT_ARCTANGENT,
  EXACT_SINH, EXACT_COSH, EXACT_TANH
} ExactUnary;
ExactNumber exact_unary(ExactPool *pool, ExactUnary operation, ExactNumber a);

/* 1: proved to be equal; 0: proved to be different; -1: neither. Infinities are numbers here. */
int exact_equal(ExactPool *pool, ExactNumber a, ExactNumber b);
/* The sign of a - b of real numbers; 2: not known, or not real. */
int exact_compare(ExactPool *pool, ExactNumber a, ExactNumber b);
/* Whether it is an integer that fits, and which. */
int exact_is_integer(ExactPool *pool, ExactNumber a, int64_t *value);
/* Whether it is rational. */
int exact_is_rational(ExactPool *pool, ExactNumber a);
/* Whether it is rational with a finite decimal expansion. */
int exact_is_decimal(ExactPool *pool, ExactNumber a);
/* The nearest double of a real number; NaN for others. */
double exact_double(ExactPool *pool, ExactNumber a);

#endif
