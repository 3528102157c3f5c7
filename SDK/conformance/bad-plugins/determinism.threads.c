/* determinism.threads: lets the number of threads decide. */
#define CONFIDENCE (call->max_threads > 1 ? 0.5 : 1)
#include "good_reward.h"
