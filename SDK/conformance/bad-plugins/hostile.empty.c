/* hostile.empty: asks for the first row of a batch that has none. */
#define ON_START if (!in.count) return POLYA_BAD_ARGUMENT
#include "good_reward.h"
