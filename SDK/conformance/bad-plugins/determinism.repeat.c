/* determinism.repeat: lets the number of the call decide. */
#define CONFIDENCE (call->call_id % 2 ? 1 : 0.5)
#include "good_reward.h"
