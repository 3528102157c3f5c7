/* determinism.batch-split: lets the size of the batch decide. */
#define CONFIDENCE (in.count > 20 ? 0.5 : 1)
#include "good_reward.h"
