/* memory.arena-limit: does not look whether alloc() gave anything. */
#define UNCHECKED 1
#include "good_reward.h"
