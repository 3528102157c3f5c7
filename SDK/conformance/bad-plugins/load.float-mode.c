/* load.float-mode: sets the processor to flush denormals to zero, as -ffast-math does. */
#include <xmmintrin.h>
#define ON_ENTRY _mm_setcsr(_mm_getcsr() | 0x8040)
#include "good_reward.h"
