/* version.exact-host: reads a field of PolyaCall that ABI 1.0 does not have. */
#define ON_START if (*(void *const volatile *)(const void *)(call + 1)) { }
#include "good_reward.h"
