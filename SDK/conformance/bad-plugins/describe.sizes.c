/* describe.sizes: computes struct_size from a field in the middle. */
#define FUNCTIONS { 8, 0, describe, score }
#include "good_reward.h"
