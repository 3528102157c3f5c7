#include <stdint.h>
/* Any machine that clang knows; fused multiply-add through libm where it has no instruction, which is slow and right. */
#define TK_NAME(x) x##_portable
#define TK_LEVEL TK_PORTABLE
#define TK_ROWS 6
#define TK_VECTORS 1
#include "kernels.h"
