/* stop.deadline: takes every stop for a cancellation. */
#define STOP if (call->stop(call)) return POLYA_CANCELLED
#include "good_reward.h"
