/* hostile.logprobs: uses a log-prob as an index; abort() stands for the wild read. */
#define ON_ROW if (item->logprobs && isnan(item->logprobs[0])) abort()
#include "good_reward.h"
