/* stop.finished-range: counts rows from one in its last report. */
#define BEFORE_RETURN call->finished(call, in.count)
#include "good_reward.h"
